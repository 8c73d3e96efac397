"""Lines to records: the fourth step. Most records are one line without a quote; they go fast.

The dialect is that of RFC 4180 and of Python's `csv` with `strict`: a cell that begins with a
quote ends with one and may hold delimiters, line ends and doubled quotes. A quote inside a cell
that does not begin with one (`5" pipe`) is a character like any other.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from itertools import chain
from typing import Final

from imports.faults import RowCode
from imports.readers.encoding import is_utf8
from imports.readers.lines import Oversized

# The physical line (from 1) on which the record starts, its cells, and what is wrong with it.
Record = tuple[int, list[str], RowCode | None]

_Line = tuple[int, bytes]

SHOWN_CHARACTERS: Final = 200


class Records:
    """The records of a file, in their order; each physical line that is not blank is in one.

    Cells of a record with a fault are for people: bytes that are not UTF-8 are shown as `\\xNN`.
    """

    def __init__(self, lines: Iterator[list[bytes]], *, delimiter: str, record_bytes: int) -> None:
        self._lines = enumerate(chain.from_iterable(lines), start=1)
        self._delimiter = delimiter
        self._dialect = csv.reader((), delimiter=delimiter, strict=True).dialect
        self._record_bytes = record_bytes
        # In characters, and for the whole process: never in the way of a record that may pass,
        # whose every byte may have become the four characters of `\xNN`.
        csv.field_size_limit(max(csv.field_size_limit(), 4 * record_bytes))

    def of_any_width(self) -> Iterator[Record]:
        """The records that are left, however many cells they have."""
        for line in self._lines:
            yield from self._read_carefully(line, None)

    def of_width(self, width: int) -> Iterator[Record]:
        """The records that are left; those without `width` cells have a `wrong_column_count`.

        A line that is a sound record by itself goes fast; whatever else there is goes carefully.
        """
        waiting: deque[str] = deque()
        quoted = csv.reader(iter(waiting.popleft, None), self._dialect)
        for number, raw in self._lines:
            try:
                text = raw.decode()
                if '"' in text:
                    waiting.append(text)
                    # An IndexError says that the record goes on in the next line.
                    cells = next(quoted)
                else:
                    text = text.rstrip("\r\n")
                    cells = text.split(self._delimiter)
            except (UnicodeDecodeError, csv.Error, IndexError):
                yield from self._read_carefully((number, raw), width)
                continue
            if len(cells) == width and text and "\0" not in text:
                yield number, cells, None
            else:
                yield from self._read_carefully((number, raw), width)

    def _read_carefully(self, line: _Line | None, width: int | None) -> Iterator[Record]:
        """What starts with this line, whatever is odd about it.

        That a quote is not closed is proved by text behind a closing quote, by the end of the
        file, or by the limit of a record; it costs the line it is in alone. The lines up to the
        proof are then read one by one: what one of them leaves open runs into the same proof. So
        no row is lost, and the work stays linear however many quotes are open.
        """
        while line:
            taken = [line]
            number, raw = line
            line = None
            if isinstance(raw, Oversized):
                yield self._cut(number, raw)
            elif cells := self._parse(self._texts(taken)):
                yield self._checked(taken, cells, width)
            elif cells is None:
                *swallowed, proof = taken
                for each in swallowed or taken:
                    yield from self._alone(each, width)
                line = proof if swallowed else None

    def _texts(self, taken: list[_Line]) -> Iterator[str]:
        """Feeds `csv`, which asks for one more line as long as a quote is open; notes them."""
        yield _shown(taken[0][1])
        size = len(taken[0][1])
        for line in self._lines:
            taken.append(line)
            size += len(line[1])
            if size > self._record_bytes or isinstance(line[1], Oversized):
                return
            yield _shown(line[1])

    def _parse(self, texts: Iterator[str]) -> list[str] | None:
        """The cells of one record, none of a blank line; None where a quote is not closed."""
        try:
            return next(csv.reader(texts, self._dialect), [])
        except csv.Error:
            return None

    def _alone(self, line: _Line, width: int | None) -> Iterator[Record]:
        """A line that is a record of its own, or none because it is blank."""
        text = _shown(line[1])
        cells = self._parse(iter((text,)))
        if cells:
            yield self._checked([line], cells, width)
        elif cells is None:
            # As written, quotes and all, so that a person sees what to mend.
            yield line[0], text.rstrip("\r\n").split(self._delimiter), "unclosed_quote"

    def _checked(self, lines: list[_Line], cells: list[str], width: int | None) -> Record:
        raw = b"".join(raw for _, raw in lines)
        code: RowCode | None = None
        if not is_utf8(raw):
            code = "bad_encoding"
        elif b"\0" in raw:
            code = "nul_character"
        elif width is not None and len(cells) != width:
            code = "wrong_column_count"
        return lines[0][0], cells, code

    def _cut(self, number: int, line: Oversized) -> Record:
        cells = _shown(line.beginning)[:SHOWN_CHARACTERS].split(self._delimiter)
        cells[-1] += f"… (cut: {line.size:,} bytes)"
        return number, cells, "record_too_large"


def _shown(raw: bytes) -> str:
    return raw.decode(errors="backslashreplace").replace("\0", "\\x00")
