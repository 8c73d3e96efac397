"""Container to bytes: the first step of reading a file.

What a file is, is decided by its first bytes and never by its name. A plain file is its own
content, gzip and a ZIP archive with one file give theirs; a workbook gives lines, see `workbook`.
"""

from __future__ import annotations

import io
from typing import Final

from product_files.faults import FileFault
from product_files.reading.archive import Archive, BinaryFile, Counted, Gunzip, Stored, Unpacked
from product_files.reading.limits import MIB, Limits
from product_files.reading.workbook import Workbook, is_office_file

__all__ = ["HEAD_BYTES", "BinaryFile", "Source", "open_source"]

# What is looked at before anything is decided.
HEAD_BYTES: Final = MIB

_GZIP: Final = b"\x1f\x8b"
_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")

_ARCHIVES: Final = {
    b"PK\x03\x04": "a ZIP archive or a workbook",
    b"PK\x05\x06": "an empty ZIP archive",
    b"\x1f\x8b": "a gzip archive",
    **{b"BZh%d1AY&SY" % level: "a bzip2 archive" for level in range(1, 10)},
    b"\xfd7zXZ": "an xz archive",
    b"\x28\xb5\x2f\xfd": "a Zstandard archive",
    b"7z\xbc\xaf": "a 7-Zip archive",
    b"Rar!\x1a": "a RAR archive",
}
_FOREIGN: Final = {
    b"\xd0\xcf\x11\xe0": "an old Excel workbook (.xls), or one with a password",
    b"%PDF": "a PDF document",
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"SQLite format 3": "a SQLite database",
    b"PAR1\x15": "a Parquet file",
    b"{\\rtf": "an RTF document",
}
# Where a tar archive says that it is one, in a header filled up with NUL.
_TAR: Final = slice(257, 262)
_TAR_HEADER: Final = slice(512)


class Source:
    """The content of a file, read once from front to back.

    Where it comes out of a container, `stored` is what that is read from. Raises FileFault:
    `too_large`, and what turns out to be wrong with the container.
    """

    def __init__(self, file: BinaryFile, limits: Limits, stored: Stored | None = None) -> None:
        self._stored = stored or Stored(file, limits.file_bytes)
        self._content = file if stored else self._stored
        self.head = self._take(HEAD_BYTES)
        self._unread_head = io.BytesIO(self.head)

    @property
    def bytes_read(self) -> int:
        """Of the stored file, whatever it is packed in."""
        return self._stored.bytes_read

    def read(self, size: int) -> bytes:
        """The next bytes, at most `size`; none at the end."""
        return self._unread_head.read(size) or self._take(size)

    def _take(self, size: int) -> bytes:
        """Fewer bytes than asked for mean the end, also where the file gives them in dribs."""
        pieces = []
        while size > 0 and (piece := self._content.read(size)):
            pieces.append(piece)
            size -= len(piece)
        return b"".join(pieces)


def open_source(file: BinaryFile, limits: Limits) -> Source | Workbook:
    """The content of a file, from where it stands; a container at its very beginning.

    Raises FileFault.
    """
    stored = Stored(file, limits.file_bytes)
    source = Source(stored, limits, stored)
    if source.head.startswith(_ZIP):
        return _open_zip(stored, limits)
    if source.head.startswith(_GZIP):
        content = Counted(Gunzip(source), Unpacked(lambda: stored.bytes_read, limits))
        return _sole(Source(content, limits, stored))
    _refuse_foreign(source.head, _ARCHIVES | _FOREIGN)
    if _is_tar(source.head):
        raise _unsupported("a tar archive")
    return source


def _open_zip(stored: Stored, limits: Limits) -> Source | Workbook:
    archive = Archive(stored, limits)
    if is_office_file(archive):
        return Workbook(archive, stored, limits)
    names = archive.names
    if not names:
        raise FileFault("empty_file", "The archive is empty.")
    if len(names) > 1:
        raise FileFault(
            "unsupported_format",
            f"The archive holds {len(names):,} files; what can be imported is an archive with one.",
        )
    return _sole(Source(archive.open(names[0]), limits, stored))


def _sole(source: Source) -> Source:
    """What was in a container, unless that is another one."""
    for magic, what in _ARCHIVES.items():
        if source.head.startswith(magic):
            raise FileFault("archive_unsafe", f"There is {what} inside the archive; unpack it.")
    if _is_tar(source.head):
        raise FileFault("archive_unsafe", "There is a tar archive inside the archive; unpack it.")
    _refuse_foreign(source.head, _FOREIGN)
    return source


def _is_tar(head: bytes) -> bool:
    return head[_TAR] == b"ustar" and b"\0" in head[_TAR_HEADER]


def _refuse_foreign(head: bytes, formats: dict[bytes, str]) -> None:
    for magic, what in formats.items():
        if head.startswith(magic):
            raise _unsupported(what)


def _unsupported(what: str) -> FileFault:
    return FileFault(
        "unsupported_format",
        f"This is {what}; what can be imported is a table as CSV, TSV or XLSX.",
    )
