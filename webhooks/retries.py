"""The schedule of the attempts of a delivery."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

MINUTE, HOUR = 60, 3600

# Seconds between one attempt and the next: ten attempts over about three days.
DELAYS: Final = (
    *(5, 5 * MINUTE, 30 * MINUTE),
    *(2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR),
)
MAX_ATTEMPTS: Final = len(DELAYS) + 1
# Spreads the attempts, so that a receiver that works again does not get all of them in one moment.
JITTER: Final = 0.1
# The longest wait, in seconds, that a receiver may ask for.
MAX_WAIT: Final = 24 * HOUR


def next_delay(
    attempts: int, *, retry_after: float | None, random: Callable[[], float]
) -> float | None:
    """Seconds until the next attempt after this number of attempts; None after the last.

    `retry_after` is the number of seconds that the receiver asked for; `random` returns numbers
    from 0 to 1.
    """
    if attempts >= MAX_ATTEMPTS:
        return None
    planned = DELAYS[attempts - 1] * (1 + JITTER * (2 * random() - 1))
    return max(planned, min(retry_after or 0, MAX_WAIT))


def parse_retry_after(value: str | None, now: datetime) -> float | None:
    """The seconds that a `Retry-After` header asks for; None if it is not valid."""
    if value is None:
        return None
    if value.strip().isdecimal():
        return min(float(value), float(MAX_WAIT))
    try:
        when = parsedate_to_datetime(value)
        seconds = (when.replace(tzinfo=when.tzinfo or UTC) - now).total_seconds()
    except (ValueError, OverflowError):
        return None
    return max(seconds, 0.0)
