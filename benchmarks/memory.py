"""How much memory a process and those that it starts take."""

from __future__ import annotations

from threading import Event, Thread
from types import TracebackType
from typing import Self

import psutil

PAUSE = 0.1


class Peak:
    """Looks again and again, for the length of a `with` block, at a process and its children."""

    def __init__(self, pid: int) -> None:
        # Resident in the largest of them, in bytes.
        self.bytes = 0
        self._process = psutil.Process(pid)
        self._enough = Event()
        self._thread = Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._enough.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._enough.wait(PAUSE):
            processes = [self._process, *self._process.children(recursive=True)]
            self.bytes = max(self.bytes, *map(_resident, processes))


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.NoSuchProcess:
        return 0
