"""The file of an import in Django's storage: one part or several, read as one."""

import hashlib
import io
from collections.abc import Sequence
from typing import IO, Any
from uuid import uuid4

from django.core.files.base import File
from django.core.files.storage import default_storage


def store(file: File[Any]) -> list[str]:
    """Keep an uploaded file; returns the names of its parts.

    What the user calls the file plays no part in the name.
    """
    name = f"imports/{uuid4().hex}"
    try:
        return [default_storage.save(name, file)]
    except OSError:
        # Of a file that does not fit the storage keeps what did.
        default_storage.delete(name)
        raise


def delete(parts: Sequence[str]) -> None:
    for part in parts:
        default_storage.delete(part)


def size(parts: Sequence[str]) -> int:
    """How many bytes the parts hold together. Raises FileNotFoundError where one is gone."""
    if not parts:
        raise FileNotFoundError("nothing is kept")
    return sum(default_storage.size(part) for part in parts)


class StoredFile(io.RawIOBase):
    """Reads the parts in their order, and hashes what goes by.

    Raises FileNotFoundError where a part is gone, or all of them.
    """

    def __init__(self, parts: Sequence[str]) -> None:
        if not parts:
            raise FileNotFoundError("nothing is kept")
        self._waiting = list(parts)
        self._part: IO[bytes] = io.BytesIO()
        self._hash = hashlib.sha256()

    @property
    def sha256(self) -> str:
        """Of the bytes read so far, in hexadecimal."""
        return self._hash.hexdigest()

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        data = self._part.read(size)
        while not data and self._waiting:
            self._part.close()
            self._part = default_storage.open(self._waiting.pop(0))
            data = self._part.read(size)
        self._hash.update(data)
        return data

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer)
        data = self.read(len(view))
        view[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._part.close()
        super().close()
