"""Words and sort keys beside the catalogue: always what the products say, or known not to be."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.db.models.functions import Lower
from django.test import Client

from jobs.models import Job
from products import catalogue, indexing
from products.filters import ProductFilter, reading_filter
from products.models import Backlog, Product, SortKeys, Words
from products.pagination import ORDERINGS, PageForm
from products.tests.conftest import MakeProduct

pytestmark = pytest.mark.django_db

LOAD = """
INSERT INTO products_product (sku, name, description, price, active)
SELECT 'S' || n, 'Lamp ' || n % 7, 'Brass.', nullif(n % 50, 0), n % 3 > 0
FROM generate_series(1, 1500) n
"""


def execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def is_up_to_date() -> bool:
    """Whether words and sort keys say exactly what the products say."""
    texts = ("pk", "sku", "name", "description")
    keys = ("price", "active", "created_at", "updated_at")
    names = Product.objects.annotate(key=Lower("name")).values_list("pk", "key", *keys)
    return set(Words.objects.values_list(*texts)) == set(
        Product.objects.values_list(*texts)
    ) and set(SortKeys.objects.values_list("pk", "name", *keys)) == set(names)


def found(filters: dict[str, str], by: type[ProductFilter] | None = None) -> set[str]:
    products = (by or reading_filter())(filters, queryset=Product.objects.all()).qs
    return {product.sku for product in products}


def listed(ordering: str) -> list[str]:
    form = PageForm({"ordering": ordering, "page_size": 500})
    assert form.is_valid()
    return [product.sku for product in form.page_of(Product.objects.all()).products]


def test_a_small_write_is_taken_in_at_once(user: User, make_product: MakeProduct) -> None:
    product = make_product("A", name="Lamp", description="Brass.")
    make_product("B")
    assert is_up_to_date()
    catalogue.update_product(product_id=product.pk, changed_by=user, name="Rug", sku="C")
    assert is_up_to_date()
    catalogue.delete_product(product_id=product.pk, changed_by=user)
    assert is_up_to_date()
    assert not Backlog.objects.exists()


def test_plain_sql_is_taken_in_too(make_product: MakeProduct) -> None:
    make_product("A")
    execute("UPDATE products_product SET name = 'Rug'")
    assert is_up_to_date()


def test_another_price_writes_no_words(user: User, make_product: MakeProduct) -> None:
    product = make_product("A")
    before = Words.objects.values_list("version").get()
    catalogue.update_product(product_id=product.pk, changed_by=user, active=False)
    assert Words.objects.values_list("version").get() == before


def test_a_large_write_is_caught_up_with() -> None:
    execute(LOAD)
    assert not Words.objects.exists()
    assert Backlog.objects.count() == 1
    indexing.catch_up()
    assert is_up_to_date()
    assert not Backlog.objects.exists()


def test_in_several_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexing, "CHUNK_SIZE", 400)
    execute(LOAD)
    indexing.catch_up()
    execute("UPDATE products_product SET description = 'Gold.' WHERE id % 5 > 0")
    assert Backlog.objects.exists()
    indexing.catch_up()
    assert is_up_to_date()


def test_a_load_of_prices_is_caught_up_with() -> None:
    execute(LOAD)
    indexing.catch_up()
    execute("UPDATE products_product SET price = id % 97, updated_at = now() - interval '1 day'")
    assert Backlog.objects.exists()
    indexing.catch_up()
    assert is_up_to_date()


def test_a_large_delete_leaves_nothing_behind() -> None:
    execute(LOAD)
    indexing.catch_up()
    execute("DELETE FROM products_product WHERE sku <> 'S1'")
    assert is_up_to_date()


def test_words_of_products_that_are_gone_are_dropped(make_product: MakeProduct) -> None:
    product = make_product("A")
    for gone in (product.pk - 1, product.pk + 1):
        Words.objects.create(product_id=gone, version=1, sku="X", name="X", description="")
        now = product.created_at
        SortKeys.objects.create(
            product_id=gone, version=1, name="x", active=True, created_at=now, updated_at=now
        )
    Backlog.objects.create()
    indexing.catch_up()
    assert is_up_to_date()


def test_an_older_look_undoes_no_edit(make_product: MakeProduct) -> None:
    product = make_product("A")
    Words.objects.update(version=product.version + 1, name="Newer")
    SortKeys.objects.update(version=product.version + 1, name="newer")
    Backlog.objects.create()
    indexing.catch_up()
    assert (Words.objects.get().name, SortKeys.objects.get().name) == ("Newer", "newer")


def test_jobs_come_first() -> None:
    execute(LOAD)
    job = Job.objects.create(kind="import")
    indexing.catch_up()
    assert Backlog.objects.exists()
    job.move(to=Job.Status.CANCELLED, come_from=Job.ACTIVE)
    indexing.catch_up()
    assert not Backlog.objects.exists()


@pytest.mark.parametrize("ready", [indexing.catch_up, lambda: None])
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
        {"price_min": "40", "active": "true"},
        {"price_max": "1.50", "search": "lamp 1"},
    ):
        assert found(filters) == found(filters, by=ProductFilter), filters


@pytest.mark.parametrize("ordering", ORDERINGS)
def test_an_order_is_the_same_with_and_without_the_index(ordering: str) -> None:
    execute(LOAD)
    plain = listed(ordering)
    indexing.catch_up()
    assert listed(ordering) == plain


def test_the_page_says_that_the_search_is_behind(client: Client, make_product: MakeProduct) -> None:
    make_product("A")
    Backlog.objects.create()
    note = "A large change is still being indexed."
    assert note in client.get("/products/", {"search": "a"}).content.decode()
    indexing.catch_up()
    assert note not in client.get("/products/", {"search": "a"}).content.decode()
