"""Wake-ups: Celery messages that contain an id at most; the work itself is in PostgreSQL.

A message that can't be sent does no harm: the sweeper sends another.
"""

from __future__ import annotations

import logging

from celery import current_app
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def wake_dispatcher() -> None:
    """Have a worker turn new events into deliveries."""
    _send("webhooks.dispatch")


def wake(endpoint_id: int) -> None:
    """Have a worker send the due deliveries of one endpoint."""
    _send("webhooks.send_due", endpoint_id)


def _send(task: str, *args: int) -> None:
    try:
        current_app.send_task(task, args=args)
    except OperationalError:
        logger.warning("The broker is out of reach; the sweeper will repeat %s%s.", task, args)
