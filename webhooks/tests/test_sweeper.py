from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from django.db.models.functions import Now

from webhooks import sweeper
from webhooks.delivering import claim_next, send_due
from webhooks.events import emit
from webhooks.models import Attempt, Delivery, Endpoint, Event
from webhooks.sweeper import forget_old, sweep
from webhooks.tests.conftest import Happen, Wakeups
from webhooks.tests.receiver import Receiver, says


def test_an_event_whose_wake_up_was_lost_is_dispatched(
    endpoint: Endpoint, wakeups: Wakeups
) -> None:
    with transaction.atomic():
        emit("import.completed", {})
    wakeups.clear()
    sweep()
    assert Delivery.objects.count() == 1
    assert ("webhooks.send_due", (endpoint.pk,)) in wakeups


def test_what_waits_for_its_time_is_left_alone(
    happen: Happen, receiver: Receiver, wakeups: Wakeups
) -> None:
    receiver.answer = says(500)
    delivery = happen()
    send_due(delivery.endpoint_id)
    wakeups.clear()
    sweep()
    assert wakeups == []
    Delivery.objects.update(next_attempt_at=Now())
    sweep()
    assert wakeups == [("webhooks.send_due", (delivery.endpoint_id,))]


def test_a_lost_attempt_is_found_when_its_lease_ends(happen: Happen, wakeups: Wakeups) -> None:
    delivery = happen()
    claim_next(delivery.endpoint_id)
    wakeups.clear()
    sweep()
    assert wakeups == []
    Delivery.objects.update(next_attempt_at=Now())
    sweep()
    assert wakeups == [("webhooks.send_due", (delivery.endpoint_id,))] * 3


def test_what_is_switched_off_is_left_alone(
    happen: Happen, endpoint: Endpoint, wakeups: Wakeups
) -> None:
    happen()
    endpoint.change(is_active=False)
    wakeups.clear()
    sweep()
    assert wakeups == []


@pytest.mark.parametrize("at_once", [1, 5_000])
def test_what_is_old_is_forgotten_with_its_deliveries_and_attempts(
    happen: Happen, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(sweeper, "DELETED_AT_ONCE", at_once)
    old = [happen(), happen()]
    send_due(endpoint.pk)
    kept = happen()
    send_due(endpoint.pk)
    Event.objects.filter(deliveries__in=old).update(created_at=Now() - timedelta(days=31))
    forget_old()
    assert list(Delivery.objects.all()) == [kept]
    assert Event.objects.get() == kept.event
    assert Attempt.objects.get().delivery == kept
