from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from webhooks import dispatching
from webhooks.dispatching import dispatch
from webhooks.events import emit
from webhooks.models import Delivery, Endpoint, Event
from webhooks.tests.conftest import Wakeups

pytestmark = pytest.mark.django_db


def listen(**fields: object) -> Endpoint:
    return Endpoint.objects.create(url="https://example.com/", **fields)


def happen(times: int = 1) -> None:
    with transaction.atomic():
        for _ in range(times):
            emit("product.created", {})


def test_each_endpoint_that_listens_gets_one_delivery(wakeups: Wakeups) -> None:
    everything, product = listen(), listen(event_types=["product.created", "product.deleted"])
    listen(event_types=["import.completed"])
    listen(is_active=False)
    happen()
    wakeups.clear()
    dispatch()
    deliveries = Delivery.objects.order_by("endpoint")
    assert [delivery.endpoint for delivery in deliveries] == [everything, product]
    assert Delivery.objects.due().count() == 2
    assert wakeups == [
        ("webhooks.send_due", (everything.pk,)),
        ("webhooks.send_due", (product.pk,)),
    ]


def test_an_event_is_dispatched_once(wakeups: Wakeups) -> None:
    listen()
    happen()
    dispatch()
    wakeups.clear()
    dispatch()
    assert (Delivery.objects.count(), wakeups) == (1, [])
    assert not Event.objects.filter(dispatched_at=None).exists()


@pytest.mark.django_db(transaction=True)
def test_more_events_wake_no_more_workers_than_may_send_at_once(wakeups: Wakeups) -> None:
    endpoint = listen()
    happen(20)
    wakeups.clear()
    dispatch()
    assert wakeups == [("webhooks.send_due", (endpoint.pk,))] * 3


def test_events_beyond_one_batch_are_dispatched_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatching, "BATCH", 3)
    listen()
    happen(10)
    dispatch()
    assert Delivery.objects.count() == 10


@pytest.mark.django_db(transaction=True)
def test_many_at_once_dispatch_each_event_once() -> None:
    listen()
    happen(200)

    def run(_: int) -> None:
        try:
            dispatch()
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(run, range(16)))
    assert Delivery.objects.count() == 200
