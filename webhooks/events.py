"""Telling others what happened: a transactional outbox."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import connection, transaction

from webhooks import wakeups
from webhooks.event_types import EVENT_TYPES
from webhooks.models import Endpoint, Event


class NoTransaction(RuntimeError):
    """An event was told of outside of a transaction, so that it could be lost or untrue."""


def emit(type_: str, data: Mapping[str, Any]) -> None:
    """Tell every endpoint that listens, if and when the current transaction is committed.

    Where nobody listens nothing is stored: it costs one small query. `data` is anything that
    DjangoJSONEncoder takes. Raises NoTransaction, and KeyError for a type that is not known.
    """
    type_ = EVENT_TYPES[type_].name
    if not connection.in_atomic_block:
        raise NoTransaction(type_)
    if Endpoint.objects.listening_to(type_).exists():
        Event.objects.create(type=type_, data=data)
        transaction.on_commit(wakeups.wake_dispatcher)
