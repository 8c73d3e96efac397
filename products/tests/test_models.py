from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from products.models import Product
from products.tests.conftest import MakeProduct

LIMIT = 65_535


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"sku": ""}, "product_sku_is_trimmed"),
        ({"sku": " A"}, "product_sku_is_trimmed"),
        ({"sku": "A\u3000"}, "product_sku_is_trimmed"),
        ({"sku": "e\u0301"}, "product_sku_is_nfc"),
        ({"sku": "taken"}, "product_sku_is_unique"),
        ({"price": "-0.01"}, "product_price_is_not_negative"),
        ({"attributes": ["a list"]}, "product_attributes_are_an_object"),
        ({"description": "x" * (LIMIT + 1)}, "product_description_has_a_limit"),
        ({"description": "é" * (LIMIT + 1)}, "product_description_has_a_limit"),
    ],
)
def test_the_database_refuses(
    make_product: MakeProduct, values: dict[str, Any], constraint: str
) -> None:
    make_product("TAKEN")
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Product.objects.create(**({"sku": "A", "name": "Lamp"} | values))
    assert Product.objects.count() == 1


@pytest.mark.parametrize("character", ["x", "é", "🙂"])
def test_a_description_may_have_so_many_characters_of_any_width(
    make_product: MakeProduct, character: str
) -> None:
    product = make_product("A", description=character * LIMIT)
    product.refresh_from_db()
    assert product.description == character * LIMIT
