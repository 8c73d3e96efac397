"""The base of all admin pages: tables of any size, read-only."""

from __future__ import annotations

from typing import Any, ClassVar, TypeVar

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property

from web.estimates import approximate_count

Row = TypeVar("Row", bound=Model)


class EstimatingPaginator(Paginator[Any]):
    """Pages of a table that may have millions of rows, which are not counted."""

    @cached_property
    def count(self) -> int:
        return approximate_count(self.object_list)[0]  # type: ignore[arg-type]


class LookOnlyAdmin(admin.ModelAdmin[Row]):
    """Read-only rows of a table of any size; `search_id` is a column of ids to search by."""

    paginator = EstimatingPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    sortable_by = ()
    ordering: ClassVar[tuple[str, ...]] = ("-pk",)
    list_per_page = 50
    actions = None
    search_id: str | None = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        return False

    def get_search_fields(self, request: HttpRequest) -> Any:
        return [self.search_id] if self.search_id else super().get_search_fields(request)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Row], search_term: str
    ) -> tuple[QuerySet[Row], bool]:
        """If there is a `search_id`, search by that column alone, which has an index."""
        if not self.search_id or not search_term:
            return super().get_search_results(request, queryset, search_term)
        if not search_term.isdecimal():
            return queryset.none(), False
        return queryset.filter(**{self.search_id: int(search_term)}), False
