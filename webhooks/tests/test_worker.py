"""Webhooks through real processes: workers, beat, broker, and receivers that misbehave."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler

import pytest
from django.db import transaction

from tests.processes import Process, start_webhook_worker, start_worker, wait_until
from webhooks.events import emit
from webhooks.models import Delivery, Endpoint
from webhooks.tests.receiver import Receiver, receiving, says

pytestmark = pytest.mark.django_db(transaction=True)

# Quick to notice a lost attempt.
QUICK = {
    "WEBHOOK_LEASE_SECONDS": "2",
    "WEBHOOK_SWEEP_SECONDS": "1",
    "WEBHOOK_PATIENCE_SECONDS": "5",
    "WEBHOOK_ATTEMPT_SECONDS": "5",
}
# Whoever waits for a receiver waits longer than a test.
PATIENT = QUICK | {"WEBHOOK_PATIENCE_SECONDS": "120", "WEBHOOK_ATTEMPT_SECONDS": "120"}


@pytest.fixture
def wakeups() -> None:
    """Real ones go to the broker."""


@pytest.fixture
def start(
    transactional_db: None, empty_broker: None, stack_env: dict[str, str]
) -> Iterator[Callable[..., Process]]:
    """Starts webhook workers of this test's own, which it may kill."""
    started: list[Process] = []

    def start(env: dict[str, str] = QUICK) -> Process:
        started.append(start_webhook_worker(stack_env | env))
        return started[-1]

    yield start
    for worker in started:
        worker.stop()


def happen(times: int = 1) -> None:
    for _ in range(times):
        with transaction.atomic():
            emit("import.completed", {})


def delivered(endpoint: Endpoint) -> int:
    return endpoint.deliveries.filter(status="delivered").count()


def test_what_happens_is_delivered_at_once(
    receiver: Receiver, start: Callable[..., Process]
) -> None:
    endpoint = Endpoint.objects.create(url=receiver.url)
    start()
    happen(20)
    wait_until(lambda: delivered(endpoint) == 20, what="deliveries")
    assert len(receiver.verified(endpoint.secret)) == 20
    assert len({message.headers["webhook-id"] for message in receiver.messages}) == 20


@pytest.mark.faults
def test_a_killed_worker_s_attempt_is_made_again(
    receiver: Receiver, start: Callable[..., Process], stack_env: dict[str, str]
) -> None:
    def hang(request: BaseHTTPRequestHandler) -> None:
        time.sleep(30)

    receiver.answer = hang
    endpoint = Endpoint.objects.create(url=receiver.url)
    worker = start()
    happen()
    wait_until(lambda: receiver.messages, what="the first attempt")
    worker.kill()
    assert Delivery.objects.get().status == "pending"
    receiver.answer = says(204)
    start()
    beat = start_worker(stack_env | QUICK, concurrency=1)
    try:
        wait_until(lambda: delivered(endpoint) == 1, what="the delivery")
    finally:
        beat.stop()
    first, *again = receiver.messages
    assert len(again) == 1
    assert first.headers["webhook-id"] == again[0].headers["webhook-id"]
    assert [
        attempt.status_code for attempt in Delivery.objects.get().attempts.order_by("number")
    ] == [
        None,
        204,
    ]


def test_receivers_that_hang_hold_nobody_up(
    receiver: Receiver, start: Callable[..., Process]
) -> None:
    answering = threading.Event()

    def hang(request: BaseHTTPRequestHandler) -> None:
        answering.wait()
        says(204)(request)

    with receiving(hang) as hanging:
        for number in range(10):
            Endpoint.objects.create(url=f"{hanging.url}/{number}")
        healthy = Endpoint.objects.create(url=receiver.url)
        start(PATIENT)
        happen(6)
        wait_until(lambda: delivered(healthy) == 6, what="the healthy one")
        assert len(hanging.messages) >= 10
        answering.set()
