from __future__ import annotations

import gc
import io
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from pytest_django.fixtures import Settings

from imports import reading, staging
from imports.intake.submitting import create
from imports.models import Import
from jobs.errors import LeaseLost
from jobs.leases import Lease, claim
from product_files.faults import FileFault
from product_files.reading.limits import MIB

pytestmark = pytest.mark.django_db(transaction=True)


def begin(data: bytes, **options: Any) -> tuple[Import, Lease]:
    import_ = create(file=ContentFile(data), filename="x.csv", created_by=None, **options)
    lease = claim(import_.pk)
    assert lease
    import_.refresh_from_db()
    return import_, lease


def read(data: bytes, **options: Any) -> tuple[reading.Reading, list[tuple[Any, ...]]]:
    import_, lease = begin(data, **options)
    table = staging.table_name(import_.pk, lease.token)
    result = reading.read_into(table, import_, lease)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT record, line, sku, name, code, cells FROM {table}"
            " WHERE record > 0 ORDER BY record"
        )
        rows = cursor.fetchall()
    staging.drop_all(import_.pk)
    return result, rows


def test_good_and_bad_rows_are_staged_side_by_side_in_file_order() -> None:
    result, rows = read(b'sku,name\nA,"La\nmp"\n,Desk\nB,Chair,x\nC,Bed\n')
    assert (result.rows_read, result.rejected) == (4, 2)
    assert rows == [
        (1, 2, "A", "La\nmp", None, None),
        (2, 4, None, None, "sku_missing", '["", "Desk"]'),
        (3, 5, "B", None, "wrong_column_count", '["B", "Chair", "x"]'),
        (4, 6, "C", "Bed", None, None),
    ]


@pytest.mark.parametrize(
    ("data", "options", "kept"),
    [
        (b"sku,name\nA,Lamp\n", {}, None),
        (b"sku,name\nA,Lamp\n", {"mode": "update"}, '["A", "Lamp"]'),
        (b"sku,price\nA,1\n", {}, '["A", "1"]'),
        (b"sku,name\nA,\n", {"blank": "keep"}, '["A", ""]'),
    ],
)
def test_rows_that_can_still_be_refused_are_kept_as_they_were_read(
    data: bytes, options: dict[str, str], kept: str | None
) -> None:
    _, rows = read(data, **options)
    assert rows[0][5] == kept


def test_progress_and_the_facts_of_the_file_are_reported() -> None:
    import_, lease = begin(b"sku,name\n" + b"A,Lamp\n" * 5000)
    result = reading.read_into("imports_staging_0_1", import_, lease)
    lease.renew()
    import_.refresh_from_db()
    assert import_.rows_read == 5000
    assert import_.bytes_read == import_.size_bytes
    assert 0 < import_.percent <= 35
    assert (result.header, result.delimiter) == (["sku", "name"], ",")
    assert len(result.sha256) == 64
    staging.drop_all(0)


@pytest.mark.parametrize("data", [b"sku,name", b"sku,name\n\r\n\n"])
def test_a_file_without_rows_is_refused(data: bytes) -> None:
    import_, lease = begin(data)
    with pytest.raises(FileFault) as error:
        reading.read_into("imports_staging_0_4", import_, lease)
    assert error.value.code == "no_rows"
    assert "imports_staging_0_4" not in connection.introspection.table_names()


def test_a_lost_lease_stops_the_reading_and_leaves_nothing() -> None:
    import_, lease = begin(b"sku,name\n" + b"A,Lamp\n" * 5000)
    lease._lost.set()
    with pytest.raises(LeaseLost):
        reading.read_into("imports_staging_0_2", import_, lease)
    assert "imports_staging_0_2" not in connection.introspection.table_names()


def test_a_file_that_grew_over_the_limit_is_refused(settings: Settings) -> None:
    settings.IMPORT_FILE_BYTES = 100
    import_, lease = begin(b"sku,name\n" + b"A,Lamp\n" * 500_000)
    with pytest.raises(FileFault) as error:
        reading.read_into("imports_staging_0_3", import_, lease)
    assert error.value.code == "too_large"


def test_a_first_row_is_not_looked_for_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_FIRST_BATCHES", 2)
    file = io.BytesIO(b"sku,name\n" + b"\n" * 3 * MIB + b"A,Lamp\n")
    reader = reading.open_file(file, mapping={}, encoding="", delimiter="")
    assert reading.first_rows(reader, 1) == []
    assert reader.bytes_read < 2 * MIB


def test_the_first_rows_of_a_short_file_are_all() -> None:
    asked: dict[str, Any] = {"mapping": {}, "encoding": "", "delimiter": ""}
    reader = reading.open_file(io.BytesIO(b"sku\nA\nB\n"), **asked)
    assert [cells for _, cells, _ in reading.first_rows(reader, 5)] == [["A"], ["B"]]
    with pytest.raises(FileFault, match="no rows"):
        reading.first_rows(reading.open_file(io.BytesIO(b"sku\n\n"), **asked), 5)


def test_garbage_is_collected_again_after_reading() -> None:
    read(b"sku,name\nA,Lamp\n")
    assert gc.isenabled()
    with pytest.raises(FileFault):
        read(b"sku,name\n")
    assert gc.isenabled()
