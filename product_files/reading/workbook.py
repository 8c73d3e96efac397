"""A workbook as content: the rows of one sheet, whatever the format, as lines of CSV."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from product_files.faults import FileFault
from product_files.reading.archive import Archive
from product_files.reading.cells import Dialect
from product_files.reading.encoding import shown_as_is
from product_files.reading.limits import Limits
from product_files.reading.sheet import SheetRow, sheet_lines


class WorkbookFormat(NamedTuple):
    """How the workbooks of one format are known and read."""

    # The value of `encoding` for its files.
    name: str
    is_format_of: Callable[[Archive], bool]
    # The rows of the first sheet that is shown. Raises FileFault: `unsupported_format` if it is no
    # workbook after all, `empty_file` if it has no sheet, `archive_unsafe` if it is damaged or
    # made to do harm, and `too_large`; the latter two on the way as well.
    rows_of: Callable[[Archive, Limits], Iterator[SheetRow]]


class Workbook:
    """The rows of a sheet, as lines of CSV in UTF-8; a row is one line.

    So the number of a line is that of its row in the sheet: rows that are not there are blank.
    """

    # The dialect of the lines; the file itself has none.
    dialect: Final = Dialect()
    has_whole_lines: Final = True

    def __init__(self, kind: WorkbookFormat, archive: Archive, limits: Limits) -> None:
        self.encoding: Final = kind.name
        self._archive = archive
        self._limits = limits
        self._rows = kind.rows_of(archive, limits)

    @property
    def encoding_samples(self) -> list[str]:
        return []

    @property
    def bytes_read(self) -> int:
        return self._archive.bytes_read

    def lines(self) -> Iterator[list[bytes]]:
        size = 0
        for lines in sheet_lines(self._rows, self._limits.block_bytes):
            size += sum(map(len, lines))
            # The lines may be far larger than the file, which has a repeated text only once.
            self._archive.unpacked.refuse_size(size)
            yield lines

    def shown(self, raw: bytes) -> str:
        return shown_as_is(raw)


def unsupported_workbook(what: str) -> FileFault:
    """The fault of a file that is `what`, which only another program can turn into a table."""
    return FileFault(
        "unsupported_format",
        f"This is {what}; save the table as an Excel workbook (.xlsx), as .ods or as CSV.",
    )
