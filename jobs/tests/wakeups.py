"""The messages that tests deliver themselves; see the fixture `wakeups`."""

from __future__ import annotations

from collections.abc import Callable

from jobs import applying, runner

Wakeups = list[tuple[str, tuple[int, ...]]]

TASKS: dict[str, Callable[..., None]] = {
    "jobs.advance": runner.advance,
    "jobs.run_range": applying.run_range,
}


def deliver(wakeups: Wakeups) -> None:
    """Hand out the messages as a worker would, until there are none."""
    while wakeups:
        task, args = wakeups.pop(0)
        TASKS[task](*args)
