"""Files as streams of bytes: counted as they are read, and with a head that can be looked at."""

from __future__ import annotations

import io
from typing import Final, Protocol, runtime_checkable

from product_files.faults import FileFault
from product_files.reading.limits import MIB

# The beginning of a file that decides what it is.
HEAD_BYTES: Final = MIB


class BinaryFile(Protocol):
    """A file that gives its next bytes, at most `size`, and none at its end."""

    def read(self, size: int, /) -> bytes: ...


@runtime_checkable
class SeekableFile(BinaryFile, Protocol):
    """A file that need not be read from front to back."""

    def seek(self, offset: int, whence: int = 0, /) -> int: ...

    def tell(self) -> int: ...


class StoredStream:
    """The stored file; `bytes_read` counts the bytes that are read.

    Raises FileFault: `too_large` if they are more than `limit`.
    """

    def __init__(self, file: BinaryFile, limit: int) -> None:
        self.bytes_read = 0
        self.file = file
        self._limit = limit

    def read(self, size: int) -> bytes:
        data = self.file.read(size)
        self.bytes_read += len(data)
        self.refuse(self.bytes_read)
        return data

    def refuse(self, size: int) -> None:
        """Raise FileFault if a file may not have `size` bytes."""
        if size > self._limit:
            raise FileFault("too_large", f"The file is larger than {self._limit:,} bytes.")


class Stream:
    """Bytes that are read once from front to back; `head` is their beginning.

    They are those of the stored file, or come out of a container in it. Raises FileFault:
    `too_large`, and whatever turns out to be wrong with the container.
    """

    def __init__(self, file: BinaryFile, stored: StoredStream) -> None:
        self._file = file
        self._stored = stored
        self.head = self._take(HEAD_BYTES)
        self._unread_head = io.BytesIO(self.head)

    @property
    def bytes_read(self) -> int:
        """Bytes of the stored file that have been read, whatever it is packed in."""
        return self._stored.bytes_read

    def read(self, size: int) -> bytes:
        """The next bytes, at most `size`; none at the end."""
        return self._unread_head.read(size) or self._take(size)

    def _take(self, size: int) -> bytes:
        """Fewer bytes than asked for mean the end, also if the file gives them in dribs."""
        pieces = []
        while size > 0 and (piece := self._file.read(size)):
            pieces.append(piece)
            size -= len(piece)
        return b"".join(pieces)
