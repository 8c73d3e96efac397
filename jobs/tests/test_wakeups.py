from __future__ import annotations

import logging

import pytest
from kombu.exceptions import OperationalError

from jobs import wakeups


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, tuple[int, ...], float | None]]:
    messages: list[tuple[str, tuple[int, ...], float | None]] = []
    monkeypatch.setattr(
        "jobs.wakeups.current_app.send_task",
        lambda task, args, countdown: messages.append((task, args, countdown)),
    )
    return messages


def test_wake_ups_say_where_to_look(sent: list[object]) -> None:
    wakeups.wake(7)
    wakeups.wake_range(7, 3)
    wakeups.wake_range(7, 3, delay_seconds=4)
    assert sent == [
        ("jobs.advance", (7,), None),
        ("jobs.run_range", (7, 3), None),
        ("jobs.run_range", (7, 3), 4),
    ]


def test_a_broker_that_is_gone_is_no_failure(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OperationalError

    monkeypatch.setattr("jobs.wakeups.current_app.send_task", refuse)
    with caplog.at_level(logging.WARNING):
        wakeups.wake(7)
    assert "the sweeper will repeat" in caplog.text
