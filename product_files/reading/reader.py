"""The steps of reading put together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import chain

from product_files.faults import FileFault
from product_files.reading.content import Content
from product_files.reading.dialect import Trials, take_first_lines
from product_files.reading.header import NamesSku, find_header
from product_files.reading.limits import DEFAULT_LIMITS, Limits
from product_files.reading.opening import open_content
from product_files.reading.records import (
    Layout,
    Record,
    Records,
    Short,
    Shortcut,
    no_shortcut,
)
from product_files.reading.streams import BinaryFile


def nothing_known(_columns: Sequence[str]) -> bool:
    """No name of a column is known to mean the SKU."""
    return False


def open_reader(
    file: BinaryFile,
    *,
    limits: Limits = DEFAULT_LIMITS,
    encoding: str | None = None,
    delimiter: str | None = None,
    names_sku: NamesSku = nothing_known,
) -> Reader:
    """A reader of a file that has read it from its current position up to the first row.

    `encoding` and `delimiter` are found if they are not given; a workbook leaves no choice of them.
    `names_sku` decides whether some columns include the one of the SKU, by which the header is
    known.

    Raises FileFault.
    """
    content = open_content(file, limits, encoding)
    return Reader(content, limits, delimiter, names_sku)


class Reader:
    """A file whose header is known; iterate over it, once, for its rows, or over `batches` of them.

    Both raise FileFault too: a file may turn out to be too large, or to have no rows.
    """

    def __init__(
        self, content: Content, limits: Limits, delimiter: str | None, names_sku: NamesSku
    ) -> None:
        first_lines, blocks = take_first_lines(content.lines(), limits.record_bytes)
        trials = Trials(
            first_lines=first_lines,
            record_bytes=limits.record_bytes,
            names_sku=names_sku,
            shown=content.shown,
        )
        best = trials.read(content.dialect) if content.dialect else trials.decide(delimiter)
        # Empty if there is none in the file.
        self.delimiter = "" if content.dialect else best.dialect.delimiter
        self.header_line, self.header, broken = find_header(
            best.records, width=best.width, limit=limits.columns, names_sku=names_sku
        )
        self.layout = Layout(
            **asdict(best.dialect),
            width=len(self.header),
            record_bytes=limits.record_bytes,
            has_whole_lines=content.has_whole_lines,
        )
        self._content = content
        self._records = Records(
            blocks, best.dialect, record_bytes=limits.record_bytes, shown=content.shown
        )
        self._records.skip_header(self.header_line, is_broken=bool(broken))
        self._rows = chain.from_iterable(self.batches())

    @property
    def encoding(self) -> str:
        """What the file is read as; it may change if the file is ASCII so far."""
        return self._content.encoding

    @property
    def encoding_samples(self) -> list[str]:
        """Words by which a person can judge the encoding; none if it can be no other."""
        return self._content.encoding_samples

    @property
    def bytes_read(self) -> int:
        """Bytes of the file that have been read, which is some blocks ahead of the rows."""
        return self._content.bytes_read

    def __iter__(self) -> Iterator[Record]:
        return self._rows

    def batches(self, shortcut: Shortcut[Short] = no_shortcut) -> Iterator[list[Record | Short]]:
        """The rows, about a block at a time; `shortcut` is that of `read_sound`."""
        yield from self._records.batches(self.layout, shortcut)
        if not self._records.has_rows:
            raise FileFault("no_rows", "The file has a header and no rows.")
