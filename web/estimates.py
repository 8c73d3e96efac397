"""How many rows a query has, without counting a million of them."""

from __future__ import annotations

import json
from typing import Any, Final

from django.db.models import QuerySet

# Up to this number rows are counted; for more, the planner's estimate is good enough.
EXACT_COUNT: Final = 10_000
QUICK_COUNT: Final = 1_000
MAX_COUNT: Final = 1_000_000
# In the planner's units of cost; about a tenth of a second.
EXPENSIVE_COST: Final = 5_000


def approximate_count(rows: QuerySet[Any]) -> tuple[int, bool]:
    """How many rows there are, and whether that is an estimate, as it is for large numbers."""
    if (few := _count_up_to(QUICK_COUNT, rows)) <= QUICK_COUNT:
        return few, False
    # Rows that are certainly many, or expensive to find, are not counted.
    planned, cost = _plan_of_count(rows)
    if planned > 2 * EXACT_COUNT or cost > EXPENSIVE_COST:
        return max(few, planned), True
    if (counted := _count_up_to(EXACT_COUNT, rows)) <= EXACT_COUNT:
        return counted, False
    if planned < counted:
        # The statistics are older than a large write; they will soon be renewed.
        counted = _count_up_to(MAX_COUNT, rows)
        return counted, counted > MAX_COUNT
    return planned, True


def _count_up_to(limit: int, rows: QuerySet[Any]) -> int:
    return rows.order_by()[: limit + 1].count()


def _plan_of_count(rows: QuerySet[Any]) -> tuple[int, float]:
    """How many rows the planner expects, and the cost of counting them up to the limit."""
    limited = rows.order_by()[: EXACT_COUNT + 1]
    plan: list[dict[str, Any]] = json.loads(limited.explain(format="json"))
    (counted,) = plan[0]["Plan"]["Plans"]
    return int(counted["Plan Rows"]), float(plan[0]["Plan"]["Total Cost"])
