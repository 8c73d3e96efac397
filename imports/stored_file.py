"""The file of an import in Django's storage: one part or several, read as one."""

import errno
import hashlib
import io
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from functools import cached_property
from typing import IO, Any
from uuid import uuid4

from django.core.files.base import File
from django.core.files.storage import default_storage

CHUNK_BYTES = 1024 * 1024


def store(file: File[Any], *, folder: str = "imports") -> list[str]:
    """Keep an uploaded file; returns the names of its parts.

    The user's name of the file is not used.
    """
    name = f"{folder}/{uuid4().hex}"
    try:
        return [default_storage.save(name, file)]
    except OSError:
        # The storage keeps the beginning of a file for which it has no room.
        default_storage.delete(name)
        raise


def delete(parts: Iterable[str]) -> None:
    for part in parts:
        default_storage.delete(part)


def delete_folder(folder: str, *, keep: Collection[str] = ()) -> None:
    """Delete a folder and everything in it, except the parts named in `keep`."""
    with suppress(FileNotFoundError):
        parts = {f"{folder}/{name}" for name in default_storage.listdir(folder)[1]}
        delete(parts.difference(keep))
    # Only a file system has folders, and it keeps those that are not empty.
    with suppress(OSError):
        default_storage.delete(folder)


def size(parts: Sequence[str]) -> int:
    """The size of all parts together in bytes. Raises FileNotFoundError if one is gone."""
    if not parts:
        raise FileNotFoundError("nothing is kept")
    return sum(default_storage.size(part) for part in parts)


class StoredFile(io.RawIOBase):
    """Reads the parts in their order as one file, and hashes what is read.

    Raises FileNotFoundError if a part is gone, or all of them.
    """

    def __init__(self, parts: Sequence[str]) -> None:
        if not parts:
            raise FileNotFoundError("nothing is kept")
        self._parts = list(parts)
        self._opened = 0
        self._part: IO[bytes] = io.BytesIO()
        self._position = 0
        self._hash = hashlib.sha256()
        self._hashed = 0

    @property
    def sha256(self) -> str:
        """The hash of the whole file, in hexadecimal. Reads what was not read in its order yet."""
        self.seek(self._hashed)
        while self.read(CHUNK_BYTES):
            pass
        return self._hash.hexdigest()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if size < 0:
            return self.readall()
        data = self._part.read(size)
        while not data and self._opened < len(self._parts):
            self._open(self._opened)
            data = self._part.read(size)
        if self._position == self._hashed:
            self._hash.update(data)
            self._hashed += len(data)
        self._position += len(data)
        return data

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer)
        data = self.read(len(view))
        view[: len(data)] = data
        return len(data)

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to an offset in the file or behind it. Raises OSError for one before it."""
        bases = {io.SEEK_SET: 0, io.SEEK_CUR: self._position}
        target = offset + (sum(self._sizes) if whence == io.SEEK_END else bases[whence])
        if target < 0:
            raise OSError(errno.EINVAL, "Before the beginning of the file")
        if target != self._position:
            self._go_to(target)
        return target

    @cached_property
    def _sizes(self) -> list[int]:
        return [default_storage.size(part) for part in self._parts]

    def _go_to(self, target: int) -> None:
        start = 0
        for number, size in enumerate(self._sizes):
            if start <= target < start + size:
                if self._opened != number + 1:
                    self._open(number)
                self._part.seek(target - start)
                break
            start += size
        else:
            # Behind the end there is no part, and none that follows.
            self._part.close()
            self._part, self._opened = io.BytesIO(), len(self._parts) + 1
        self._position = target

    def _open(self, number: int) -> None:
        self._part.close()
        self._part = default_storage.open(self._parts[number])
        self._opened = number + 1

    def close(self) -> None:
        self._part.close()
        super().close()
