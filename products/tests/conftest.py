"""Products to test with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User

from products.models import Product

MakeProduct = Callable[..., Product]


@pytest.fixture
def user(db: None) -> User:
    """Somebody who never types a password, whose hash would take its time."""
    return User.objects.create(username="ana")


@pytest.fixture
def make_product(db: None) -> MakeProduct:
    """Writes a product straight to the table, with all that the database fills in."""

    def make(sku: str, **fields: Any) -> Product:
        product = Product.objects.create(sku=sku, **{"name": "Desk lamp"} | fields)
        return Product.objects.get(pk=product.pk)

    return make
