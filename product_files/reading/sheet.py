"""The rows of a sheet to lines of CSV, one for each row."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import Final

from product_files.reading.lines import KEPT_BYTES, Oversized

# The number of a row, from 1, and its cells up to the last that has content, each as it stands in
# a line; or the line of a row that is too large.
SheetRow = tuple[int, list[bytes] | Oversized]

# What a sheet has at most.
MAX_ROWS: Final = 1_048_576
MAX_COLUMNS: Final = 16_384
# Rows that show how wide the table is.
LOOK_ROWS: Final = 100

_SPECIAL: Final = re.compile(rb'[",\r\n]')
_BLANK: Final = b"\n"


def quoted(text: str) -> bytes:
    """A cell as it stands in a line."""
    data = text.encode()
    return b'"%b"' % data.replace(b'"', b'""') if _SPECIAL.search(data) else data


def sheet_lines(rows: Iterator[SheetRow], size: int) -> Iterator[list[bytes]]:
    """The lines of a sheet in lists of about `size` bytes; the nth line of all is the nth row.

    A row with fewer cells than the table has columns gets empty ones: a sheet has no others.
    """
    first = list(islice(rows, LOOK_ROWS))
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
    """The row with which the table in a sheet begins, and its width.

    That row is the first as wide as most; above it are titles, and beside it may be notes.
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
    return number, Oversized(b",".join(cells)[:KEPT_BYTES], size)
