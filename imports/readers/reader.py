"""The steps of reading put together."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Final

from imports.faults import FileFault
from imports.readers.encoding import decide_encoding, utf8_blocks
from imports.readers.header import find_header
from imports.readers.limits import DEFAULT_LIMITS, Limits
from imports.readers.lines import read_lines
from imports.readers.records import Record, Records
from imports.readers.source import BinaryFile, Source

DELIMITERS: Final = (",", ";", "\t", "|")


def open_reader(
    file: BinaryFile,
    *,
    limits: Limits = DEFAULT_LIMITS,
    encoding: str | None = None,
    delimiter: str | None = None,
) -> Reader:
    """Read a file from where it stands up to its first row; None leaves a choice to the reader.

    Raises FileFault.
    """
    source = Source(file, limits)
    return Reader(source, limits, decide_encoding(source.head, encoding), delimiter or ",")


class Reader:
    """A file whose header is known; iterate over it, once, for its rows.

    Iteration raises FileFault too: a file may turn out to be too large.
    """

    def __init__(self, source: Source, limits: Limits, encoding: str, delimiter: str) -> None:
        if delimiter not in DELIMITERS:
            raise FileFault("unsupported_format", f'"{delimiter}" cannot separate columns.')
        blocks = utf8_blocks(source, encoding, limits.block_bytes)
        records = Records(
            read_lines(blocks, limits.record_bytes),
            delimiter=delimiter,
            record_bytes=limits.record_bytes,
        )
        self.encoding = encoding
        self.delimiter = delimiter
        self.header_line, self.header = find_header(records.of_any_width(), limits.columns)
        self._source = source
        self._rows = self._with_rows(records.of_width(len(self.header)))

    @property
    def bytes_read(self) -> int:
        """Bytes of the file taken in so far, for the progress; ahead of the rows by some blocks."""
        return self._source.bytes_read

    def __iter__(self) -> Iterator[Record]:
        return self._rows

    @staticmethod
    def _with_rows(rows: Iterator[Record]) -> Iterator[Record]:
        first = next(rows, None)
        if first is None:
            raise FileFault("no_rows", "The file has a header and no rows.")
        return chain((first,), rows)
