from __future__ import annotations

import threading
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError, connection
from psycopg.errors import AdminShutdown, DeadlockDetected

from jobs.models import Job
from products import catalogue
from products.before_images import IMAGE_COLUMNS
from products.catalogue import SkuTaken, StaleVersion
from products.models import Change, Product
from products.tests.conftest import MakeProduct
from webhooks.event_types import EVENT_TYPES
from webhooks.models import Endpoint, Event

FIELDS: dict[str, Any] = {
    "sku": "LMP-1",
    "name": "Desk lamp",
    "description": "Brass.",
    "price": Decimal("18.50"),
    "active": False,
    "attributes": {"colour": "gold"},
}


def image(thing: Product | Change) -> dict[str, Any]:
    return {name: getattr(thing, name) for name in IMAGE_COLUMNS}


def at_once(*writes: Callable[[], object]) -> list[object]:
    """What each write returns or raises when all are made at the same moment."""
    results: list[object] = [None] * len(writes)
    start = threading.Barrier(len(writes))

    def run(number: int) -> None:
        start.wait()
        try:
            results[number] = writes[number]()
        except Exception as error:  # noqa: BLE001 - it is what the test looks at
            results[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[number]) for number in range(len(writes))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


# --- Creating -----------------------------------------------------------------------------


def test_a_product_is_created_with_all_its_fields(user: User) -> None:
    product = catalogue.create_product(changed_by=user, **FIELDS)
    stored = Product.objects.get()
    assert {name: getattr(stored, name) for name in FIELDS} == FIELDS
    assert image(product) == image(stored)
    assert stored.version == 1


def test_a_product_needs_no_more_than_sku_and_name(user: User) -> None:
    product = catalogue.create_product(changed_by=user, sku="A", name="B")
    product.refresh_from_db()
    assert (product.description, product.price, product.active) == ("", None, True)
    assert product.attributes == {}


def test_its_creation_is_kept(user: User) -> None:
    product = catalogue.create_product(changed_by=user, **FIELDS)
    change = Change.objects.get()
    assert (change.product_id, change.action, change.changed_by) == (product.pk, "created", user)
    assert image(change) == dict.fromkeys(IMAGE_COLUMNS) | {"version": 0}


@pytest.mark.parametrize("sku", ["lmp-1", "LMP-1"])
def test_a_sku_that_is_taken_tells_by_whom(make_product: MakeProduct, user: User, sku: str) -> None:
    holder = make_product("LMP-1")
    with pytest.raises(SkuTaken) as caught:
        catalogue.create_product(changed_by=user, sku=sku, name="Another")
    assert caught.value.holder_id == holder.pk
    assert not Change.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_who_want_a_sku_at_once_one_gets_it() -> None:
    def create() -> Product:
        return catalogue.create_product(changed_by=None, sku="A", name="B")

    product, refused = sorted(at_once(create, create), key=lambda it: isinstance(it, Exception))
    assert isinstance(product, Product)
    assert isinstance(refused, SkuTaken)
    assert refused.holder_id == product.pk
    assert Change.objects.count() == 1


# --- Updating -----------------------------------------------------------------------------


def test_an_update_sets_the_fields_it_is_given(make_product: MakeProduct, user: User) -> None:
    before = make_product("A", description="Old.", price=1)
    after = catalogue.update_product(
        product_id=before.pk, changed_by=user, description="New.", price=None
    )
    assert image(after) == image(Product.objects.get())
    assert (after.description, after.price, after.name) == ("New.", None, before.name)
    assert after.version == before.version + 1
    assert after.updated_at > before.updated_at
    assert after.created_at == before.created_at


def test_what_was_there_before_is_kept(make_product: MakeProduct, user: User) -> None:
    job = Job.objects.create(kind="import")
    before = make_product("A", price=1, attributes={"a": "b"}, created_in=job, changed_in=job)
    after = catalogue.update_product(product_id=before.pk, changed_by=user, name="New")
    change = Change.objects.get()
    assert (change.product_id, change.action, change.changed_by) == (before.pk, "updated", user)
    assert image(change) == image(before)
    assert (after.created_in_id, after.changed_in_id) == (job.pk, None)


def test_the_case_of_a_sku_can_be_changed(make_product: MakeProduct, user: User) -> None:
    product = make_product("abc")
    after = catalogue.update_product(product_id=product.pk, changed_by=user, sku="ABC")
    assert (after.sku, after.version) == ("ABC", 2)


def test_a_change_that_changes_nothing_writes_nothing(user: User) -> None:
    before = catalogue.create_product(changed_by=user, **FIELDS)
    after = catalogue.update_product(
        product_id=before.pk, changed_by=user, **FIELDS | {"price": Decimal("18.5")}
    )
    assert image(after) == image(before)
    assert Change.objects.count() == 1


def test_the_sku_of_another_product_is_refused(make_product: MakeProduct, user: User) -> None:
    holder, product = make_product("A"), make_product("B")
    with pytest.raises(SkuTaken) as caught:
        catalogue.update_product(product_id=product.pk, changed_by=user, sku="a", name="New")
    assert caught.value.holder_id == holder.pk
    product.refresh_from_db()
    assert (product.sku, product.name, product.version) == ("B", "Desk lamp", 1)
    assert not Change.objects.exists()


def test_a_product_that_is_gone_can_t_be_changed(make_product: MakeProduct, user: User) -> None:
    product = make_product("A")
    Product.objects.all().delete()
    with pytest.raises(Product.DoesNotExist):
        catalogue.update_product(product_id=product.pk, changed_by=user, name="New")
    with pytest.raises(Product.DoesNotExist):
        catalogue.delete_product(product_id=product.pk, changed_by=user)


