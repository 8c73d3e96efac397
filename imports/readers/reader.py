"""The steps of reading put together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from imports.faults import FileCode, FileFault
from imports.readers.encoding import decide_encoding, utf8_blocks
from imports.readers.header import find_header
from imports.readers.limits import DEFAULT_LIMITS, Limits
from imports.readers.lines import read_lines
from imports.readers.records import Layout, Piece, Record, Records, Short, Shortcut, no_shortcut
from imports.readers.source import BinaryFile, Source, open_source
from imports.readers.workbook import Workbook

NO_ROWS: Final[tuple[FileCode, str]] = ("no_rows", "The file has a header and no rows.")
DELIMITERS: Final = (",", ";", "\t", "|")


def open_reader(
    file: BinaryFile,
    *,
    limits: Limits = DEFAULT_LIMITS,
    encoding: str | None = None,
    delimiter: str | None = None,
) -> Reader:
    """Read a file from where it stands up to its first row; None leaves a choice to the reader.

    A workbook leaves no choice. Raises FileFault.
    """
    source = open_source(file, limits)
    if isinstance(source, Workbook):
        return Reader(source, source.lines(), limits, source.encoding, source.delimiter)
    encoding = decide_encoding(source.head, encoding)
    blocks = utf8_blocks(source, encoding, limits.block_bytes)
    lines = read_lines(blocks, limits.record_bytes)
    return Reader(source, lines, limits, encoding, delimiter or ",")


class Reader:
    """A file whose header is known; iterate over it, once, for its rows.

    Or take it piece by piece: iteration is `read` of every `take`. Both raise FileFault too: a
    file may turn out to be too large.
    """

    def __init__(
        self,
        source: Source | Workbook,
        lines: Iterator[list[bytes]],
        limits: Limits,
        encoding: str,
        delimiter: str,
    ) -> None:
        if delimiter not in DELIMITERS:
            raise FileFault("unsupported_format", f'"{delimiter}" cannot separate columns.')
        records = Records(lines, delimiter=delimiter, record_bytes=limits.record_bytes)
        self.encoding = encoding
        # None of it is in a workbook.
        self.delimiter = "" if isinstance(source, Workbook) else delimiter
        self.header_line, self.header = find_header(records.of_any_width(), limits.columns)
        self.layout = Layout(
            delimiter=delimiter, width=len(self.header), record_bytes=limits.record_bytes
        )
        self._source = source
        self._records = records
        self._rows = self._iterate()

    @property
    def bytes_read(self) -> int:
        """Bytes of the file taken in so far, for the progress; ahead of the rows by some blocks."""
        return self._source.bytes_read

    def __iter__(self) -> Iterator[Record]:
        return self._rows

    def take(self) -> Piece | None:
        """The next piece of the file, about a block; None at the end."""
        return self._records.take_piece()

    def put_back(self, pieces: Sequence[Piece]) -> None:
        """The pieces that were taken last, in their order, are to come again."""
        self._records.put_back(pieces)

    def read(self, piece: Piece, shortcut: Shortcut[Short] = no_shortcut) -> list[Record | Short]:
        """The rows that begin in the piece that was taken last; the last one may end behind it.

        With a `shortcut` as `read_sound` takes it.
        """
        return self._records.read(piece, self.layout, shortcut)

    def _iterate(self) -> Iterator[Record]:
        rows = 0
        while piece := self.take():
            records = self.read(piece)
            rows += len(records)
            yield from records
        if not rows:
            raise FileFault(*NO_ROWS)
