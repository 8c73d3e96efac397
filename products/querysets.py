"""Reads of the catalogue: which products, and how many."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Collate, Lower
from django.db.models.lookups import Contains, Exact, GreaterThan, LessThanOrEqual

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    from products.models import Product  # noqa: F401 - named in a base class

# Up to here products are counted one by one; beyond it the planner's guess is good enough.
EXACT_COUNT: Final = 10_000
QUICK_COUNT: Final = 1_000
# In units of the planner; a tenth of a second or so.
DEAR: Final = 5_000


def sku_key(expression: str = "sku") -> Collate:
    """The identity of a SKU: PostgreSQL's own `lower()`, compared byte by byte.

    Python's `lower()` disagrees with databases on dozens of characters, so nothing else may
    compute it; and under another collation than C no index serves a range of keys.
    """
    return Collate(Lower(expression), "C")


class HoldsText(Contains):
    """`ILIKE '%text%'`, which a trigram index serves; `icontains` would compare `upper()`."""

    lookup_name = "holds"

    def get_rhs_op(self, connection: BaseDatabaseWrapper, rhs: str) -> str:
        return f"ILIKE {rhs}"


class ProductQuerySet(models.QuerySet["Product"]):
    def holding(self, field: str, text: str) -> ProductQuerySet:
        """Products whose text field has this part, whatever its case."""
        return self.filter(HoldsText(F(field), text))

    def search(self, text: str) -> ProductQuerySet:
        """Products that have this part in their SKU, name or description."""
        return self.filter(
            Q(HoldsText(F("sku"), text))
            | Q(HoldsText(F("name"), text))
            | Q(HoldsText(F("description"), text))
        )

    def with_sku(self, sku: str) -> ProductQuerySet:
        """The one product with this SKU, whatever its case."""
        return self.filter(Exact(sku_key(), Lower(Value(sku))))

    def in_key_order(self) -> ProductQuerySet:
        return self.order_by(sku_key())

    def in_range(self, low: str | None, high: str | None) -> ProductQuerySet:
        """Those with keys above `low`, up to and including `high`; None means unbounded."""
        products = self
        if low is not None:
            products = products.filter(GreaterThan(sku_key(), low))
        if high is not None:
            products = products.filter(LessThanOrEqual(sku_key(), high))
        return products

    def about_count(self) -> tuple[int, bool]:
        """How many there are, and whether that is an estimate, as it is for large numbers."""
        if (few := self._count_up_to(QUICK_COUNT)) <= QUICK_COUNT:
            return few, False
        # What is certainly many, or dear to look at, is not looked at one by one.
        planned, cost = self._plan_of_count()
        if planned > 2 * EXACT_COUNT or cost > DEAR:
            return max(few, planned), True
        if (counted := self._count_up_to(EXACT_COUNT)) <= EXACT_COUNT:
            return counted, False
        return max(counted, planned), True

    def _count_up_to(self, limit: int) -> int:
        return self.order_by()[: limit + 1].count()

    def _plan_of_count(self) -> tuple[int, float]:
        """How many the planner expects, and what it would cost to count them up to the limit."""
        limited = self.order_by()[: EXACT_COUNT + 1]
        plan: list[dict[str, Any]] = json.loads(limited.explain(format="json"))
        (counted,) = plan[0]["Plan"]["Plans"]
        return int(counted["Plan Rows"]), float(plan[0]["Plan"]["Total Cost"])
