"""The rows of a sheet to lines of CSV, one for each row."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import Final

from product_files.reading.lines import MAX_KEPT_BYTES, Oversized

# The number of a row, from 1, and its cells up to the last that has content, each as it is written
# in a line; or the line of a row that is too large.
SheetRow = tuple[int, list[bytes] | Oversized]

# The largest sheet of a spreadsheet program.
MAX_ROWS: Final = 1_048_576
MAX_COLUMNS: Final = 16_384
# The rows that decide where the table begins and how wide it is.
MAX_ROWS_SEARCHED: Final = 100

_SPECIAL: Final = re.compile(rb'[",\r\n]')
_BLANK: Final = b"\n"


def quoted(text: str) -> bytes:
    """A cell as it is written in a line."""
    data = text.encode()
    return b'"%b"' % data.replace(b'"', b'""') if _SPECIAL.search(data) else data


def sheet_lines(rows: Iterator[SheetRow], size: int) -> Iterator[list[bytes]]:
    """The lines of a sheet in lists of about `size` bytes; line n is row n of the sheet.

    A row with fewer cells than the table has columns is filled up with empty ones.
    """
    first = list(islice(rows, MAX_ROWS_SEARCHED))
    start, width = find_table(first)
    lines: list[bytes] = []
    filled = last = 0
    for at, cells in chain(first, rows):
        lines += [_BLANK] * (at - last - 1)
        line = cells if isinstance(cells, Oversized) else _line(cells, width if at >= start else 0)
        lines.append(line)
        filled += len(line) + at - last
        last = at
        if filled >= size:
            yield lines
            lines, filled = [], 0
    if lines:
        yield lines


def find_table(rows: Sequence[SheetRow]) -> tuple[int, int]:
    """The row with which the table in a sheet begins, and the number of its columns.

    It is the first row that is at least as wide as most; above it are titles, and to the right of
    the table may be notes.
    """
    widths = [(at, len(cells)) for at, cells in rows if not isinstance(cells, Oversized)]
    counts = Counter(width for _, width in widths)
    usual = max(counts, key=lambda width: (counts[width], width), default=0)
    return next(((at, width) for at, width in widths if width >= usual), (1, 0))


def _line(cells: list[bytes], width: int) -> bytes:
    return b",".join(cells + [b""] * (width - len(cells))) + b"\n"


def bounded_row(number: int, cells: list[bytes], size: int, limit: int) -> SheetRow:
    """A row whose cells have `size` bytes; if it is larger than `limit`, only its beginning."""
    if size + len(cells) <= limit:
        return number, cells
    return number, Oversized(b",".join(cells)[:MAX_KEPT_BYTES], size)
