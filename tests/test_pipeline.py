"""A file through the whole real stack: HTTP, broker, worker processes, PostgreSQL."""

from __future__ import annotations

import csv
import gzip
import hashlib
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from rest_framework.authtoken.models import Token

from conftest import LiveStack
from product_files.tests.workbooks import workbook
from products.models import Product
from tests import oracle
from tests.client import Client

COUNTS = ("rows_read", "created", "updated", "unchanged", "duplicate", "rejected")


@pytest.fixture
def site(live_stack: LiveStack, user: User) -> Client:
    return Client(live_stack.url, Token.objects.create(user=user))


def sample(path: Path, rows: int, **options: object) -> Path:
    call_command("sample_products", str(path), rows=rows, **options)
    with path.open("a") as file:
        file.write("LAST-1,Lamp,,twelve,yes\nLAST-2,,no name,1.00,yes\nLAST-3,Desk,,1,yes,more\n")
    return path


@pytest.mark.parametrize(
    "rows", [1_000, pytest.param(120_000), pytest.param(500_000, marks=pytest.mark.scale)]
)
def test_a_sample_becomes_what_plain_python_expects(
    site: Client, tmp_path: Path, rows: int
) -> None:
    file = sample(tmp_path / "sample.csv", rows, seed=7, duplicates=1)
    expected, counts = oracle.expect(file.read_bytes())
    body = site.wait(site.start(file), seconds=120)
    assert body["status"] == "completed"
    assert {name: body[name] for name in COUNTS} == counts
    assert oracle.catalogue() == expected
    assert counts["rejected"] == 3
    assert counts["duplicate"] >= rows // 200


