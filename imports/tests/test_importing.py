"""Whole imports, in this process: which row counts, and what becomes of it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.db import connection
from pytest_django.fixtures import Settings

from imports import stored_file
from imports.intake.submitting import create
from imports.models import Import, Reject
from imports.tests.conftest import Run
from jobs import requests, runner
from jobs.labels import labels_of
from products.models import Change, Product
from tests import oracle
from webhooks.event_types import EVENT_TYPES
from webhooks.models import Endpoint, Event

HEADER = "sku,name,description,price,active\n"


def counts(import_: Import) -> dict[str, int]:
    progress = vars(import_.progress)
    names = ("created", "updated", "unchanged", "duplicate", "rejected", "removed")
    return {name: progress[name] for name in names if progress[name]}


def product(**fields: Any) -> Product:
    return Product.objects.create(**{"sku": "A", "name": "Lamp", **fields})


def codes() -> list[tuple[int, str]]:
    return list(Reject.objects.order_by("record").values_list("line", "code"))


def test_every_row_is_counted_once_and_the_last_of_a_sku_counts(run: Run) -> None:
    product(sku="b", name="Desk", price=2)
    product(sku="same", name="Same", price=3)
    import_ = run(
        HEADER + "A,First,,1,\nB,Desk,,2.50,\na,Last,,9,no\nC,,,1,\nsame,Same,,3.00,\nD,D,,x,\n"
    )
    assert import_.status == "completed"
    assert (import_.rows_read, import_.bytes_read) == (6, import_.size_bytes)
    assert counts(import_) == {
        "created": 1,
        "updated": 1,
        "unchanged": 1,
        "duplicate": 1,
        "rejected": 2,
    }
    stored = Product.objects.get(sku="a")
    assert (stored.name, stored.price, stored.active) == ("Last", Decimal(9), False)
    assert codes() == [(5, "name_missing"), (7, "price_invalid")]


def test_an_invalid_row_does_not_outdo_an_earlier_valid_one(run: Run) -> None:
    run(HEADER + "A,Lamp,,1,\nA,Lamp,,never,\n")
    assert Product.objects.get().price == 1


def test_a_difference_in_case_alone_is_an_update(run: Run) -> None:
    product(sku="abc")
    import_ = run("sku,name\nABC,Lamp\n")
    assert counts(import_) == {"updated": 1}
    assert Product.objects.get().sku == "ABC"


def test_a_change_keeps_what_was_there_before(run: Run) -> None:
    before = product(price=1, description="old", attributes={"colour": "red"})
    before.refresh_from_db()
    import_ = run(HEADER + "A,Lamp,new,2,no\n")
    after = Product.objects.get()
    change = Change.objects.get()
    assert (after.version, after.changed_in_id, after.created_in_id) == (2, import_.pk, None)
    assert after.attributes == {"colour": "red"}
    assert (change.action, change.product_id, change.job_id) == ("updated", before.pk, import_.pk)
    same = ("sku", "name", "description", "price", "active", "attributes", "version")
    for field in (*same, "created_at", "updated_at"):
        assert getattr(change, field) == getattr(before, field), field


def test_the_same_file_again_writes_nothing(run: Run) -> None:
    data = HEADER + "A,Lamp,,1,\nB,Desk,x,,no\nb,Desk,x,,no\n"
    run(data)
    before = list(Product.objects.order_by("pk").values())
    sequence = _last_id()
    import_ = run(data)
    assert counts(import_) == {"unchanged": 2, "duplicate": 1}
    assert list(Product.objects.order_by("pk").values()) == before
    assert _last_id() == sequence
    assert not Change.objects.exists()


def _last_id() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT last_value FROM products_product_id_seq")
        return int(cursor.fetchone()[0])


def test_a_column_that_is_absent_leaves_what_is_stored(run: Run) -> None:
    product(price=5, description="kept", active=False)
    run("name,sku\nDesk,a\n")
    stored = Product.objects.get()
    assert (stored.name, stored.description, stored.active) == ("Desk", "kept", False)
    assert stored.price == 5


@pytest.mark.parametrize(
    ("blank", "price", "description"), [("clear", None, ""), ("keep", Decimal(5), "old")]
)
def test_a_blank_cell_clears_or_keeps(
    run: Run, blank: str, price: Decimal | None, description: str
) -> None:
    product(price=5, description="old", active=False)
    run(HEADER + "A,Desk,,,\n", blank=blank)
    stored = Product.objects.get()
    assert (stored.price, stored.description, stored.active) == (price, description, False)


def test_a_blank_name_keeps_the_stored_one_but_makes_no_product(run: Run) -> None:
    product()
    import_ = run("sku,name,price\nA,,7\nB,,8\n", blank="keep")
    assert counts(import_) == {"updated": 1, "rejected": 1}
    assert Product.objects.get().price == 7
    assert codes() == [(3, "name_missing")]
    assert Reject.objects.get().cells == ["B", "", "8"]


def test_without_a_name_column_only_stored_products_are_taken(run: Run) -> None:
    product()
    import_ = run("sku,price\nA,7\nB,8\n")
    assert counts(import_) == {"updated": 1, "rejected": 1}
    assert Reject.objects.get().cells == ["B", "8"]


@pytest.mark.parametrize(
    ("mode", "expected", "code"),
    [
        ("create", {"created": 1, "rejected": 1}, "already_exists"),
        ("update", {"updated": 1, "rejected": 1}, "not_found"),
    ],
)
def test_the_mode_refuses_what_it_is_not_for(
    run: Run, mode: str, expected: dict[str, int], code: str
) -> None:
    product()
    import_ = run("sku,name\na,Desk\nNEW,Chair\n", mode=mode)
    assert counts(import_) == expected
    reject = Reject.objects.get()
    assert reject.code == code
    assert reject.value == reject.cells[0]


def test_the_mode_judges_the_last_row_of_a_sku_alone(run: Run) -> None:
    import_ = run("sku,name\nA,One\na,Two\n", mode="create")
    assert counts(import_) == {"created": 1, "duplicate": 1}


def test_attributes_are_set_removed_and_otherwise_kept(run: Run) -> None:
    product(attributes={"colour": "red", "size": "L", "origin": "Peru"})
    mapping = {"colour": "attribute:colour", "size": "attribute:size", "note": "attribute:note"}
    run("sku,name,colour,size,note\nA,Lamp,blue,, exact \n", mapping=mapping)
    assert Product.objects.get().attributes == {
        "colour": "blue",
        "origin": "Peru",
        "note": " exact ",
    }
    import_ = run("sku,name,colour,size,note\nA,Lamp,blue,, exact \n", mapping=mapping)
    assert counts(import_) == {"unchanged": 1}


def test_what_the_file_does_not_name_is_deactivated(run: Run) -> None:
    for sku in "ABCD":
        product(sku=sku, active=sku != "D")
    import_ = run("sku,name,price\nA,Lamp,\nB,Lamp,never\n", missing="deactivate")
    assert counts(import_) == {"unchanged": 1, "rejected": 1, "removed": 1}
    assert list(Product.objects.filter(active=True).values_list("sku", flat=True)) == ["A", "B"]
    assert Change.objects.get().sku == "C"


def test_what_the_file_does_not_name_is_deleted(run: Run) -> None:
    for sku in "ABC":
        product(sku=sku)
    import_ = run("sku,name\na,Lamp\nB,Lamp\nNEW,Lamp\n", missing="delete")
    assert counts(import_)["removed"] == 1
    assert set(Product.objects.values_list("sku", flat=True)) == {"a", "B", "NEW"}
    assert (Change.objects.get(sku="C").action, Change.objects.count()) == ("deleted", 2)


@pytest.mark.parametrize("rows", [1, 7, 50, 1000])
def test_the_result_does_not_depend_on_the_size_of_the_ranges(
    run: Run, settings: Settings, rows: int
) -> None:
    settings.IMPORT_RANGE_ROWS = rows
    lines = [f"{'sku' if i % 3 else 'SKU'}-{i * 37 % 101},Name {i},,{i % 7},\n" for i in range(150)]
    data = (HEADER + "".join(lines)).encode()
    expected, expected_counts = oracle.expect(data)
    import_ = run(data)
    assert oracle.catalogue() == expected
    assert {k: v for k, v in expected_counts.items() if v and k != "rows_read"} == counts(import_)
    assert import_.ranges.count() > 1 or rows >= 150


@pytest.mark.parametrize(
    ("spellings", "products"),
    [
        (["ÉTÉ", "été", "E\u0301te\u0301"], 1),
        (["straße", "STRASSE"], 2),
        (["0012", "12", "1E5", "100000"], 4),
        (["\u200bA\u00a0", "a"], 1),
        (["ǅ", "ǆ", "Ǆ"], 1),
    ],
)
def test_identity_is_what_the_database_says(run: Run, spellings: list[str], products: int) -> None:
    import_ = run("sku,name\n" + "".join(f"{sku},Lamp\n" for sku in spellings))
    assert Product.objects.count() == products
    assert counts(import_).get("duplicate", 0) == len(spellings) - products


def test_a_file_that_is_gone_fails_with_its_reason(
    user: User, unsent: None, transactional_db: None
) -> None:
    file = ContentFile(b"sku,name\nA,Lamp\n")
    import_ = create(file=file, filename="x.csv", created_by=user)
    stored_file.delete(import_.parts)
    runner.advance(import_.pk)
    import_.refresh_from_db()
    assert (import_.status, import_.error_code) == ("failed", "file_gone")


def test_staging_tables_do_not_stay(run: Run) -> None:
    import_ = run("sku,name\nA,Lamp\n")
    own = f"imports_staging_{import_.pk}_"
    assert not [name for name in connection.introspection.table_names() if name.startswith(own)]


def test_what_the_file_is_and_how_it_was_read_is_kept(run: Run) -> None:
    import_ = run(b"\xef\xbb\xbf Title ,PRICE,Product code,note\nLamp,1,A,x\n")
    assert import_.mapping == {
        "Title": "name",
        "PRICE": "price",
        "Product code": "sku",
        "note": "ignore",
    }
    assert import_.header == ["Title", "PRICE", "Product code", "note"]
    assert (import_.delimiter, len(import_.sha256)) == (",", 64)
    assert import_.encoding.startswith("utf-8")


@pytest.fixture
def endpoint(db: None) -> Endpoint:
    return Endpoint.objects.create(url="https://example.com/")


def test_the_end_is_reported_once_with_the_counts_and_no_product_is(
    run: Run, endpoint: Endpoint
) -> None:
    import_ = run("sku,name,price\nA,Lamp,1\nB,Desk,x\n")
    runner.advance(import_.pk)
    event = Event.objects.get()
    assert event.type == "import.completed"
    assert event.data.keys() == EVENT_TYPES[event.type].example.keys()
    names = ("id", "filename", "status", "rows_read", "created", "rejected", "created_by")
    assert {name: event.data[name] for name in names} == {
        "id": import_.pk,
        "filename": "products.csv",
        "status": "completed",
        "rows_read": 2,
        "created": 1,
        "rejected": 1,
        "created_by": "ana",
    }


def test_a_failure_is_reported_with_its_reason(run: Run, endpoint: Endpoint) -> None:
    run("sku,name,price\nA,Lamp,x\n", on_error="abort")
    event = Event.objects.get()
    assert (event.type, event.data["error_code"]) == ("import.failed", "too_many_errors")
    assert event.data["rejected"] == 1


def test_a_cancelled_import_is_reported_each_time_it_ends(run: Run, endpoint: Endpoint) -> None:
    import_ = run("sku,name\nA,Lamp\n", review=True)
    assert not Event.objects.exists()
    for _ in range(2):
        requests.cancel(import_)
    requests.retry(import_)
    runner.advance(import_.pk)
    requests.apply(import_)
    runner.advance(import_.pk)
    types = Event.objects.order_by("pk").values_list("type", flat=True)
    assert list(types) == ["import.cancelled", "import.completed"]


def test_an_import_is_called_by_its_file(run: Run) -> None:
    import_ = run("sku,name\nA,Lamp\n")
    label = labels_of([import_.pk])[import_.pk]
    assert (label.name, label.url) == ("products.csv", f"/imports/{import_.pk}/")
