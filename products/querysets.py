"""Queries of the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Collate, Lower
from django.db.models.lookups import Contains, Exact, GreaterThan, LessThanOrEqual

from web import estimates

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    from products.models import Product  # noqa: F401 - named in a base class


def sku_key(expression: str = "sku") -> Collate:
    """The identity of a SKU: PostgreSQL's own `lower()`, compared byte by byte.

    Python's `lower()` differs from that of databases on dozens of characters, so nothing else may
    compute it. Under another collation than C no index serves a range of keys.
    """
    return Collate(Lower(expression), "C")


class HoldsText(Contains):
    """`ILIKE '%text%'`, which a trigram index serves; `icontains` would compare `upper()`."""

    lookup_name = "holds"

    def get_rhs_op(self, connection: BaseDatabaseWrapper, rhs: str) -> str:
        return f"ILIKE {rhs}"


class ProductQuerySet(models.QuerySet["Product"]):
    def holding(self, field: str, text: str) -> ProductQuerySet:
        """Products whose text field contains this text; case does not matter."""
        return self.filter(HoldsText(F(field), text))

    def search(self, text: str) -> ProductQuerySet:
        """Products whose SKU, name or description contains this text."""
        return self.filter(
            Q(HoldsText(F("sku"), text))
            | Q(HoldsText(F("name"), text))
            | Q(HoldsText(F("description"), text))
        )

    def with_sku(self, sku: str) -> ProductQuerySet:
        """The one product with this SKU; case does not matter."""
        return self.filter(Exact(sku_key(), Lower(Value(sku))))

    def in_key_order(self) -> ProductQuerySet:
        return self.order_by(sku_key())

    def in_range(self, low: str | None, high: str | None) -> ProductQuerySet:
        """Products with keys above `low`, up to and including `high`; None means no bound."""
        products = self
        if low is not None:
            products = products.filter(GreaterThan(sku_key(), low))
        if high is not None:
            products = products.filter(LessThanOrEqual(sku_key(), high))
        return products

    def about_count(self) -> tuple[int, bool]:
        """The number of products, and whether it is an estimate, as it is for large numbers."""
        return estimates.approximate_count(self)
