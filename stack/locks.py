"""Locks that go with the process that holds them, whatever ends it."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class TakenError(Exception):
    """Somebody else holds the lock; the text is what they wrote into it."""


class Lock:
    """A held lock. Its file can tell others who holds it."""

    def __init__(self, handle: int) -> None:
        self.handle = handle

    def describe(self, holder: str) -> None:
        """Let whoever finds the lock taken read ``holder``."""
        os.ftruncate(self.handle, 0)
        os.pwrite(self.handle, holder.encode(), 0)

    def release(self) -> None:
        """Let the next one have it."""
        os.close(self.handle)


def take(path: Path, *, shared: bool = False, wait: bool = False) -> Lock:
    """Lock the file ``path``, made where it is missing.

    Raises ``TakenError`` where somebody else holds it and ``wait`` is not set.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    mode = (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB)
    try:
        fcntl.flock(handle, mode)
    except BlockingIOError:
        holder = os.pread(handle, 500, 0).decode()
        os.close(handle)
        raise TakenError(holder) from None
    return Lock(handle)


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Have ``folder`` to oneself for a moment, after waiting for whoever has it."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
