"""The consumer with which a Celery worker listens to the broker."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from celery.worker.consumer import Consumer


class LastingConsumer(Consumer):
    """Survives the loss of a broker on Redis while tasks are running.

    Celery's own consumer returns or acknowledges their messages over the lost connection. Either
    fails in a way that ends the worker. Nobody needs those messages: the sweeper sends new ones for
    work that stands still.
    """

    def on_connection_error_after_connected(self, exc: Exception) -> None:
        """Connect again, without returning messages first."""
        if task_consumer := getattr(self, "task_consumer", None):
            task_consumer.channel.do_restore = False
        super().on_connection_error_after_connected(exc)

    def call_soon_ack(self, p: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Acknowledge a message, if its connection is still there by then."""
        return super().call_soon_ack(  # type: ignore[misc] # not in the stubs
            partial(_unless_lost, p), *args, **kwargs
        )


def _unless_lost(acknowledge: Any, *args: Any, **kwargs: Any) -> None:
    # The channels of other brokers have no such attribute, and raise an error that Celery handles.
    if not getattr(acknowledge.__self__.channel, "closed", False):
        acknowledge(*args, **kwargs)
