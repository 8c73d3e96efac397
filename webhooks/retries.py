"""When a delivery is tried again."""

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
MOST_ATTEMPTS: Final = len(DELAYS) + 1
# A receiver that comes back should not meet everything that it missed in one moment.
JITTER: Final = 0.1
# A receiver may ask for patience, but not for more than this.
LONGEST_WAIT: Final = 24 * HOUR


def next_delay(
    attempts: int, *, retry_after: float | None, random: Callable[[], float]
) -> float | None:
    """Seconds until the next attempt after so many; None after the last.

    `retry_after` is what the receiver asked for; `random` gives numbers from 0 to 1.
    """
    if attempts >= MOST_ATTEMPTS:
        return None
    planned = DELAYS[attempts - 1] * (1 + JITTER * (2 * random() - 1))
    return max(planned, min(retry_after or 0, LONGEST_WAIT))


def parse_retry_after(value: str | None, now: datetime) -> float | None:
    """The seconds that a `Retry-After` header asks for; None where it makes no sense."""
    if value is None:
        return None
    if value.strip().isdecimal():
        return min(float(value), float(LONGEST_WAIT))
    try:
        when = parsedate_to_datetime(value)
        seconds = (when.replace(tzinfo=when.tzinfo or UTC) - now).total_seconds()
    except (ValueError, OverflowError):
        return None
    return max(seconds, 0.0)
