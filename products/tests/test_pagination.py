from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.signing import Signer
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from products.models import Product
from products.pagination import (
    MAX_PAGE_SIZE,
    ORDERINGS,
    Cursor,
    Page,
    PageForm,
    page_of,
)
from products.tests.conftest import MakeProduct

COLUMNS = {"sku": 'lower(sku) COLLATE "C"', "name": 'lower(name) COLLATE "C"'}
START = datetime(2026, 1, 1, tzinfo=UTC)


def in_sql_order(ordering: str) -> list[int]:
    """The ids of all products as plain SQL sorts them."""
    name = ordering.removeprefix("-")
    direction = "DESC" if ordering.startswith("-") else "ASC"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id FROM products_product"
            f" ORDER BY {COLUMNS.get(name, name)} {direction} NULLS LAST, id {direction}"
        )
        return [id_ for (id_,) in cursor.fetchall()]


def ids(page: Page) -> list[int]:
    return [product.pk for product in page.products]


def forwards(ordering: str, size: int) -> Iterator[Page]:
    cursor: Cursor | None = Cursor(ordering)
    while cursor:
        page = page_of(Product.objects.all(), cursor=cursor, page_size=size)
        yield page
        cursor = page.next


def backwards(page: Page, size: int) -> Iterator[Page]:
    while page.previous:
        page = page_of(Product.objects.all(), cursor=page.previous, page_size=size)
        yield page


class Catalogue(TestCase):
    """Walks through catalogues full of ties and empty prices."""

    @settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
    @given(
        products=st.lists(
            st.tuples(
                st.sampled_from(["Lamp", "lamp", "Rug", "Étagère", "z", ""]),
                st.none() | st.sampled_from([Decimal(0), Decimal("1.50"), Decimal(200)]),
                st.integers(0, 2),
            ),
            max_size=9,
        ),
        ordering=st.sampled_from(ORDERINGS),
        size=st.integers(1, 4),
    )
    def test_walking_there_and_back_meets_every_product_once_in_order(
        self, products: list[tuple[str, Decimal | None, int]], ordering: str, size: int
    ) -> None:
        Product.objects.bulk_create(
            Product(
                sku=f"{name}{number * 7 % 10}.",
                name=name,
                price=price,
                created_at=START + timedelta(days=day),
                updated_at=START - timedelta(days=day),
            )
            for number, (name, price, day) in enumerate(products)
        )
        there = list(forwards(ordering, size))
        assert [id_ for page in there for id_ in ids(page)] == in_sql_order(ordering)
        assert {page.count for page in there} == {len(products)}
        back = list(backwards(there[-1], size))
        assert [ids(page) for page in back] == [ids(page) for page in there[-2::-1]]
        assert [ids(page) for page in forwards_from(back, size)] == [ids(p) for p in there[1:2]]

    @settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.text(max_size=80))
    def test_a_cursor_that_is_not_ours_is_refused(self, text: str) -> None:
        form = PageForm({"cursor": text})
        assert form.is_valid() is not bool(text.strip())


def forwards_from(back: list[Page], size: int) -> Iterator[Page]:
    """The page after the one on which walking back has ended."""
    if back:
        assert back[-1].next
        yield page_of(Product.objects.all(), cursor=back[-1].next, page_size=size)


@pytest.mark.parametrize("ordering", ORDERINGS)
def test_a_page_may_start_at_the_end(make_product: MakeProduct, ordering: str) -> None:
    for number in range(5):
        make_product(f"S{number}", price=number if number < 3 else None)
    last = page_of(Product.objects.all(), cursor=Cursor(ordering, backwards=True), page_size=2)
    assert ids(last) == in_sql_order(ordering)[-2:]
    assert last.next is None
    assert last.previous


def test_rows_that_come_and_go_shift_nothing(make_product: MakeProduct) -> None:
    for sku in "BDFH":
        make_product(sku)
    first = page_of(Product.objects.all(), cursor=Cursor("sku"), page_size=2)
    Product.objects.filter(sku__in="BD").delete()
    make_product("A")
    assert first.next
    second = page_of(Product.objects.all(), cursor=first.next, page_size=2)
    assert [product.sku for product in second.products] == ["F", "H"]


def test_a_page_of_nothing_leads_nowhere(make_product: MakeProduct) -> None:
    page = page_of(
        Product.objects.filter(pk=make_product("A").pk),
        cursor=Cursor("sku", key="b", id=1),
        page_size=2,
    )
    assert (page.products, page.next, page.previous, page.count) == ([], None, None, 1)


@pytest.mark.parametrize("ordering", ORDERINGS)
def test_a_cursor_survives_its_text(make_product: MakeProduct, ordering: str) -> None:
    only = Product.objects.filter(pk=make_product("A").pk)
    product = page_of(only, cursor=Cursor(ordering), page_size=1).products[0]
    cursor = Cursor.beside(product, ordering, backwards=True)
    assert Cursor.parse(str(cursor)) == cursor


@pytest.mark.parametrize("character", ["a", "漢", "\U0001f600"])
def test_the_cursor_of_the_longest_name_fits_into_an_address(character: str) -> None:
    name = "".join(chr(ord(character) + number) for number in range(255))
    assert len(str(Cursor("-name", key=name, id=2**63))) < 2000


def test_a_cursor_belongs_to_its_ordering() -> None:
    form = PageForm({"ordering": "-name", "cursor": str(Cursor("name", key="a", id=1))})
    assert list(form.errors) == ["cursor"]


def test_a_cursor_of_another_part_of_the_site_is_refused() -> None:
    text = Signer(salt="elsewhere").sign_object(["sku", False, "a", 1])
    assert list(PageForm({"cursor": text}).errors) == ["cursor"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ordering", "weight"),
        ("ordering", "--sku"),
        ("page_size", "0"),
        ("page_size", str(MAX_PAGE_SIZE + 1)),
        ("page_size", "many"),
        ("cursor", "a\x00"),
    ],
)
def test_bad_parameters_are_named(name: str, value: str) -> None:
    assert list(PageForm({name: value}).errors) == [name]


def test_what_is_absent_has_its_default() -> None:
    form = PageForm({})
    assert form.is_valid()
    assert form.cleaned_data == {"ordering": "sku", "cursor": Cursor("sku"), "page_size": 50}
