"""How many rows there are, without counting a million of them."""

from __future__ import annotations

import json
from typing import Any, Final

from django.db.models import QuerySet

# Up to here rows are counted one by one; beyond it the planner's guess is good enough.
EXACT_COUNT: Final = 10_000


def about_count(rows: QuerySet[Any]) -> tuple[int, bool]:
    """How many rows there are, and whether that is an estimate, as it is for large numbers."""
    counted = rows.order_by()[: EXACT_COUNT + 1].count()
    if counted <= EXACT_COUNT:
        return counted, False
    plan: list[dict[str, Any]] = json.loads(rows.order_by().explain(format="json"))
    return max(counted, int(plan[0]["Plan"]["Plan Rows"])), True
