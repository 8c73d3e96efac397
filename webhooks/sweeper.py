"""Finds what waits although its wake-up was lost or its time has come. Runs on Celery beat."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db.models.functions import Now

from webhooks import wakeups
from webhooks.dispatching import dispatch
from webhooks.models import Endpoint, Event

# Rows that one statement deletes, so that none holds its locks for long.
FORGET_AT_ONCE: Final = 5_000


def sweep() -> None:
    """Dispatch events that were left, and wake a worker for each endpoint with something due."""
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
        some = list(old.values_list("pk", flat=True)[:FORGET_AT_ONCE])
        if not some:
            return
        Event.objects.filter(pk__in=some).delete()
