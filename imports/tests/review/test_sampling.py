"""Previews as a whole are tested in test_previewing."""

from __future__ import annotations

from imports.models import Import
from imports.review.sampling import fields_of


def test_fields_come_in_the_order_of_the_products_and_then_of_the_file() -> None:
    mapping = {"z": "attribute:z", "cost": "price", "no": "sku", "x": "ignore", "b": "attribute:b"}
    import_ = Import(mapping=mapping, header=["z", "cost", "no", "x", "b"])
    assert fields_of(import_) == ["sku", "price", "attribute:z", "attribute:b"]
    import_.missing = "deactivate"
    assert fields_of(import_)[:3] == ["sku", "price", "active"]
