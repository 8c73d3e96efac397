"""The words beside the catalogue: always what the products say, or known not to be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from jobs.models import Job
from products import catalogue, words
from products.filters import ListFilter, ProductFilter
from products.models import Backlog, Product, Words
from products.tests.conftest import MakeProduct

pytestmark = pytest.mark.django_db

LOAD = """
INSERT INTO products_product (sku, name, description)
SELECT 'S' || n, 'Lamp ' || n, 'Brass.' FROM generate_series(1, 1500) n
"""


def execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def texts(model: type[Product | Words]) -> set[tuple[Any, ...]]:
    return set(model.objects.values_list("pk", "sku", "name", "description"))


def found(filters: dict[str, str], by: type[ProductFilter] = ListFilter) -> set[str]:
    products = by(filters, queryset=Product.objects.all()).qs
    return {product.sku for product in products}


def test_a_small_write_is_taken_in_at_once(user: User, make_product: MakeProduct) -> None:
    product = make_product("A", name="Lamp", description="Brass.")
    make_product("B")
    assert texts(Words) == texts(Product)
    catalogue.update_product(product_id=product.pk, changed_by=user, name="Rug", sku="C")
    assert texts(Words) == texts(Product)
    catalogue.delete_product(product_id=product.pk, changed_by=user)
    assert texts(Words) == texts(Product)
    assert not Backlog.objects.exists()


def test_plain_sql_is_taken_in_too(make_product: MakeProduct) -> None:
    make_product("A")
    execute("UPDATE products_product SET name = 'Rug'")
    assert texts(Words) == texts(Product)


def test_another_price_writes_no_words(user: User, make_product: MakeProduct) -> None:
    product = make_product("A")
    before = Words.objects.values_list("version").get()
    catalogue.update_product(product_id=product.pk, changed_by=user, active=False)
    assert Words.objects.values_list("version").get() == before


def test_a_large_write_is_caught_up_with() -> None:
    execute(LOAD)
    assert not Words.objects.exists()
    assert Backlog.objects.count() == 1
    words.catch_up()
    assert texts(Words) == texts(Product)
    assert not Backlog.objects.exists()


def test_in_several_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "CHUNK", 400)
    execute(LOAD)
    words.catch_up()
    execute("UPDATE products_product SET description = 'Gold.' WHERE id % 5 > 0")
    assert Backlog.objects.exists()
    words.catch_up()
    assert texts(Words) == texts(Product)


def test_a_load_of_prices_leaves_nothing_to_do() -> None:
    execute(LOAD)
    words.catch_up()
    execute("UPDATE products_product SET price = 1")
    assert not Backlog.objects.exists()


def test_a_large_delete_leaves_nothing_behind() -> None:
    execute(LOAD)
    words.catch_up()
    execute("DELETE FROM products_product WHERE sku <> 'S1'")
    assert texts(Words) == texts(Product)


def test_words_of_products_that_are_gone_are_dropped(make_product: MakeProduct) -> None:
    product = make_product("A")
    for gone in (product.pk - 1, product.pk + 1):
        Words.objects.create(product_id=gone, version=1, sku="X", name="X", description="")
    Backlog.objects.create()
    words.catch_up()
    assert texts(Words) == texts(Product)


def test_an_older_look_undoes_no_edit(make_product: MakeProduct) -> None:
    product = make_product("A")
    Words.objects.update(version=product.version + 1, name="Newer")
    Backlog.objects.create()
    words.catch_up()
    assert Words.objects.get().name == "Newer"


def test_jobs_come_first() -> None:
    execute(LOAD)
    job = Job.objects.create(kind="import")
    words.catch_up()
    assert Backlog.objects.exists()
    job.move(to=Job.Status.CANCELLED, come_from=Job.ACTIVE)
    words.catch_up()
    assert not Backlog.objects.exists()


@pytest.mark.parametrize("ready", [words.catch_up, lambda: None])
def test_a_search_is_right_at_any_time(ready: Callable[[], None]) -> None:
    execute(LOAD)
    ready()
    for filters in (
        {"search": "s15"},
        {"name": "LAMP 7"},
        {"description": "brass", "sku": "99"},
        {"search": "nothing"},
        {"search": "%"},
        {"name": "p"},
    ):
        assert found(filters) == found(filters, by=ProductFilter), filters


def test_the_page_says_that_the_search_is_behind(client: Client, make_product: MakeProduct) -> None:
    make_product("A")
    Backlog.objects.create()
    note = "still being taken in by the search"
    assert note in client.get("/products/", {"search": "a"}).content.decode()
    assert note not in client.get("/products/").content.decode()
    words.catch_up()
    assert note not in client.get("/products/", {"search": "a"}).content.decode()
