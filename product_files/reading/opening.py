"""From a stored file to its content. The first bytes decide what the file is, and never its name.

A file is a text, a text in a container (gzip, or a ZIP archive of one file), or a workbook.
"""

from __future__ import annotations

from typing import Final

from product_files.faults import FileFault
from product_files.reading.archive import Archive, Gunzip, UnpackedSize, UnpackedStream
from product_files.reading.content import Content
from product_files.reading.limits import Limits
from product_files.reading.ods import ODS
from product_files.reading.streams import BinaryFile, StoredStream, Stream
from product_files.reading.text import Text
from product_files.reading.workbook import Workbook, WorkbookFormat
from product_files.reading.xlsx import XLSX

# The first one that recognises an archive reads it.
_WORKBOOK_FORMATS: Final[tuple[WorkbookFormat, ...]] = (XLSX, ODS)

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
# The place of the name of the format in a tar archive, in a header filled up with NUL.
_TAR: Final = slice(257, 262)
_TAR_HEADER: Final = slice(512)


def open_content(file: BinaryFile, limits: Limits, encoding: str | None = None) -> Content:
    """The content of a file, from its current position on; a ZIP archive from its beginning.

    `encoding` is that of a text, None to find it. Raises FileFault.
    """
    stored = StoredStream(file, limits.file_bytes)
    stream = Stream(stored, stored)
    if stream.head.startswith(_ZIP):
        return _open_zip(stored, limits, encoding)
    if stream.head.startswith(_GZIP):
        content = UnpackedStream(Gunzip(stream), UnpackedSize(lambda: stored.bytes_read, limits))
        stream = _sole(Stream(content, stored))
    else:
        _refuse_foreign(stream.head, _ARCHIVES | _FOREIGN)
        if _is_tar(stream.head):
            raise _unsupported("a tar archive")
    return Text(stream, limits, encoding)


def _open_zip(stored: StoredStream, limits: Limits, encoding: str | None) -> Content:
    archive = Archive(stored, limits)
    for each in _WORKBOOK_FORMATS:
        if each.is_format_of(archive):
            return Workbook(each, archive, limits)
    names = archive.names
    if not names:
        raise FileFault("empty_file", "The archive is empty.")
    if len(names) > 1:
        raise FileFault(
            "unsupported_format",
            f"The archive contains {len(names):,} files. Only an archive with one file can be"
            " imported.",
        )
    return Text(_sole(Stream(archive.open(names[0]), stored)), limits, encoding)


def _sole(stream: Stream) -> Stream:
    """The content of a container; raise FileFault if it is another container, or no text."""
    for magic, what in _ARCHIVES.items():
        if stream.head.startswith(magic):
            raise _nested(what)
    if _is_tar(stream.head):
        raise _nested("a tar archive")
    _refuse_foreign(stream.head, _FOREIGN)
    return stream


def _nested(what: str) -> FileFault:
    return FileFault(
        "archive_unsafe",
        f"There is {what} inside the archive. Unpack that first, and upload the file in it.",
    )


def _is_tar(head: bytes) -> bool:
    return head[_TAR] == b"ustar" and b"\0" in head[_TAR_HEADER]


def _refuse_foreign(head: bytes, formats: dict[bytes, str]) -> None:
    for magic, what in formats.items():
        if head.startswith(magic):
            raise _unsupported(what)


def _unsupported(what: str) -> FileFault:
    return FileFault(
        "unsupported_format",
        f"This is {what}. Only tables in CSV, TSV, XLSX or ODS can be imported.",
    )
