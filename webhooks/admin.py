"""Webhooks in the admin, read-only; secrets are never shown."""

from django.contrib import admin

from web.admin import LookOnlyAdmin
from webhooks.models import Attempt, Delivery, Endpoint, Event


@admin.register(Endpoint)
class EndpointAdmin(LookOnlyAdmin[Endpoint]):
    list_display = ("url", "is_active", "disabled_reason", "failing_since", "created_at")
    list_filter = ("is_active",)
    search_fields = ("url", "description")
    # All but the secrets.
    fields = (
        *("url", "description", "event_types", "is_active", "disabled_reason", "failing_since"),
        *("previous_secret_until", "created_by", "created_at", "updated_at"),
    )


@admin.register(Event)
class EventAdmin(LookOnlyAdmin[Event]):
    list_display = ("message_id", "type", "created_at", "dispatched_at")
    # Only by the message id, which has an index.
    search_fields = ("=message_id",)


@admin.register(Delivery)
class DeliveryAdmin(LookOnlyAdmin[Delivery]):
    list_display = ("id", "event", "endpoint", "status", "attempt_count", "next_attempt_at")
    list_select_related = ("event", "endpoint")
    raw_id_fields = ("event", "endpoint")
    search_fields = ("=event__message_id",)


@admin.register(Attempt)
class AttemptAdmin(LookOnlyAdmin[Attempt]):
    list_display = ("id", "delivery", "number", "status_code", "duration_ms", "started_at", "error")
    list_select_related = ("delivery",)
    raw_id_fields = ("delivery",)
