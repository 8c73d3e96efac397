"""Whole imports of gzip files, ZIP archives and workbooks, in this process."""

from __future__ import annotations

import gzip
import hashlib
from decimal import Decimal

import pytest

from imports.models import Reject
from imports.rejects_file import rejects_file
from imports.tests.conftest import Run
from imports.tests.test_importing import codes, counts
from product_files.tests.spreadsheets import spreadsheet
from product_files.tests.workbooks import Value, pack, workbook
from products.models import Product

TABLE: list[list[Value]] = [
    ["sku", "name", "price", "active"],
    ["00123", 'La\nmp, "large"', 19.0, True],
    ["1.2E+12", "Desk", 12.5],
    ["C", "Chair\nin two lines", "twelve"],
    [],
    ["D", None, 4],
]


def test_a_workbook_is_imported_and_its_rejects_come_back_as_csv(run: Run) -> None:
    data = workbook(TABLE)
    import_ = run(data)
    assert counts(import_) == {"created": 2, "rejected": 2}
    assert (import_.encoding, import_.delimiter) == ("xlsx", "")
    assert import_.sha256 == hashlib.sha256(data).hexdigest()
    assert codes() == [(4, "price_invalid"), (6, "name_missing")]
    lamp = Product.objects.get(sku="00123")
    assert (lamp.name, lamp.price, lamp.active) == ('La\nmp, "large"', Decimal(19), True)
    assert Product.objects.get(sku="1.2E+12").price == Decimal("12.5")
    rejects = b"".join(rejects_file(import_))
    corrected = run(rejects.replace(b"twelve", b"12").replace(b"D,,4", b"D,Bed,4"))
    assert counts(corrected) == {"created": 2}
    assert Product.objects.get(sku="C").name == "Chair\nin two lines"


def test_an_opendocument_spreadsheet_is_imported(run: Run) -> None:
    import_ = run(spreadsheet(TABLE))
    assert counts(import_) == {"created": 2, "rejected": 2}
    assert (import_.encoding, import_.delimiter) == ("ods", "")
    assert codes() == [(4, "price_invalid"), (6, "name_missing")]
    lamp = Product.objects.get(sku="00123")
    assert (lamp.name, lamp.price, lamp.active) == ('La\nmp, "large"', Decimal(19), True)


def test_a_workbook_is_reviewed_before_it_is_written(run: Run) -> None:
    import_ = run(workbook(TABLE), review=True)
    assert import_.status == "review"
    assert import_.preview.difference.counts["created"] == 2
    assert not Product.objects.exists()


def large_csv() -> bytes:
    """More than what is looked at before anything is decided."""
    rows = (f"S{number * number},Lamp {number**3}\n" for number in range(60_000))
    return ("sku,name\n" + "".join(rows)).encode()


@pytest.mark.parametrize("damage", ["cut short", "wrong checksum", "nested garbage"])
def test_what_turns_out_to_be_damaged_writes_nothing(run: Run, damage: str) -> None:
    packed = gzip.compress(large_csv())
    ends = {"cut short": packed[:-3], "wrong checksum": packed[:-8] + bytes(8)}
    import_ = run(ends.get(damage, packed + b"PK\x03\x04"))
    assert (import_.status, import_.error_code) == ("failed", "archive_unsafe")
    assert import_.error_detail.endswith(".")
    assert not Product.objects.exists()
    assert not Reject.objects.exists()


def test_a_bomb_writes_nothing(run: Run) -> None:
    import_ = run(gzip.compress(b"sku,name\n" + b"A,Lamp\n" * 1_000_000))
    assert (import_.status, import_.error_code) == ("failed", "archive_unsafe")
    assert not Product.objects.exists()


def test_a_zip_archive_is_imported_as_its_file_would_be(run: Run) -> None:
    data = pack({"products.csv": large_csv()})
    import_ = run(data)
    assert counts(import_) == {"created": 60_000}
    assert (import_.encoding, import_.delimiter) == ("utf-8", ",")
    assert import_.sha256 == hashlib.sha256(data).hexdigest()
    assert import_.size_bytes == len(data)
