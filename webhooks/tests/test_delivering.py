from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http.server import BaseHTTPRequestHandler

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.utils import timezone
from pytest_django.fixtures import Settings
from standardwebhooks import WebhookVerificationError

from webhooks import delivering
from webhooks.delivering import LOST, claim_next, record, send_due
from webhooks.models import Attempt, Delivery, Endpoint, generate_secret
from webhooks.retries import MAX_ATTEMPTS
from webhooks.sending import Outcome
from webhooks.tests.conftest import Happen, Wakeups
from webhooks.tests.receiver import Receiver, says

HOUR = 3600


def seconds_until_next(delivery: Delivery) -> float:
    delivery.refresh_from_db()
    assert delivery.next_attempt_at
    return (delivery.next_attempt_at - timezone.now()).total_seconds()


def make_due(delivery: Delivery) -> None:
    Delivery.objects.filter(pk=delivery.pk).update(next_attempt_at=Now())


def send_when_due(delivery: Delivery) -> None:
    make_due(delivery)
    send_due(delivery.endpoint_id)
    delivery.refresh_from_db()


def test_a_delivery_is_signed_sent_and_recorded(
    happen: Happen, receiver: Receiver, endpoint: Endpoint
) -> None:
    delivery = happen("import.completed", id=7)
    send_due(endpoint.pk)
    (message,) = receiver.messages
    body = message.verified(endpoint.secret)
    assert (body["type"], body["data"]) == ("import.completed", {"id": 7})
    assert body.keys() == {"type", "timestamp", "data"}
    assert message.headers["webhook-id"] == delivery.event.message_id
    delivery.refresh_from_db()
    assert (delivery.status, delivery.next_attempt_at) == ("delivered", None)
    assert delivery.finished_at
    attempt = delivery.attempts.get()
    assert (attempt.number, attempt.status_code, attempt.error) == (1, 204, "")
    assert attempt.request_headers["webhook-id"] == delivery.event.message_id
    assert attempt.duration_ms is not None


def test_another_secret_verifies_nothing(
    happen: Happen, receiver: Receiver, endpoint: Endpoint
) -> None:
    for _ in range(3):
        happen()
    send_due(endpoint.pk)
    assert len(receiver.verified(endpoint.secret)) == 3
    for message in receiver.messages:
        with pytest.raises(WebhookVerificationError):
            message.verified(generate_secret())


def test_both_secrets_verify_while_one_replaces_the_other(
    happen: Happen, receiver: Receiver, endpoint: Endpoint
) -> None:
    old = endpoint.secret
    endpoint.rotate_secret()
    happen()
    send_due(endpoint.pk)
    assert receiver.verified(old) == receiver.verified(endpoint.secret) != []
    Endpoint.objects.update(previous_secret_until=Now())
    happen()
    send_due(endpoint.pk)
    receiver.messages[1].verified(endpoint.secret)
    with pytest.raises(WebhookVerificationError):
        receiver.messages[1].verified(old)


def test_every_attempt_has_the_same_id_and_the_same_body(
    happen: Happen, receiver: Receiver, endpoint: Endpoint
) -> None:
    receiver.answer = says(500)
    delivery = happen(name="Lämp", b=1, a=2)
    for _ in range(3):
        send_when_due(delivery)
    ids = {message.headers["webhook-id"] for message in receiver.messages}
    assert ids == {delivery.event.message_id}
    assert len({message.body for message in receiver.messages}) == 1
    assert len(receiver.verified(endpoint.secret)) == 3


def test_ten_failures_are_the_end(happen: Happen, receiver: Receiver) -> None:
    receiver.answer = says(500, b"out of order")
    delivery = happen()
    delays = []
    for _ in range(MAX_ATTEMPTS - 1):
        send_when_due(delivery)
        assert (delivery.status, delivery.is_sending) == ("pending", False)
        delays.append(seconds_until_next(delivery))
    expected = [5, 300, 1800, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR]
    assert delays == [pytest.approx(delay, rel=0.11, abs=1) for delay in expected]
    send_when_due(delivery)
    assert (delivery.status, delivery.next_attempt_at) == ("failed", None)
    attempts = list(delivery.attempts.order_by("number"))
    assert [attempt.number for attempt in attempts] == list(range(1, MAX_ATTEMPTS + 1))
    assert attempts[0].response_body == "out of order"


def test_nothing_is_sent_before_its_time(happen: Happen, receiver: Receiver) -> None:
    receiver.answer = says(500)
    delivery = happen()
    for _ in range(3):
        send_due(delivery.endpoint_id)
    assert len(receiver.messages) == 1


def test_a_receiver_that_asks_for_patience_gets_it(happen: Happen, receiver: Receiver) -> None:
    receiver.answer = says(429, Retry_After="1000")
    delivery = happen()
    send_due(delivery.endpoint_id)
    assert seconds_until_next(delivery) == pytest.approx(1000, abs=5)


def test_410_switches_the_endpoint_off(
    happen: Happen, receiver: Receiver, endpoint: Endpoint
) -> None:
    receiver.answer = says(410)
    first, second = happen(), happen()
    send_due(endpoint.pk)
    endpoint.refresh_from_db()
    assert (endpoint.is_active, "410 Gone" in endpoint.disabled_reason) == (False, True)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, second.status) == ("failed", "pending")
    assert list(Endpoint.objects.failing()) == [endpoint]
    assert len(receiver.messages) == 1


