"""How often open pages poll their jobs: the more pages poll, the less often each of them.

A process answers a limited number of polls per second, so that pages that only watch leave it time
for other requests. The pages that poll are those that were given a pause that has not passed yet.
"""

from __future__ import annotations

import threading
import time
from typing import Final

POLLS_PER_SECOND: Final = 20

_lock = threading.Lock()
_due: list[float] = []


def pause_ms(wanted: int) -> int:
    """Milliseconds until the page that asks may poll again: what it wants, or more if many poll.

    The pause grows by doubling, so that the pages do not change with every page that joins.
    """
    now = time.monotonic()
    with _lock:
        _due[:] = [moment for moment in _due if moment > now]
        pause = wanted
        while pause * POLLS_PER_SECOND < 1000 * len(_due):
            pause *= 2
        _due.append(now + pause / 1000)
    return pause
