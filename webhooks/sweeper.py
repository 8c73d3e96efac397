"""Finds events and deliveries that are due but have no wake-up. Runs on Celery beat."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db.models.functions import Now

from webhooks import wakeups
from webhooks.dispatching import dispatch
from webhooks.models import Endpoint, Event

# The rows that one statement deletes, so that it does not hold its locks for long.
DELETED_AT_ONCE: Final = 5_000


def sweep() -> None:
    """Dispatch events that are left, and wake workers for each endpoint with due deliveries."""
    dispatch()
    for endpoint in Endpoint.objects.with_due_deliveries().only("pk", "failing_since"):
        for _ in range(endpoint.slots):
            wakeups.wake(endpoint.pk)


def forget_old() -> None:
    """Delete events older than settings.WEBHOOK_RETENTION_DAYS, and with them their deliveries."""
    old = Event.objects.filter(
        created_at__lt=Now() - timedelta(days=settings.WEBHOOK_RETENTION_DAYS)
    ).order_by("created_at")
    while True:
        ids = list(old.values_list("pk", flat=True)[:DELETED_AT_ONCE])
        if not ids:
            return
        Event.objects.filter(pk__in=ids).delete()