def test_an_endpoint_is_failing_until_it_succeeds(
    happen: Happen, receiver: Receiver, endpoint: Endpoint
) -> None:
    receiver.answer = says(500)
    delivery = happen()
    send_due(endpoint.pk)
    assert list(Endpoint.objects.failing()) == [endpoint]
    since = Endpoint.objects.get().failing_since
    send_when_due(delivery)
    assert Endpoint.objects.get().failing_since == since
    receiver.answer = says(200)
    send_when_due(delivery)
    assert not Endpoint.objects.failing().exists()


@pytest.mark.parametrize(("days", "is_active"), [(4.9, True), (5.1, False)])
def test_five_days_of_failures_only_switch_it_off(
    happen: Happen, receiver: Receiver, endpoint: Endpoint, days: float, is_active: bool
) -> None:
    receiver.answer = says(500)
    Endpoint.objects.update(failing_since=Now() - timedelta(days=days))
    happen()
    send_due(endpoint.pk)
    endpoint.refresh_from_db()
    assert endpoint.is_active == is_active
    assert ("5 days" in endpoint.disabled_reason) != is_active


def test_what_is_switched_off_is_sent_nothing_until_it_is_switched_on(
    happen: Happen, receiver: Receiver, endpoint: Endpoint
) -> None:
    delivery = happen()
    endpoint.change(is_active=False)
    send_due(endpoint.pk)
    assert receiver.messages == []
    endpoint.change(is_active=True)
    send_due(endpoint.pk)
    delivery.refresh_from_db()
    assert (delivery.status, len(receiver.messages)) == ("delivered", 1)


def in_threads(times: int, work: object, *args: object) -> None:
    def run(_: int) -> None:
        try:
            work(*args)  # type: ignore[operator]
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(run, range(times)))


@pytest.mark.django_db(transaction=True)
def test_many_workers_send_each_delivery_once(
    happen: Happen, receiver: Receiver, endpoint: Endpoint
) -> None:
    for _ in range(30):
        happen()
    in_threads(16, send_due, endpoint.pk)
    send_due(endpoint.pk)
    ids = [message.headers["webhook-id"] for message in receiver.messages]
    assert (len(ids), len(set(ids))) == (30, 30)
    assert Delivery.objects.filter(status="delivered", attempt_count=1).count() == 30
    assert Attempt.objects.count() == 30


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("failing", "most"), [(False, 3), (True, 1)])
def test_no_more_than_some_are_under_way_at_once(
    happen: Happen, receiver: Receiver, endpoint: Endpoint, failing: bool, most: int
) -> None:
    under_way, seen, lock = [0], [0], threading.Lock()

    def slow(request: BaseHTTPRequestHandler) -> None:
        with lock:
            under_way[0] += 1
            seen[0] = max(seen[0], under_way[0])
        time.sleep(0.1)
        with lock:
            under_way[0] -= 1
        says(500)(request)

    receiver.answer = slow
    for _ in range(8):
        happen()
    if failing:
        Endpoint.objects.update(failing_since=Now())
    in_threads(8, send_due, endpoint.pk)
    assert 1 <= seen[0] <= most


def test_an_attempt_that_was_lost_is_made_again(
    happen: Happen, receiver: Receiver, endpoint: Endpoint
) -> None:
    delivery = happen()
    lost = claim_next(endpoint.pk)
    assert lost == delivery
    assert claim_next(endpoint.pk) is None, "the lease still holds"
    make_due(delivery)
    send_due(endpoint.pk)
    attempts = delivery.attempts.order_by("number").values_list("number", "status_code", "error")
    assert list(attempts) == [(1, None, LOST), (2, 204, "")]


def test_a_worker_that_comes_back_too_late_writes_nothing(
    happen: Happen, receiver: Receiver, endpoint: Endpoint
) -> None:
    delivery = happen()
    late = claim_next(endpoint.pk)
    assert late
    make_due(delivery)
    send_due(endpoint.pk)
    assert not record(
        late, Outcome(duration_ms=1, status_code=500, error="The receiver answered 500.")
    )
    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempts.count()) == ("delivered", 2)


@pytest.mark.django_db(transaction=True)
def test_an_endpoint_deleted_meanwhile_is_no_trouble(
    happen: Happen, receiver: Receiver, endpoint: Endpoint
) -> None:
    happen()

    def delete_meanwhile(request: BaseHTTPRequestHandler) -> None:
        Endpoint.objects.get().delete()
        connection.close()
        says(204)(request)

    receiver.answer = delete_meanwhile
    send_due(endpoint.pk)
    assert not Delivery.objects.exists()
    assert not Attempt.objects.exists()


def test_after_some_in_a_row_others_get_a_turn(
    happen: Happen,
    receiver: Receiver,
    endpoint: Endpoint,
    wakeups: Wakeups,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(delivering, "MAX_IN_A_ROW", 2)
    for _ in range(3):
        happen()
    wakeups.clear()
    send_due(endpoint.pk)
    assert len(receiver.messages) == 2
    assert wakeups == [("webhooks.send_due", (endpoint.pk,))]


def test_an_address_that_became_private_is_not_sent_to(
    happen: Happen, receiver: Receiver, settings: Settings
) -> None:
    settings.WEBHOOK_TRUSTED_NETWORKS = []
    delivery = happen()
    send_due(delivery.endpoint_id)
    assert "not public" in delivery.attempts.get().error
    assert receiver.messages == []
