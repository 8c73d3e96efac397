"""The transactional outbox of events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import connection, transaction

from webhooks import wakeups
from webhooks.event_types import EVENT_TYPES
from webhooks.models import Endpoint, Event


class NoTransaction(RuntimeError):
    """An event was emitted outside a transaction, so that it could be lost or untrue."""


def emit(type_: str, data: Mapping[str, Any]) -> None:
    """Send an event to every endpoint that listens, once the current transaction is committed.

    If no endpoint listens, nothing is stored, and the cost is one small query. `data` is anything
    that DjangoJSONEncoder accepts. Raises NoTransaction, and KeyError for an unknown type.
    """
    type_ = EVENT_TYPES[type_].name
    if not connection.in_atomic_block:
        raise NoTransaction(type_)
    if Endpoint.objects.listening_to(type_).exists():
        Event.objects.create(type=type_, data=data)
        transaction.on_commit(wakeups.wake_dispatcher)
