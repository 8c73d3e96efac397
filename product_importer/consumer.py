"""How a Celery worker listens to the broker."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from celery.worker.consumer import Consumer


class LastingConsumer(Consumer):
    """Outlives a broker on Redis that goes away while tasks are under way.

    Celery's own gives their messages back, or acknowledges them, over the connection that is
    lost. Either fails in a way that ends the worker. Nobody needs those messages: the sweeper
    wakes whatever stands still.
    """

    def on_connection_error_after_connected(self, exc: Exception) -> None:
        """Connect anew, without giving anything back first."""
        if task_consumer := getattr(self, "task_consumer", None):
            task_consumer.channel.do_restore = False
        super().on_connection_error_after_connected(exc)

    def call_soon_ack(self, p: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Acknowledge a message, if its connection is still there by then."""
        return super().call_soon_ack(  # type: ignore[misc] # not in the stubs
            partial(_unless_lost, p), *args, **kwargs
        )


def _unless_lost(acknowledge: Any, *args: Any, **kwargs: Any) -> None:
    # Other brokers have no such mark, and say in a way that Celery knows that they are gone.
    if not getattr(acknowledge.__self__.channel, "closed", False):
        acknowledge(*args, **kwargs)
