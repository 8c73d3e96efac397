"""Which imports, and in which order: the same on the page and in the API."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django_filters.rest_framework import (
    CharFilter,
    ChoiceFilter,
    DateFilter,
    FilterSet,
    OrderingFilter,
)

from imports.models import Import, ImportQuerySet

# A value of the filter `status`: every status in which an import moves by itself.
RUNNING = "running"
# Another one: imports that wait for a person to choose their columns.
HELD = "held"


class Ordering(OrderingFilter):
    """Newest first among equals, so that pages neither repeat nor miss an import."""

    def filter(self, qs: ImportQuerySet, value: Sequence[str] | None) -> ImportQuerySet:
        imports: ImportQuerySet = super().filter(qs, [*value, "-pk"] if value else value)
        return imports


class ImportFilter(FilterSet):
    """Reads the query parameters; one that is absent or empty lets every import through."""

    NARROWING: Final = ("status", "created_by", "created_from", "created_to", "filename")

    status = ChoiceFilter(
        choices=[(RUNNING, "Running"), (HELD, "Held"), *Import.Status.choices],
        method="filter_status",
    )
    created_by = CharFilter("created_by__username")
    created_from = DateFilter("created_at", "date__gte")
    created_to = DateFilter("created_at", "date__lte")
    filename = CharFilter(lookup_expr="icontains")
    ordering = Ordering(fields=["created_at", "finished_at", "filename", "size_bytes", "rows_read"])

    class Meta:
        model = Import
        fields: list[str] = []

    def filter_status(self, imports: ImportQuerySet, field: str, status: str) -> ImportQuerySet:
        if status == RUNNING:
            return imports.filter(Import.MOVES)
        if status == HELD:
            return imports.filter(Import.IS_HELD)
        return imports.filter(status=status)
