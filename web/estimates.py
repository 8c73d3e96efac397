"""The number of rows of a query, estimated if there are too many to count."""

from __future__ import annotations

import json
from typing import Any, Final

from django.db.models import QuerySet

# The most rows that are counted exactly; for more, the planner's estimate is good enough.
MAX_EXACT_COUNT: Final = 10_000
# The most rows that are counted before the planner is asked.
MAX_QUICK_COUNT: Final = 1_000
# The most rows that are counted if the estimate is known to be wrong.
MAX_COUNT: Final = 1_000_000
# In the planner's units of cost; about a tenth of a second.
EXPENSIVE_COST: Final = 5_000


def approximate_count(rows: QuerySet[Any]) -> tuple[int, bool]:
    """The number of rows, and whether it is an estimate, as it is for large numbers."""
    if (few := _count_up_to(MAX_QUICK_COUNT, rows)) <= MAX_QUICK_COUNT:
        return few, False
    # Rows that are certainly many, or expensive to find, are not counted.
    planned, cost = _plan_of_count(rows)
    if planned > 2 * MAX_EXACT_COUNT or cost > EXPENSIVE_COST:
        return max(few, planned), True
    if (counted := _count_up_to(MAX_EXACT_COUNT, rows)) <= MAX_EXACT_COUNT:
        return counted, False
    if planned < counted:
        # The statistics are older than a large write; they will soon be up to date again.
        counted = _count_up_to(MAX_COUNT, rows)
        return counted, counted > MAX_COUNT
    return planned, True


def _count_up_to(limit: int, rows: QuerySet[Any]) -> int:
    return rows.order_by()[: limit + 1].count()


def _plan_of_count(rows: QuerySet[Any]) -> tuple[int, float]:
    """The number of rows that the planner expects, and the cost of counting up to the limit."""
    limited = rows.order_by()[: MAX_EXACT_COUNT + 1]
    plan: list[dict[str, Any]] = json.loads(limited.explain(format="json"))
    (counted,) = plan[0]["Plan"]["Plans"]
    return int(counted["Plan Rows"]), float(plan[0]["Plan"]["Total Cost"])
