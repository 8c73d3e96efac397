"""The pause between two polls of an open page: the more pages poll, the longer it is.

A process answers a limited number of polls per second, so that it has time for other requests. A
page counts as polling until the pause that it was given last is over.
"""

from __future__ import annotations

import threading
import time
from typing import Final

MAX_POLLS_PER_SECOND: Final = 20

_lock = threading.Lock()
# The time of each page's next poll, on the monotonic clock.
_next_polls: list[float] = []


def pause_ms(wanted: int) -> int:
    """Milliseconds until a page may poll again: `wanted`, or more if many pages poll.

    The pause grows by doubling, so that the HTML of the pages does not change with every page that
    is opened.
    """
    now = time.monotonic()
    with _lock:
        _next_polls[:] = [moment for moment in _next_polls if moment > now]
        pause = wanted
        while pause * MAX_POLLS_PER_SECOND < 1000 * len(_next_polls):
            pause *= 2
        _next_polls.append(now + pause / 1000)
    return pause