def test_a_gzip_file_becomes_what_plain_python_expects_of_its_content(
    site: Client, tmp_path: Path
) -> None:
    plain = sample(tmp_path / "sample.csv", 5_000, seed=7, duplicates=1)
    expected, counts = oracle.expect(plain.read_bytes())
    file = tmp_path / "sample.csv.gz"
    file.write_bytes(gzip.compress(plain.read_bytes()))
    body = site.wait(site.start(file))
    assert (body["status"], body["encoding"], body["delimiter"]) == ("completed", "utf-8", ",")
    assert {name: body[name] for name in COUNTS} == counts
    assert oracle.catalogue() == expected
    assert body["size_bytes"] == file.stat().st_size
    assert body["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert site.get(f"/api/imports/{body['id']}/file/").content == file.read_bytes()


def test_a_workbook_becomes_what_plain_python_expects_of_its_rows(
    site: Client, tmp_path: Path
) -> None:
    plain = sample(tmp_path / "sample.csv", 2_000, seed=7, duplicates=1)
    expected, counts = oracle.expect(plain.read_bytes())
    file = tmp_path / "sample.xlsx"
    with plain.open(newline="") as text:
        file.write_bytes(workbook(list(csv.reader(text))))
    body = site.wait(site.start(file))
    assert (body["status"], body["encoding"], body["delimiter"]) == ("completed", "xlsx", "")
    assert {name: body[name] for name in COUNTS} == counts
    assert oracle.catalogue() == expected
    rejects = site.get(f"/api/imports/{body['id']}/rejects/").json()["results"]
    assert [(each["line"], each["code"]) for each in rejects] == [
        (2002, "price_invalid"),
        (2003, "name_missing"),
        (2004, "wrong_column_count"),
    ]


def test_the_same_file_again_changes_nothing(site: Client, tmp_path: Path) -> None:
    file = sample(tmp_path / "sample.csv", 5_000, seed=7)
    site.wait(site.start(file))
    before = list(Product.objects.order_by("pk").values())
    body = site.wait(site.start(file))
    assert body["unchanged"] + body["duplicate"] + body["rejected"] == body["rows_read"] == 5_003
    assert list(Product.objects.order_by("pk").values()) == before


def test_rejects_come_back_as_a_file_that_goes_in_once_corrected(
    site: Client, tmp_path: Path
) -> None:
    file = tmp_path / "bad.csv"
    file.write_text("sku,name,price\nA,Lamp,1\nB,Desk,twelve\nC,Chair,3\n")
    body = site.wait(site.start(file))
    assert (body["created"], body["rejected"]) == (2, 1)
    rejects = site.get(f"/api/imports/{body['id']}/rejects.csv").content
    assert rejects.splitlines()[0] == b"sku,name,price,line,code,message"
    assert rejects.splitlines()[1].startswith(b"B,Desk,twelve,3,price_invalid,")
    corrected = tmp_path / "corrected.csv"
    corrected.write_bytes(rejects.replace(b"twelve,", b"12,"))
    body = site.wait(site.start(corrected))
    assert (body["rows_read"], body["created"]) == (1, 1)
    assert Product.objects.get(sku="B").attributes == {}


def test_rows_that_are_broken_are_reported_one_by_one_and_the_others_go_in(
    site: Client, tmp_path: Path
) -> None:
    file = tmp_path / "broken.csv"
    with file.open("wb") as out:
        out.write(b"sku,name,price\nGOOD-1,Lamp,1\nSHORT,Lamp\nLONG,Lamp,1,2\nPRICE,Lamp,twelve\n")
        out.write(b"NUL,La\0mp,1\nBYTES,Caf\xe9,1\n")
        out.write(b'OPEN,"Lamp,1\nGOOD-2,D\xc3\xa9sk,2\nGIANT,')
        for _ in range(100):
            out.write(b"x" * 1024 * 1024)
        out.write(b",1\nGOOD-3,Chair,3\n")
    body = site.wait(site.start(file))
    assert (body["status"], body["created"], body["rejected"]) == ("completed", 3, 7)
    rejects = site.get(f"/api/imports/{body['id']}/rejects/").json()["results"]
    assert [(reject["line"], reject["code"]) for reject in rejects] == [
        (3, "wrong_column_count"),
        (4, "wrong_column_count"),
        (5, "price_invalid"),
        (6, "nul_character"),
        (7, "bad_encoding"),
        (8, "unclosed_quote"),
        (10, "record_too_large"),
    ]
    download = site.get(f"/api/imports/{body['id']}/rejects.csv").content
    assert len(download) < 10_000, "a giant is cut"


TITLE = "Export of 3 May, 2026\r\n\r\n"
SEMICOLONS = "SKU;Name;Price\r\nA;Lampe für Café;1,50\r\nB;Süße;zwölf\r\nC;Größe;\r\n"


@pytest.mark.parametrize(
    ("text", "encoding", "delimiter", "line"),
    [
        (TITLE + SEMICOLONS, "windows-1252", ";", b"5"),
        (SEMICOLONS.replace(";", "\t"), "utf-16", "\t", b"3"),
    ],
)
def test_a_file_of_another_kind_goes_in_and_so_do_its_rejects_once_corrected(
    site: Client, tmp_path: Path, text: str, encoding: str, delimiter: str, line: bytes
) -> None:
    file = tmp_path / "products.csv"
    file.write_bytes(text.encode(encoding))
    body = site.wait(site.start(file))
    assert (body["status"], body["created"], body["rejected"]) == ("completed", 2, 1)
    assert body["encoding"].startswith(encoding)
    assert (body["delimiter"], body["header_line"]) == (delimiter, 3 if TITLE in text else 1)
    assert bool(body["encoding_samples"]) == (encoding == "windows-1252")
    rejects = site.get(f"/api/imports/{body['id']}/rejects.csv").content
    bad = "B,Süße,zwölf,".encode() + line + b",price_invalid,"
    assert rejects.splitlines()[1].startswith(bad)
    corrected = tmp_path / "corrected.csv"
    corrected.write_bytes(rejects.replace("zwölf,".encode(), b"12,"))
    body = site.wait(site.start(corrected))
    assert (body["rows_read"], body["created"], body["encoding"]) == (1, 1, "utf-8")
    products = Product.objects.order_by("sku").values_list("name", "price")
    assert [(name, price and str(price)) for name, price in products] == [
        ("Lampe für Café", "1.50"),
        ("Süße", "12.00"),
        ("Größe", None),
    ]
