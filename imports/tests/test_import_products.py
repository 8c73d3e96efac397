from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from imports.models import Import, Profile
from jobs import requests
from product_files.tests.workbooks import workbook
from products.models import Product

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("unsent")]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "products.csv"
    path.write_text("code,name\nA,Lamp\nB,Desk\n")
    return path


def test_a_file_is_imported_in_this_process(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("import_products", str(file), "--map", "code=sku")
    assert "created 2" in capsys.readouterr().out
    assert Product.objects.count() == 2


@pytest.mark.parametrize("options", [[], ["--dry-run"]])
def test_what_goes_well_is_not_logged(
    file: Path, caplog: pytest.LogCaptureFixture, options: list[str]
) -> None:
    """Whatever a command from cron writes to stderr is sent as mail."""
    caplog.set_level(logging.INFO)
    call_command("import_products", str(file), "--map", "code=sku", *options)
    assert caplog.records == []


def test_a_workbook_is_imported_whatever_it_is_called(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_bytes(workbook([["sku", "name", "price"], ["00123", "Lamp", 12.5], ["B", "Desk"]]))
    call_command("import_products", str(file))
    assert "created 2" in capsys.readouterr().out
    assert str(Product.objects.get(sku="00123").price) == "12.50"


def test_rejected_rows_end_with_status_1(file: Path) -> None:
    file.write_text("sku,name\nA,\n")
    with pytest.raises(SystemExit) as end:
        call_command("import_products", str(file))
    assert end.value.code == 1


@pytest.mark.parametrize(
    ("data", "options", "said"),
    [
        ("", [], "empty_file"),
        ("name\nLamp\n", [], "sku_column_missing"),
        ("sku,name\nA,\n", ["--on-error", "abort"], "too_many_errors"),
        ("sku,name\nA,Lamp\n", ["--map", "sku"], "COLUMN=FIELD"),
        ("sku,name\nA,Lamp\n", ["--map", "sku=colour"], "colour"),
        ("a,b;c,d\n1,2;3,4\n", [], "ambiguous_delimiter"),
        ("sku,name\nA,Lamp\n", ["--encoding", "utf-16"], "undecodable"),
        ("sku,name\nA,Lamp\n", ["--profile", "nobody"], 'no profile "nobody"'),
        ("sku,name\nA,Lamp\n", ["--profile", ""], 'no profile ""'),
    ],
)
def test_what_fails_ends_with_status_2_and_its_reason(
    file: Path, data: str, options: list[str], said: str
) -> None:
    file.write_text(data)
    with pytest.raises(CommandError) as error:
        call_command("import_products", str(file), *options)
    assert error.value.returncode == 2
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("advance", "said"),
    [
        (lambda pk, **_: requests.cancel(Import.objects.get(pk=pk)), "cancelled: Somebody"),
        (lambda *_, **__: None, "unfinished: This import has not ended."),
    ],
)
def test_an_import_that_stops_without_a_fault_says_how_it_stands(
    file: Path, monkeypatch: pytest.MonkeyPatch, advance: Callable[..., object], said: str
) -> None:
    monkeypatch.setattr("jobs.runner.advance_alone", advance)
    with pytest.raises(CommandError, match=said) as error:
        call_command("import_products", str(file), "--map", "code=sku")
    assert error.value.returncode == 2


@pytest.mark.parametrize("option", ["--delimiter=x", "--encoding=klingon"])
def test_options_that_nobody_can_read_are_refused(file: Path, option: str) -> None:
    with pytest.raises(CommandError, match=option.split("=")[1]):
        call_command("import_products", str(file), option)
    assert not Import.objects.exists()


def test_what_separates_and_encodes_can_be_said(file: Path) -> None:
    file.write_bytes(b"code\tname\nA\tM\x81\nB\tx;y\n")
    options = ["--map", "code=sku", "--delimiter", "tab", "--encoding", "cp850"]
    call_command("import_products", str(file), *options)
    assert [product.name for product in Product.objects.order_by("sku")] == ["Mü", "x;y"]


def test_a_file_that_is_not_there_ends_with_status_2(tmp_path: Path) -> None:
    with pytest.raises(CommandError) as error:
        call_command("import_products", str(tmp_path / "none.csv"))
    assert error.value.returncode == 2


def test_a_dry_run_only_says_what_would_happen(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("import_products", str(file), "--map", "code=sku", "--dry-run")
    assert "created 2" in capsys.readouterr().out
    assert not Product.objects.exists()
    assert Import.objects.get().status == "cancelled"


SHORTENED = (
    "1 row has a SKU that a spreadsheet has shortened like a number. Format the column as text"
    " there, and export the file again."
)
MOST = (
    "More than half of the catalogue would change: 1 of 1 products. Check that this is what you"
    " want before you apply it."
)
EMPTIED = (
    "The price would be emptied in 1 of 1 products that the file names and the catalogue has. If"
    " that is not what you want, ignore the column, or leave the value alone where a cell is blank."
)


def test_a_dry_run_tells_numbers_by_column_and_warnings(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Product.objects.create(sku="A", name="Desk", price=1)
    file.write_text("sku,name,price\nA,Lamp,\n1.2E+12,Mug,1\nC,Mug,x\n")
    with pytest.raises(SystemExit):
        call_command("import_products", str(file), "--dry-run", no_color=True)
    assert capsys.readouterr().out.splitlines() == [
        "changed: name 1  price 1",
        "emptied: price 1",
        "rejected: price_invalid 1",
        f"Warning: {SHORTENED} For example: 1.2E+12.",
        f"Warning: {MOST}",
        f"Warning: {EMPTIED} For example: A.",
        "rows_read 3  created 1  updated 1  unchanged 0  duplicate 0  rejected 1  removed 0",
    ]


def test_a_database_that_is_not_up_to_date_is_reported(file: Path) -> None:
    with transaction.atomic():
        for app, migration in MigrationLoader(connection).graph.leaf_nodes("imports"):
            MigrationRecorder(connection).record_unapplied(app, migration)
        with pytest.raises(CommandError, match=r"python3 run\.py manage prepare") as refused:
            call_command("import_products", str(file))
        transaction.set_rollback(True)
    assert refused.value.returncode == 2


def test_a_profile_says_what_is_not_said(file: Path) -> None:
    mapping = {"code": "sku", "name": "attribute:label"}
    Profile.objects.create(name="Supplier", mapping=mapping, mode="create", blank="keep")
    with pytest.raises(SystemExit):  # no names, so every row is rejected
        call_command("import_products", str(file), "--profile", "supplier", "--blank", "clear")
    import_ = Import.objects.get()
    assert (import_.mode, import_.blank, import_.on_error) == ("create", "clear", "skip")
    assert (import_.mapping, import_.profile) == (mapping, "Supplier")
