from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection

from imports import columns
from imports.difference import Difference
from imports.models import Import, Preview
from imports.review import previewing
from imports.tests.conftest import Run
from jobs import requests, runner
from jobs.errors import NotPrepared
from products import catalogue
from products.models import Product


def counted(import_: Import) -> Difference:
    """What is kept, as it is read anew."""
    return Preview.objects.get(pk=import_.pk).difference


def rows(difference: Difference, outcome: str) -> list[tuple[Any, ...]]:
    return [
        (sample.line, sample.sku, *((c.field, c.now, c.after) for c in sample.cells))
        for sample in difference.samples
        if sample.outcome == outcome
    ]


@pytest.fixture
def lamp(transactional_db: None) -> Product:
    return Product.objects.create(
        sku="Lamp-1", name="Lamp", price=1, attributes={"colour": "red", "size": "L"}
    )


def test_an_import_at_once_has_no_preview(run: Run) -> None:
    run("sku,name\nA,Lamp\n")
    assert not Preview.objects.exists()


def test_cells_are_reported_one_by_one(run: Run, lamp: Product) -> None:
    data = "sku,name,price,colour,size\nLAMP-1,Lamp,,blue,L\n"
    mapping = {"colour": "attribute:colour", "size": "attribute:size"}
    difference = counted(run(data, review=True, mapping=mapping))
    assert rows(difference, "updated") == [
        (
            *(2, "LAMP-1"),
            ("sku", "Lamp-1", "LAMP-1"),
            ("price", "1.00", ""),
            ("attribute:colour", "red", "blue"),
        )
    ]
    assert difference.changed == {"sku": 1, "price": 1, "attribute:colour": 1}
    assert difference.blanked == {"price": 1}


def test_long_texts_are_seen_to_differ_at_their_end(run: Run, lamp: Product) -> None:
    Product.objects.update(description="x" * 60_000 + "before")
    difference = counted(run(f"sku,description\nLamp-1,{'x' * 60_000}after\n", review=True))
    [(_, _, (field, now, after))] = rows(difference, "updated")
    assert (field, now.endswith("before"), after.endswith("after")) == ("description", True, True)


def test_a_row_of_each_other_outcome_is_shown(run: Run, lamp: Product) -> None:
    Product.objects.create(sku="OUT", name="Old")
    data = "sku,name\nNEW,First\nlamp-1,Lamp\nLamp-1,Lamp\nnew,Desk\nBAD,\n"
    difference = counted(run(data, review=True, missing="delete"))
    assert rows(difference, "created") == [(5, "new", ("sku", "", "new"), ("name", "", "Desk"))]
    assert rows(difference, "unchanged") == [(4, "Lamp-1")]
    assert rows(difference, "removed") == [
        (None, "OUT", ("sku", "OUT", ""), ("name", "Old", "")),
    ]
    [bad] = [sample for sample in difference.samples if sample.outcome == "rejected"]
    assert (bad.line, bad.sku, bad.code) == (6, "BAD", "name_missing")
    assert bad.message == "The name is empty, and a product needs one."
    duplicates = [s for s in difference.samples if s.outcome == "duplicate"]
    assert {(s.line, s.sku, s.counting_line) for s in duplicates} == {
        (2, "NEW", 5),
        (3, "lamp-1", 4),
    }


def test_what_is_switched_off_says_so(run: Run, lamp: Product) -> None:
    Product.objects.create(sku="OUT", name="Old")
    Product.objects.create(sku="OFF", name="Older", active=False)
    difference = counted(run("sku,name\nLamp-1,Lamp\n", review=True, missing="deactivate"))
    assert rows(difference, "removed") == [(None, "OUT", ("active", "true", "false"))]


@pytest.mark.parametrize(
    ("mode", "data", "code"),
    [
        ("update", "sku,name\nNEW,Desk\n", "not_found"),
        ("create", "sku,name\nLamp-1,Desk\n", "already_exists"),
        ("upsert", "sku,price\nNEW,1\n", "name_missing"),
    ],
)
def test_what_the_catalogue_refuses_is_reported_by_code(
    run: Run, lamp: Product, mode: str, data: str, code: str
) -> None:
    difference = counted(run(data, review=True, mode=mode))
    assert difference.rejected_by_code == {code: 1}
    [sample] = difference.samples
    assert (sample.outcome, sample.line, sample.code) == ("rejected", 2, code)
    assert difference.counts["rejected"] == 1


def test_some_rows_of_many_are_shown_and_all_are_counted(run: Run) -> None:
    for number in range(40):
        Product.objects.create(sku=f"S{number}", name="Lamp", price=1)
    data = "sku,name,price\n" + "".join(f"S{number},Desk,{number % 2}\n" for number in range(60))
    difference = counted(run(data, review=True))
    assert difference.counts == {
        "rows_read": 60,
        "created": 20,
        "updated": 40,
        "unchanged": 0,
        "duplicate": 0,
        "rejected": 0,
        "removed": 0,
    }
    assert difference.changed == {"name": 40, "price": 20}
    assert len(rows(difference, "updated")) == len(rows(difference, "created")) == 8


