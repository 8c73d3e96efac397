"""The requests of people: a test, and another attempt at a delivery."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from django.db import transaction
from django.db.models.functions import Now

from webhooks import sending, wakeups
from webhooks.delivering import attempt, lease_end
from webhooks.event_types import EVENT_TYPES, TEST
from webhooks.models import Delivery, DeliveryQuerySet, Endpoint, Event
from webhooks.sending import Outcome


class SwitchedOff(Exception):
    """The endpoint is not active, so nothing would be sent."""


def send_test(endpoint: Endpoint) -> Outcome:
    """Send a test event at once, even if the endpoint is not active; it is part of the log."""
    with transaction.atomic():
        event = Event.objects.create(type=TEST, data=EVENT_TYPES[TEST].example, dispatched_at=Now())
        delivery = Delivery.objects.create(
            event=event,
            endpoint=endpoint,
            attempt_count=1,
            is_sending=True,
            is_manual=True,
            next_attempt_at=lease_end(),
        )
    with sending.open_session() as session:
        return attempt(delivery, session)


def redeliver(delivery: Delivery) -> None:
    """Send a delivery again, soon. Raises SwitchedOff.

    A pending delivery has its next attempt now; one that has ended gets a single attempt. So
    nothing is planned twice, however often this is called.
    """
    _schedule_again(delivery.endpoint, Delivery.objects.filter(pk=delivery.pk))


def redeliver_failed(endpoint: Endpoint, since: datetime) -> int:
    """Send deliveries again that failed since a time; returns their number. Raises SwitchedOff."""
    return _schedule_again(endpoint, endpoint.deliveries.failed_since(since))


def _schedule_again(endpoint: Endpoint, deliveries: DeliveryQuerySet) -> int:
    if not endpoint.is_active:
        raise SwitchedOff
    with transaction.atomic():
        waiting = deliveries.filter(status=Delivery.Status.PENDING, is_sending=False)
        count = waiting.update(next_attempt_at=Now())
        count += deliveries.filter(status__in=Delivery.ENDED).update(
            status=Delivery.Status.PENDING,
            is_manual=True,
            next_attempt_at=Now(),
            finished_at=None,
        )
        transaction.on_commit(partial(wakeups.wake, endpoint.pk))
    return count
