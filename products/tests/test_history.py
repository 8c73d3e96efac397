from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from products import catalogue
from products.history import Author, Entry, History, authors_of
from products.models import BulkDelete, Change, Product
from products.tests.conftest import MakeProduct


def changes(entry: Entry) -> dict[str, tuple[Any, Any]]:
    return {change.field: (change.before, change.after) for change in entry.changes}


def by_job(make_product: MakeProduct, sku: str, **fields: Any) -> Product:
    """A product that a job made; of all kinds of job, this app knows one."""
    job = BulkDelete.objects.create(kind="bulk_delete")
    return make_product(sku, created_in=job, changed_in=job, **fields)


def test_each_change_says_what_was_and_what_became(user: User) -> None:
    product = catalogue.create_product(
        changed_by=user, sku="A", name="Lamp", price=Decimal("1.00"), attributes={"colour": "red"}
    )
    catalogue.update_product(
        product_id=product.pk,
        changed_by=user,
        price=None,
        active=False,
        attributes={"colour": "blue", "size": "L"},
    )
    catalogue.update_product(product_id=product.pk, changed_by=user, name="Desk lamp")
    renamed, repriced, created = History(product.pk)

    assert [entry.action for entry in (renamed, repriced, created)] == [
        "updated", "updated", "created",
    ]  # fmt: skip
    assert [entry.version for entry in (renamed, repriced, created)] == [3, 2, 1]
    assert all(entry.author == Author(username="ana") for entry in (renamed, repriced, created))
    assert changes(renamed) == {"name": ("Lamp", "Desk lamp")}
    assert changes(repriced) == {
        "price": (Decimal("1.00"), None),
        "active": (True, False),
        "attribute:colour": ("red", "blue"),
        "attribute:size": (None, "L"),
    }
    assert changes(created) == {
        "sku": (None, "A"),
        "name": (None, "Lamp"),
        "price": (None, Decimal("1.00")),
        "active": (None, True),
        "attribute:colour": (None, "red"),
    }


def test_what_a_job_created_begins_with_the_job(user: User, make_product: MakeProduct) -> None:
    product = by_job(make_product, "A", price=1)
    (only,) = History(product.pk)
    assert (only.action, only.version, only.at) == ("created", 1, product.created_at)
    assert only.author.job is not None
    assert only.author.job.name == "bulk delete"
    assert only.author.job.url == f"/products/deletions/{product.created_in_id}/"

    catalogue.update_product(product_id=product.pk, changed_by=user, price=Decimal(2))
    changed, created = History(product.pk)
    assert changes(changed) == {"price": (Decimal("1.00"), Decimal("2.00"))}
    assert created.author == only.author
    assert created.at == product.created_at
    assert changes(created)["price"] == (None, Decimal("1.00"))


def test_a_deleted_product_keeps_its_history(user: User, make_product: MakeProduct) -> None:
    product = make_product("A")
    catalogue.delete_product(product_id=product.pk, changed_by=user)
    history = History(product.pk)
    assert history.product is None
    deleted, created = history
    assert (deleted.action, deleted.author.username) == ("deleted", "ana")
    assert changes(deleted)["sku"] == ("A", None)
    assert (created.action, created.author) == ("created", Author())


def test_what_never_was_has_no_history(db: None) -> None:
    with pytest.raises(Product.DoesNotExist):
        History(1)


def test_any_page_is_the_same_as_that_part_of_the_whole(
    user: User, make_product: MakeProduct
) -> None:
    product = make_product("A")
    for number in range(4):
        catalogue.update_product(product_id=product.pk, changed_by=user, name=f"Lamp {number}")
    history = History(product.pk)
    whole = list(history[:])
    assert len(whole) == len(history) == 5
    for start in range(7):
        for stop in range(7):
            assert history[start:stop] == whole[start:stop], (start, stop)
    assert history[-1] == whole[-1]


def test_a_page_takes_a_fixed_number_of_queries(user: User, make_product: MakeProduct) -> None:
    def queries(number: int) -> int:
        product = by_job(make_product, f"S{number}")
        for change in range(number):
            catalogue.update_product(
                product_id=product.pk, changed_by=user, name=f"Lamp {change} of {number}"
            )
        with CaptureQueriesContext(connection) as captured:
            assert len(History(product.pk)[0:20]) == number + 1
        return len(captured)

    assert queries(2) == queries(15)


def test_who_changed_a_product_last(user: User, make_product: MakeProduct) -> None:
    by_a_job = by_job(make_product, "A")
    by_ana = by_job(make_product, "B")
    by_nobody = make_product("C")
    catalogue.update_product(product_id=by_ana.pk, changed_by=user, name="Rug")
    by_ana.refresh_from_db()
    authors = authors_of([by_a_job, by_ana, by_nobody])
    label = authors[by_a_job.pk].job
    assert label is not None
    assert label.name == "bulk delete"
    assert authors[by_ana.pk] == Author(username="ana")
    assert authors[by_nobody.pk] == Author()
    assert authors_of([]) == {}


def test_the_job_may_be_gone(make_product: MakeProduct) -> None:
    product = by_job(make_product, "A")
    BulkDelete.objects.get().delete()
    assert authors_of([product])[product.pk] == Author(job_id=product.changed_in_id)
    assert History(product.pk)[0].author.job is None


# --- The API ------------------------------------------------------------------------------


def test_the_api_tells_the_same(api: APIClient, user: User, make_product: MakeProduct) -> None:
    product = by_job(make_product, "A", price=1)
    catalogue.update_product(product_id=product.pk, changed_by=user, price=Decimal(2), active=False)
    answer = api.get(f"/api/products/{product.pk}/history/").json()
    assert (answer["count"], answer["next"], answer["previous"]) == (2, None, None)
    changed, created = answer["results"]
    assert changed["changes"] == [
        {"field": "price", "before": "1.00", "after": "2.00"},
        {"field": "active", "before": True, "after": False},
    ]
    assert (changed["action"], changed["version"], changed["by"]) == ("updated", 2, "ana")
    assert changed["job"] is None
    assert created["job"] == {"id": product.created_in_id, "name": "bulk delete"}
    assert {"field": "name", "before": None, "after": "Desk lamp"} in created["changes"]


def test_the_api_pages_and_knows_what_was_deleted(
    api: APIClient, user: User, make_product: MakeProduct
) -> None:
    product = make_product("A")
    catalogue.delete_product(product_id=product.pk, changed_by=user)
    url = f"/api/products/{product.pk}/history/"
    first = api.get(url, {"limit": 1}).json()
    assert [entry["action"] for entry in first["results"]] == ["deleted"]
    second = api.get(first["next"]).json()
    assert [entry["action"] for entry in second["results"]] == ["created"]
    assert Change.objects.count() == 1


@pytest.mark.parametrize("number", ["1", "9" * 30])
def test_the_api_says_what_is_not_there(api: APIClient, number: str) -> None:
    answer = api.get(f"/api/products/{number}/history/")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
