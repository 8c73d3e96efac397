"""The memory of a process and its children."""

from __future__ import annotations

from threading import Event, Thread
from types import TracebackType
from typing import Self

import psutil

PAUSE_SECONDS = 0.1


class Peak:
    """The peak memory of a process and its children during a `with` block."""

    def __init__(self, pid: int) -> None:
        # The resident memory of the largest of them.
        self.bytes = 0
        self._process = psutil.Process(pid)
        self._is_over = Event()
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
        self._is_over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._is_over.wait(PAUSE_SECONDS):
            processes = [self._process, *self._process.children(recursive=True)]
            self.bytes = max(self.bytes, *map(_resident, processes))


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.NoSuchProcess:
        return 0
