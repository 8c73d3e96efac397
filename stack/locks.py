"""Locks that end with the process that holds them, whatever ends it."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class TakenError(Exception):
    """Another process holds the lock; the text is what that one wrote into it."""


class Lock:
    """A lock that this process holds. Its file can name the holder to others."""

    def __init__(self, handle: int) -> None:
        self.handle = handle

    def describe(self, holder: str) -> None:
        """Write the name of the holder, for those that find the lock taken."""
        os.ftruncate(self.handle, 0)
        os.pwrite(self.handle, holder.encode(), 0)

    def release(self) -> None:
        """Give the lock back."""
        os.close(self.handle)


def take(path: Path, *, shared: bool = False, wait: bool = False) -> Lock:
    """Lock a file, which is made if it is missing.

    `shared` locks go together with each other. Raises TakenError if another process holds the
    lock, unless `wait` is set.
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
    """Lock a folder for the length of the block, after waiting for its holder."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
