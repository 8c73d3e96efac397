"""How many rows there are, without counting a million of them."""

from __future__ import annotations

import json
from typing import Any, Final

from django.db.models import QuerySet

# Up to here rows are counted one by one; beyond it the planner's guess is good enough.
EXACT_COUNT: Final = 10_000
QUICK_COUNT: Final = 1_000
MOST_COUNTED: Final = 1_000_000
# In units of the planner; a tenth of a second or so.
DEAR: Final = 5_000


def about_count(rows: QuerySet[Any]) -> tuple[int, bool]:
    """How many rows there are, and whether that is an estimate, as it is for large numbers."""
    if (few := _count_up_to(QUICK_COUNT, rows)) <= QUICK_COUNT:
        return few, False
    # What is certainly many, or dear to look at, is not looked at one by one.
    planned, cost = _plan_of_count(rows)
    if planned > 2 * EXACT_COUNT or cost > DEAR:
        return max(few, planned), True
    if (counted := _count_up_to(EXACT_COUNT, rows)) <= EXACT_COUNT:
        return counted, False
    if planned < counted:
        # The planner has not looked since a large write; it soon will.
        counted = _count_up_to(MOST_COUNTED, rows)
        return counted, counted > MOST_COUNTED
    return planned, True


def _count_up_to(limit: int, rows: QuerySet[Any]) -> int:
    return rows.order_by()[: limit + 1].count()


def _plan_of_count(rows: QuerySet[Any]) -> tuple[int, float]:
    """How many the planner expects, and what it would cost to count them up to the limit."""
    limited = rows.order_by()[: EXACT_COUNT + 1]
    plan: list[dict[str, Any]] = json.loads(limited.explain(format="json"))
    (counted,) = plan[0]["Plan"]["Plans"]
    return int(counted["Plan Rows"]), float(plan[0]["Plan"]["Total Cost"])
