from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from products import querysets
from products.models import Product
from products.tests.conftest import MakeProduct
from web import estimates


def skus(products: querysets.ProductQuerySet) -> list[str]:
    return list(products.in_key_order().values_list("sku", flat=True))


def test_part_of_a_text_matches_whatever_its_case(make_product: MakeProduct) -> None:
    make_product("LMP-1", name="Étagère")
    make_product("lmp-2", name="Desk")
    assert skus(Product.objects.holding("sku", "mP-")) == ["LMP-1", "lmp-2"]
    assert skus(Product.objects.holding("name", "éTAG")) == ["LMP-1"]


@pytest.mark.parametrize("text", ["100%", "a_b", "c\\d", "'", '"'])
def test_no_character_of_a_search_is_special(make_product: MakeProduct, text: str) -> None:
    make_product(f"X{text}Y")
    make_product("100X-aXb-cXd")
    assert skus(Product.objects.holding("sku", text)) == [f"X{text}Y"]


def test_search_looks_into_sku_name_and_description(make_product: MakeProduct) -> None:
    make_product("LAMP-1", name="One")
    make_product("B", name="A lamp")
    make_product("C", name="Two", description="Not a Lamp.")
    make_product("D", name="Three")
    assert skus(Product.objects.all().search("lamp")) == ["B", "C", "LAMP-1"]


def test_a_range_ends_with_its_high_key(make_product: MakeProduct) -> None:
    for sku in ("A", "b", "C", "d"):
        make_product(sku)
    products = Product.objects.all()
    assert skus(products.in_range(None, "b")) == ["A", "b"]
    assert skus(products.in_range("b", "c")) == ["C"]
    assert skus(products.in_range("c", None)) == ["d"]
    assert skus(products.in_range(None, None)) == ["A", "b", "C", "d"]


def test_a_sku_is_found_as_the_database_lowers_it(make_product: MakeProduct) -> None:
    make_product("İstanbul-Ω")
    assert skus(Product.objects.with_sku("İSTANBUL-ω")) == ["İstanbul-Ω"]


def test_an_index_serves_a_range_of_keys(make_product: MakeProduct) -> None:
    make_product("A")
    with connection.cursor() as cursor:
        # Where no index had the order, it would sort all the same.
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
    plan = Product.objects.in_range("a", "b").in_key_order().explain()
    assert "Index Cond" in plan
    assert "Sort" not in plan


def test_few_products_are_counted(make_product: MakeProduct) -> None:
    make_product("A")
    make_product("B")
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert Product.objects.holding("sku", "a").about_count() == (1, False)
    assert len(queries) == 1


def test_what_the_planner_does_not_know_yet_is_counted(
    make_product: MakeProduct, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(estimates, "MAX_QUICK_COUNT", 1)
    monkeypatch.setattr(estimates, "MAX_EXACT_COUNT", 2)
    make_product("A0")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE products_product")
    for number in range(1, 4):
        make_product(f"A{number}", price=1)
    # Among the products that were looked at, none has a price of 1.
    assert Product.objects.filter(price=1).about_count() == (3, False)


def test_many_products_are_estimated(
    make_product: MakeProduct, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(estimates, "MAX_QUICK_COUNT", 1)
    monkeypatch.setattr(estimates, "MAX_EXACT_COUNT", 2)
    for number in range(4):
        make_product(f"A{number}")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE products_product")
    assert Product.objects.all().about_count() == (4, True)
