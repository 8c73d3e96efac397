"""How often open pages look at their jobs: often, unless many do, and then less and less.

A process answers so many looks a second, so that those who only watch leave it to those who work.
It knows how many watch: as many as were told to come back and are not due yet.
"""

from __future__ import annotations

import threading
import time
from typing import Final

LOOKS_A_SECOND: Final = 20

_lock = threading.Lock()
_due: list[float] = []


def pause_ms(wanted: int) -> int:
    """Milliseconds until the page that asks may look again: what it wants, or more in a crowd.

    More is twice as much, or twice that, so that a page does not change with each who comes.
    """
    now = time.monotonic()
    with _lock:
        _due[:] = [moment for moment in _due if moment > now]
        pause = wanted
        while pause * LOOKS_A_SECOND < 1000 * len(_due):
            pause *= 2
        _due.append(now + pause / 1000)
    return pause
