from __future__ import annotations

from collections.abc import Callable, Iterator
from ipaddress import ip_network
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from pytest_django.fixtures import Settings

from webhooks.dispatching import dispatch
from webhooks.events import emit
from webhooks.models import Delivery, Endpoint, Event
from webhooks.tests.receiver import Receiver, receiving

Wakeups = list[tuple[str, tuple[int, ...]]]


@pytest.fixture(autouse=True)
def wakeups(monkeypatch: pytest.MonkeyPatch) -> Wakeups:
    """The messages that would have gone to the broker; tests do themselves what they ask for."""
    sent: Wakeups = []
    monkeypatch.setattr("webhooks.wakeups._send", lambda task, *args: sent.append((task, args)))
    return sent


@pytest.fixture
def user(db: None) -> User:
    """Somebody who never types a password, whose hash would take its time."""
    return User.objects.create(username="ana")


@pytest.fixture
def trusting(settings: Settings) -> None:
    """This machine may be sent to, as by whoever lists it in WEBHOOK_TRUSTED_NETWORKS."""
    settings.WEBHOOK_TRUSTED_NETWORKS = [ip_network("127.0.0.0/8")]


@pytest.fixture
def receiver(trusting: None) -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def endpoint(receiver: Receiver, db: None) -> Endpoint:
    """Listens to everything."""
    return Endpoint.objects.create(url=receiver.url)


Happen = Callable[..., Delivery]


@pytest.fixture
def happen(endpoint: Endpoint) -> Happen:
    """Makes an event happen, and returns its delivery to the endpoint."""

    def happen(type_: str = "import.completed", **data: Any) -> Delivery:
        with transaction.atomic():
            emit(type_, data)
        dispatch()
        return Delivery.objects.get(event=Event.objects.latest("pk"), endpoint=endpoint)

    return happen
