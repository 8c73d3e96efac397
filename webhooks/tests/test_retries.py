from __future__ import annotations

from datetime import UTC, datetime

import pytest

from webhooks.retries import MAX_ATTEMPTS, MAX_WAIT, next_delay, parse_retry_after

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
HOUR = 3600


def planned(attempts: int) -> float | None:
    return next_delay(attempts, retry_after=None, random=lambda: 0.5)


@pytest.mark.parametrize(
    ("attempts", "delay"),
    [
        (1, 5),
        (2, 300),
        (3, 1800),
        (4, 2 * HOUR),
        (5, 5 * HOUR),
        (6, 10 * HOUR),
        (7, 14 * HOUR),
        (8, 20 * HOUR),
        (9, 24 * HOUR),
        (10, None),
        (11, None),
    ],
)
def test_the_schedule(attempts: int, delay: float | None) -> None:
    assert planned(attempts) == delay


def test_ten_attempts_over_about_three_days() -> None:
    delays = [planned(attempts) for attempts in range(1, MAX_ATTEMPTS)]
    assert MAX_ATTEMPTS == 10
    assert 3 * 24 * HOUR <= sum(delay or 0 for delay in delays) <= 3.5 * 24 * HOUR


@pytest.mark.parametrize(("random", "delay"), [(0.0, 270), (0.5, 300), (1.0, 330)])
def test_jitter_is_a_tenth_either_way(random: float, delay: float) -> None:
    assert next_delay(2, retry_after=None, random=lambda: random) == pytest.approx(delay)


@pytest.mark.parametrize(
    ("retry_after", "delay"), [(0, 300), (60, 300), (900, 900), (10**9, MAX_WAIT)]
)
def test_a_receiver_may_ask_for_patience(retry_after: float, delay: float) -> None:
    assert next_delay(2, retry_after=retry_after, random=lambda: 0.5) == delay


def test_patience_gives_no_further_attempt() -> None:
    assert next_delay(MAX_ATTEMPTS, retry_after=60, random=lambda: 0.5) is None


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("120", 120),
        (" 120 ", 120),
        ("9" * 400, MAX_WAIT),
        ("Sun, 01 Mar 2026 12:02:00 GMT", 120),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0),
        ("Sun, 01 Mar 2026 12:02:00 -0000", 120),
        ("-5", None),
        ("soon", None),
        ("", None),
    ],
)
def test_what_a_receiver_asks_for(header: str | None, seconds: float | None) -> None:
    assert parse_retry_after(header, NOW) == seconds
