"""Webhooks for those who operate the site: to read, more than to change.

Usable with millions of deliveries: nothing counts whole tables, and secrets are never shown.
"""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property

from webhooks.models import Attempt, Delivery, Endpoint, Event


class UncountedPaginator(Paginator[Any]):
    """Counts no further than the pages that somebody may look through."""

    most = 10_000

    @cached_property
    def count(self) -> int:
        rows = cast("QuerySet[Any]", self.object_list)
        return rows[: self.most].count()


class ReadOnlyAdmin(admin.ModelAdmin[Any]):
    """Shows everything and changes nothing."""

    show_full_result_count = False
    paginator = UncountedPaginator
    ordering = ("-pk",)

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Endpoint)
class EndpointAdmin(ReadOnlyAdmin):
    list_display = ("url", "is_active", "disabled_reason", "failing_since", "created_at")
    list_filter = ("is_active",)
    search_fields = ("url", "description")
    # All but the secrets.
    fields = (
        *("url", "description", "event_types", "is_active", "disabled_reason", "failing_since"),
        *("previous_secret_until", "created_by", "created_at", "updated_at"),
    )


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    list_display = ("message_id", "type", "created_at", "dispatched_at")
    # By its id alone, which an index serves.
    search_fields = ("=message_id",)


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    list_display = ("id", "event", "endpoint", "status", "attempt_count", "next_attempt_at")
    list_select_related = ("event", "endpoint")
    raw_id_fields = ("event", "endpoint")
    search_fields = ("=event__message_id",)


@admin.register(Attempt)
class AttemptAdmin(ReadOnlyAdmin):
    list_display = ("id", "delivery", "number", "status_code", "duration_ms", "started_at", "error")
    list_select_related = ("delivery",)
    raw_id_fields = ("delivery",)
