from __future__ import annotations

import logging

import pytest
from kombu.exceptions import OperationalError

from webhooks import wakeups as module


@pytest.fixture(autouse=True)
def wakeups() -> None:
    """Nothing stands in for the module under test."""


def test_wake_ups_go_to_a_queue_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[str, tuple[int, ...]]] = []
    monkeypatch.setattr(
        "webhooks.wakeups.current_app.send_task", lambda task, args: sent.append((task, args))
    )
    module.wake_dispatcher()
    module.wake(7)
    assert sent == [("webhooks.dispatch", ()), ("webhooks.send_due", (7,))]


def test_a_broker_that_is_gone_is_no_failure(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OperationalError

    monkeypatch.setattr("webhooks.wakeups.current_app.send_task", refuse)
    with caplog.at_level(logging.WARNING):
        module.wake(7)
    assert "the sweeper will repeat" in caplog.text
