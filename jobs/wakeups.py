"""Wake-ups: Celery messages that contain the id of a job, and nothing else.

A message that can't be sent is no failure: the sweeper sends another.
"""

import logging

from celery import current_app
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def wake(job_id: int) -> None:
    """Have a worker take the job a step further."""
    _send("jobs.advance", job_id)


def wake_range(job_id: int, number: int, *, delay_seconds: float = 0) -> None:
    """Have a worker do one range of the job."""
    _send("jobs.run_range", job_id, number, delay_seconds=delay_seconds)


def _send(task: str, *args: int, delay_seconds: float = 0) -> None:
    try:
        current_app.send_task(task, args=args, countdown=delay_seconds or None)
    except OperationalError:
        logger.warning("The broker is out of reach; the sweeper will repeat %s%s.", task, args)
