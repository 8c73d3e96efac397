from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.utils import timezone
from pytest_django.fixtures import Settings

from webhooks.delivering import claim_next, send_due
from webhooks.models import Delivery, Endpoint
from webhooks.redelivering import SwitchedOff, redeliver, redeliver_failed, send_test
from webhooks.tests.conftest import Happen, Wakeups
from webhooks.tests.receiver import Receiver, says


def test_a_test_is_sent_at_once_and_shows_in_the_log(
    receiver: Receiver, endpoint: Endpoint
) -> None:
    receiver.answer = says(200, b"thank you")
    outcome = send_test(endpoint)
    assert (outcome.is_success, outcome.status_code) == (True, 200)
    assert outcome.response_body == "thank you"
    assert receiver.verified(endpoint.secret)[0]["type"] == "webhook.test"
    delivery = Delivery.objects.get()
    assert (delivery.status, delivery.event.type) == ("delivered", "webhook.test")
    assert delivery.attempts.get().is_manual


def test_a_test_that_fails_is_not_tried_again_and_blames_nobody(
    receiver: Receiver, endpoint: Endpoint
) -> None:
    receiver.answer = says(500)
    assert send_test(endpoint).error == "The receiver answered 500."
    assert Delivery.objects.get().status == "failed"
    assert not Endpoint.objects.failing().exists()


def test_what_is_switched_off_can_be_tested(receiver: Receiver, endpoint: Endpoint) -> None:
    endpoint.change(is_active=False)
    endpoint.refresh_from_db()
    assert send_test(endpoint).is_success


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("status", [200, 500])
def test_a_delivery_that_has_ended_is_sent_once_more(
    happen: Happen, receiver: Receiver, wakeups: Wakeups, status: int
) -> None:
    delivery = happen()
    send_due(delivery.endpoint_id)
    delivery.refresh_from_db()
    receiver.answer = says(status)
    wakeups.clear()
    for _ in range(3):
        redeliver(delivery)
    assert ("webhooks.send_due", (delivery.endpoint_id,)) in wakeups
    for _ in range(3):
        send_due(delivery.endpoint_id)
    delivery.refresh_from_db()
    assert delivery.status == ("delivered" if status == 200 else "failed")
    assert (len(receiver.messages), delivery.next_attempt_at) == (2, None)
    last = delivery.attempts.get(number=2)
    assert last.is_manual
    assert len({message.headers["webhook-id"] for message in receiver.messages}) == 1


def test_one_that_waits_has_its_next_attempt_now_and_the_rest_of_its_schedule(
    happen: Happen, receiver: Receiver
) -> None:
    receiver.answer = says(500)
    delivery = happen()
    send_due(delivery.endpoint_id)
    for _ in range(3):
        redeliver(delivery)
    send_due(delivery.endpoint_id)
    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempt_count) == ("pending", 2)
    assert delivery.next_attempt_at
    wait = (delivery.next_attempt_at - timezone.now()).total_seconds()
    assert wait == pytest.approx(300, rel=0.11, abs=1)


def test_one_that_is_being_sent_is_left_alone(happen: Happen, receiver: Receiver) -> None:
    delivery = happen()
    assert claim_next(delivery.endpoint_id)
    redeliver(delivery)
    assert claim_next(delivery.endpoint_id) is None


@pytest.mark.django_db(transaction=True)
def test_asked_many_times_at_once_it_is_sent_once(happen: Happen, receiver: Receiver) -> None:
    delivery = happen()
    send_due(delivery.endpoint_id)

    def ask(_: int) -> None:
        try:
            redeliver(delivery)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ask, range(16)))
    send_due(delivery.endpoint_id)
    assert len(receiver.messages) == 2


def test_all_that_failed_since_a_time(
    happen: Happen, receiver: Receiver, endpoint: Endpoint, settings: Settings
) -> None:
    old, failed, delivered = happen(), happen(), happen()
    Delivery.objects.filter(pk__in=[old.pk, failed.pk]).update(
        status="failed", next_attempt_at=None, finished_at=Now()
    )
    Delivery.objects.filter(pk=old.pk).update(created_at=Now() - timedelta(days=2))
    send_due(endpoint.pk)
    assert redeliver_failed(endpoint, timezone.now() - timedelta(days=1)) == 1
    send_due(endpoint.pk)
    ids = [message.headers["webhook-id"] for message in receiver.messages]
    assert ids == [delivered.event.message_id, failed.event.message_id]


def test_what_is_switched_off_is_sent_nothing(happen: Happen, endpoint: Endpoint) -> None:
    delivery = happen()
    endpoint.change(is_active=False)
    delivery.endpoint.refresh_from_db()
    endpoint.refresh_from_db()
    with pytest.raises(SwitchedOff):
        redeliver(delivery)
    with pytest.raises(SwitchedOff):
        redeliver_failed(endpoint, timezone.now())