def test_an_update_of_another_version_is_refused(make_product: MakeProduct, user: User) -> None:
    product = make_product("A", version=3)
    with pytest.raises(StaleVersion):
        catalogue.update_product(
            product_id=product.pk, changed_by=user, expected_version=2, name="New"
        )
    assert Product.objects.get().name == product.name
    catalogue.update_product(product_id=product.pk, changed_by=user, expected_version=3, name="New")
    assert Product.objects.get().version == 4


@pytest.mark.django_db(transaction=True)
def test_of_those_who_change_one_version_at_once_one_wins(make_product: MakeProduct) -> None:
    product = make_product("A")

    def rename(name: str) -> Callable[[], Product]:
        return lambda: catalogue.update_product(
            product_id=product.pk, changed_by=None, expected_version=1, name=name
        )

    results = at_once(*(rename(name) for name in "abcd"))
    winner = next(result for result in results if isinstance(result, Product))
    assert sum(isinstance(result, StaleVersion) for result in results) == 3
    assert Product.objects.get().name == winner.name
    assert Change.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_without_a_version_all_changes_are_made_and_kept(make_product: MakeProduct) -> None:
    product = make_product("A")

    def rename(name: str) -> Callable[[], Product]:
        return lambda: catalogue.update_product(product_id=product.pk, changed_by=None, name=name)

    assert all(isinstance(result, Product) for result in at_once(*map(rename, "abcd")))
    assert Product.objects.get().version == 5
    assert set(Change.objects.values_list("version", flat=True)) == {1, 2, 3, 4}


# --- Deleting -----------------------------------------------------------------------------


def test_a_deleted_product_is_kept_as_it_was(user: User) -> None:
    before = catalogue.create_product(changed_by=user, **FIELDS)
    catalogue.delete_product(product_id=before.pk, changed_by=user)
    assert not Product.objects.exists()
    change = Change.objects.get(action="deleted")
    assert (change.product_id, change.changed_by) == (before.pk, user)
    assert image(change) == image(before)


def test_a_deletion_of_another_version_is_refused(make_product: MakeProduct, user: User) -> None:
    product = make_product("A", version=3)
    with pytest.raises(StaleVersion):
        catalogue.delete_product(product_id=product.pk, changed_by=user, expected_version=2)
    catalogue.delete_product(product_id=product.pk, changed_by=user, expected_version=3)
    assert not Product.objects.exists()


# --- Conflicts in the database ------------------------------------------------------------


def failing(times: int, reason: Exception) -> tuple[Callable[[], int], list[int]]:
    """A write that PostgreSQL gives up so many times, and the tries it has seen."""
    tries: list[int] = []

    @catalogue.repeated_on_conflict
    def write() -> int:
        tries.append(1)
        if len(tries) <= times:
            raise OperationalError from reason
        return len(tries)

    return write, tries


def test_a_deadlock_is_tried_again() -> None:
    write, _ = failing(2, DeadlockDetected())
    assert write() == 3


def test_not_for_ever() -> None:
    write, tries = failing(100, DeadlockDetected())
    with pytest.raises(OperationalError):
        write()
    assert len(tries) == catalogue.MAX_TRIES


def test_another_failure_is_not_tried_again() -> None:
    write, tries = failing(1, AdminShutdown())
    with pytest.raises(OperationalError):
        write()
    assert len(tries) == 1


@pytest.mark.django_db(transaction=True)
def test_two_products_that_swap_skus_deadlock_nobody(make_product: MakeProduct) -> None:
    one, two = make_product("A"), make_product("B")

    def take(product: Product, sku: str) -> Callable[[], Product]:
        return lambda: catalogue.update_product(product_id=product.pk, changed_by=None, sku=sku)

    for _ in range(5):
        results = at_once(take(one, "B"), take(two, "A"))
        assert all(isinstance(result, SkuTaken) for result in results)


# --- Telling others -----------------------------------------------------------------------


@pytest.fixture
def endpoint(db: None) -> Endpoint:
    return Endpoint.objects.create(url="https://example.com/")


def told() -> list[tuple[str, dict[str, Any]]]:
    return list(Event.objects.order_by("pk").values_list("type", "data"))


def test_every_write_is_told_with_the_product(endpoint: Endpoint, user: User) -> None:
    product = catalogue.create_product(changed_by=user, **FIELDS)
    catalogue.update_product(product_id=product.pk, changed_by=user, price=Decimal("7.5"))
    catalogue.update_product(product_id=product.pk, changed_by=user, price=Decimal("7.50"))
    catalogue.delete_product(product_id=product.pk, changed_by=user)
    created, updated, deleted = told()
    assert created[0] == "product.created"
    assert created[1] | {"created_at": 0, "updated_at": 0} == {
        "id": product.pk,
        "sku": "LMP-1",
        "name": "Desk lamp",
        "description": "Brass.",
        "price": "18.50",
        "active": False,
        "attributes": {"colour": "gold"},
        "version": 1,
        "created_at": 0,
        "updated_at": 0,
    }
    for (type_, data), name in ((updated, "updated"), (deleted, "deleted")):
        assert type_ == f"product.{name}"
        assert (data["price"], data["version"]) == ("7.50", 2)
        assert data.keys() == EVENT_TYPES[type_].example.keys()


def test_a_write_that_is_refused_is_not_told(endpoint: Endpoint, user: User) -> None:
    catalogue.create_product(changed_by=user, **FIELDS)
    with pytest.raises(SkuTaken):
        catalogue.create_product(changed_by=user, **FIELDS)
    assert len(told()) == 1
