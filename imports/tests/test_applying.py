"""What others do to the catalogue between the look and the write of a range."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction

from imports import applying, sql
from imports.models import Import
from imports.tests.conftest import Run
from products import catalogue
from products.models import Change, Product


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Has somebody else run SQL once, after the rows were judged and before they are written."""

    def arrange(statement: str) -> None:
        waiting = [statement]
        for write in (applying._write, applying._insert_all):
            monkeypatch.setattr(applying, write.__name__, _interrupted(write, waiting))

    return arrange


def _interrupted(write: Callable[..., Any], waiting: list[str]) -> Callable[..., Any]:
    def interrupted(*args: Any) -> Any:
        if waiting:
            other = connection.copy()
            with other.cursor() as cursor:
                cursor.execute(waiting.pop())
            other.close()
        return write(*args)

    return interrupted


@pytest.fixture
def stored(transactional_db: None) -> Product:
    return Product.objects.create(sku="A", name="Lamp", price=1)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("UPDATE products_product SET price = 5, version = version + 1", (1, 0, "A", 3)),
        ("UPDATE products_product SET price = 2, version = version + 1", (0, 0, "A", 2)),
        ("UPDATE products_product SET sku = 'B', version = version + 1", (0, 1, "A", 1)),
        ("DELETE FROM products_product", (0, 1, "A", 1)),
    ],
    ids=["another price", "the same price", "renamed", "deleted"],
)
def test_a_change_in_between_is_judged_again(
    run: Run,
    stored: Product,
    meanwhile: Callable[[str], None],
    statement: str,
    expected: tuple[int, int, str, int],
) -> None:
    meanwhile(statement)
    import_ = run("sku,name,price\nA,Lamp,2\n")
    progress = import_.progress
    product = Product.objects.get(sku="A")
    assert (progress.updated, progress.created, product.sku, product.version) == expected
    assert product.price == 2
    assert Change.objects.count() == progress.updated
    if change := Change.objects.first():
        assert change.price == 5, "the image is of what was there last"
        assert change.version == 2


def test_a_product_that_somebody_creates_meanwhile_is_updated(
    run: Run, meanwhile: Callable[[str], None]
) -> None:
    meanwhile("INSERT INTO products_product (sku, name) VALUES ('a', 'Theirs')")
    progress = run("sku,name\nA,Ours\n").progress
    assert (progress.created, progress.updated) == (0, 1)
    assert Product.objects.get().name == "Ours"


def test_a_range_that_locks_first_can_not_be_overtaken(
    run: Run, stored: Product, user: User
) -> None:
    import_ = run("sku,name\nA,Desk\n", review=True)
    parameters = applying.parameters_of(import_) | {"low": None, "high": None}
    table = f"imports_staging_{import_.pk}_{import_.lease_token}"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql.LOCK_NAMED.format(staging=table), parameters)
        assert cursor.fetchone()[0] == 1
        assert not _can_lock(stored)
    assert _can_lock(stored)
    catalogue.update_product(product_id=stored.pk, changed_by=user, name="Chair")


def _can_lock(product: Product) -> bool:
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute(
                "SELECT count(*) FROM (SELECT FROM products_product WHERE id = %s"
                " FOR NO KEY UPDATE SKIP LOCKED) free",
                [product.pk],
            )
            return bool(cursor.fetchone()[0])
    finally:
        other.close()


def test_what_the_sql_needs_to_know_of_an_import() -> None:
    import_ = Import(pk=7, mapping={"RRP": "price"}, mode="update", blank="clear")
    assert applying.parameters_of(import_) == {
        "job": 7,
        "mode": "update",
        "missing": "keep",
        "clears_description": False,
        "clears_price": True,
    }
