"""Container to bytes: the first step of reading a file.

A plain file is its own content. What is recognised as another format is refused here.
"""

from __future__ import annotations

import io
from typing import Final, Protocol

from imports.faults import FileFault
from imports.readers.limits import MIB, Limits

# What is looked at before anything is decided.
HEAD_BYTES: Final = MIB

_FOREIGN: Final = {
    b"PK\x03\x04": "a ZIP archive or an Excel workbook",
    b"PK\x05\x06": "an empty ZIP archive",
    b"\x1f\x8b": "a gzip archive",
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ": "an xz archive",
    b"\x28\xb5\x2f\xfd": "a Zstandard archive",
    b"7z\xbc\xaf": "a 7-Zip archive",
    b"Rar!\x1a": "a RAR archive",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook (.xls)",
    b"%PDF": "a PDF document",
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"SQLite format 3": "a SQLite database",
    b"PAR1": "a Parquet file",
    b"{\\rtf": "an RTF document",
}


class BinaryFile(Protocol):
    """What is asked of a file: the next bytes, at most `size`, none at the end."""

    def read(self, size: int, /) -> bytes: ...


class Source:
    """The content of a file, read once from front to back.

    Raises FileFault: `unsupported_format` at once, `too_large` on the way.
    """

    def __init__(self, file: BinaryFile, limits: Limits) -> None:
        self.bytes_read = 0
        self._file = file
        self._limit = limits.file_bytes
        self.head = self._take(HEAD_BYTES)
        self._unread_head = io.BytesIO(self.head)
        self._refuse_foreign()

    def read(self, size: int) -> bytes:
        """The next bytes, at most `size`; none at the end."""
        return self._unread_head.read(size) or self._take(size)

    def _take(self, size: int) -> bytes:
        """Fewer bytes than asked for mean the end, also where the file gives them in dribs."""
        pieces = []
        while size > 0 and (piece := self._file.read(size)):
            pieces.append(piece)
            size -= len(piece)
        data = b"".join(pieces)
        self.bytes_read += len(data)
        if self.bytes_read > self._limit:
            raise FileFault("too_large", f"The file is larger than {self._limit:,} bytes.")
        return data

    def _refuse_foreign(self) -> None:
        for magic, what in _FOREIGN.items():
            if self.head.startswith(magic):
                raise FileFault(
                    "unsupported_format",
                    f"This is {what}; what can be imported is a CSV file: text with commas.",
                )