def test_skus_that_a_spreadsheet_has_spoilt_are_warned_about(run: Run) -> None:
    data = 'sku,name\n1.2E+12,A\n"4,06e+12",B\n1E5,C\nX1.2E+12,D\n1.2E+12X,E\n12,F\n'
    [warning] = counted(run(data, review=True)).warnings
    assert (warning.code, warning.count) == ("sku_damaged", 2)
    assert warning.examples == ("1.2E+12", "4,06e+12")


def test_a_file_that_says_what_is_there_is_warned_about(run: Run, lamp: Product) -> None:
    [warning] = counted(run("sku,name\nLamp-1,Lamp\n", review=True)).warnings
    assert warning.code == "nothing_to_do"


def test_emptying_and_changing_most_is_warned_about(run: Run, lamp: Product) -> None:
    found = counted(run("sku,name,price\nLamp-1,Lamp,\n", review=True)).warnings
    assert [(warning.code, warning.count) for warning in found] == [
        ("most_would_change", 1),
        ("column_blanked", 1),
    ]
    assert found[1].examples == ("Lamp-1",)


WRITERS: dict[str, Callable[[Run, Product, User], object]] = {
    "edited": lambda _, lamp, user: catalogue.update_product(
        product_id=lamp.pk, changed_by=user, name="Desk"
    ),
    "deleted": lambda _, lamp, user: catalogue.delete_product(product_id=lamp.pk, changed_by=user),
    "created": lambda _, lamp, user: catalogue.create_product(
        sku="B", name="Desk", changed_by=user
    ),
    "imported": lambda run, *_: run("sku,name\nOTHER,Desk\n"),
}


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
def test_a_write_in_between_makes_it_outdated_until_it_is_counted_again(
    run: Run, lamp: Product, user: User, write: Callable[[Run, Product, User], object]
) -> None:
    import_ = run("sku,name\nLamp-1,Desk\n", review=True)
    assert not Preview.objects.get(pk=import_.pk).is_outdated
    write(run, lamp, user)
    assert Preview.objects.get(pk=import_.pk).is_outdated
    assert previewing.count_again(import_)
    assert not Preview.objects.get(pk=import_.pk).is_outdated


def test_counted_again_is_what_would_happen_by_now(run: Run, lamp: Product, user: User) -> None:
    import_ = run("sku,name\nLamp-1,Desk\n", review=True)
    catalogue.delete_product(product_id=lamp.pk, changed_by=user)
    assert counted(import_).counts["updated"] == 1
    assert previewing.count_again(import_)
    assert (counted(import_).counts["updated"], counted(import_).counts["created"]) == (0, 1)


def test_a_result_that_differs_says_so(run: Run, lamp: Product, user: User) -> None:
    import_ = run("sku,name\nLamp-1,Desk\n", review=True)
    catalogue.update_product(product_id=lamp.pk, changed_by=user, name="Desk")
    assert Preview.objects.get(pk=import_.pk).deviation == ""
    assert requests.apply(import_)
    runner.advance_alone(import_.pk)
    preview = Preview.objects.get(pk=import_.pk)
    assert not preview.is_outdated, "that was for who could still count again"
    assert "counted 1 changed, the result is 0 changed" in preview.deviation


def test_other_columns_leave_no_preview_of_the_ones_before(run: Run) -> None:
    import_ = run("sku,name,price\nA,Lamp,x\n", review=True)
    assert counted(import_).counts["rejected"] == 1
    assert columns.begin(import_, mapping=import_.mapping | {"price": "ignore"})
    assert not Preview.objects.exists()
    runner.advance_alone(import_.pk)
    assert counted(import_).counts["rejected"] == 0


def test_reading_again_while_it_is_applied_leaves_what_was_agreed_to(
    run: Run, lamp: Product, user: User
) -> None:
    import_ = run("sku,name\nLamp-1,Desk\n", review=True)
    agreed = Preview.objects.get(pk=import_.pk)
    assert requests.apply(import_)
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE imports_staging_{import_.pk}_{import_.lease_token}")
    catalogue.update_product(product_id=lamp.pk, changed_by=user, price=Decimal(7))
    for _ in range(2):
        runner.advance_alone(import_.pk)
    import_.refresh_from_db()
    assert import_.status == "completed"
    assert Preview.objects.get(pk=import_.pk).counted_at == agreed.counted_at


def test_whoever_was_fenced_out_keeps_nothing(run: Run) -> None:
    import_ = run("sku,name\nA,Lamp\n", review=True)
    stale = previewing.count(import_)
    kept = Preview.objects.get(pk=import_.pk).counted_at
    Import.objects.filter(pk=import_.pk).update(lease_token=import_.lease_token + 1)
    assert not previewing.store(stale, [Import.Status.REVIEW])
    assert not previewing.count_again(Import(pk=import_.pk, status="completed"))
    assert Preview.objects.get(pk=import_.pk).counted_at == kept


def test_a_crash_of_the_database_is_reported_and_leaves_what_was_counted(run: Run) -> None:
    import_ = run("sku,name\nA,Lamp\n", review=True)
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE imports_staging_{import_.pk}_{import_.lease_token}")
    with pytest.raises(NotPrepared):
        previewing.count_again(import_)
    assert counted(import_).counts["created"] == 1
