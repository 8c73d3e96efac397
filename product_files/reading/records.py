"""Lines to records. A piece of the file in which nothing is odd is read at once, which is fast."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain, islice
from typing import Final, Self, TypeVar

from product_files.faults import RowCode
from product_files.reading.cells import Dialect
from product_files.reading.encoding import is_utf8, shown_as_is
from product_files.reading.lines import Oversized

# The physical line (from 1) on which the record starts, its cells, and what is wrong with it.
Record = tuple[int, list[str], RowCode | None]
Short = TypeVar("Short")
# A function that makes something at once of many records. It takes the bytes, where in them the
# first record begins, and the number of its line. It returns what it has made, the number of
# lines, and where in the bytes they end; or None if the record has to be read cell by cell.
Shortcut = Callable[[bytes, int, int], tuple[Short, int, int] | None]

_Line = tuple[int, bytes]

MAX_SHOWN_CHARACTERS: Final = 200
# The most records that are read before a shortcut is tried again.
MAX_PAUSE: Final = 63
_MISCOUNTED: Final = "wrong_column_count"


@dataclass(frozen=True, kw_only=True)
class Layout(Dialect):
    """What the records of a file share: dialect, number of cells, largest size in bytes."""

    width: int
    record_bytes: int
    # Whether each line is a record, together with the line breaks in its cells.
    has_whole_lines: bool = False


@dataclass(frozen=True)
class Piece:
    """Lines that follow each other; a record begins with the first, whose number counts from 1.

    If all quotes are in pairs, a record ends with the last.
    """

    first_line: int
    lines: list[bytes]


def no_shortcut(_data: bytes, _start: int, _number: int) -> None:
    """The shortcut of a file without one: every record has to be read cell by cell."""


def read_sound(
    piece: Piece, layout: Layout, shortcut: Shortcut[Short] = no_shortcut
) -> tuple[list[Record | Short], int]:
    """The records of a piece up to the first oddity, and the number of their lines.

    A record with another number of cells than the layout has the code `wrong_column_count`, and is
    no oddity. What the `shortcut` makes of some records takes their place; it is tried where a
    record begins.
    """
    records: list[Record | Short] = []
    used = at = misses = pause = 0
    data = b"".join(piece.lines)
    if b"\0" in data or len(data) > layout.record_bytes:
        return records, used
    if not is_utf8(data):
        shortcut = no_shortcut
    rest = iter(piece.lines)
    with suppress(UnicodeDecodeError, csv.Error):
        while used < len(piece.lines):
            if pause:
                pause -= 1
            elif found := shortcut(data, at, piece.first_line + used):
                short, lines, at = found
                records.append(short)
                used += lines
                next(islice(rest, lines - 1, lines))
                misses = 0
                continue
            else:
                # As long as it finds nothing, it is tried less and less often.
                pause, misses = min(2**misses - 1, MAX_PAUSE), misses + 1
            cells, lines = layout.read(next(rest).decode(), map(bytes.decode, rest))
            if cells:
                code: RowCode | None = None if len(cells) == layout.width else _MISCOUNTED
                records.append((piece.first_line + used, cells, code))
            at += len(b"".join(piece.lines[used : used + lines]))
            used += lines
    return records, used


class Lines:
    """The physical lines with their numbers, one by one or the rest of a block at a time."""

    def __init__(self, blocks: Iterator[list[bytes]]) -> None:
        self._blocks = blocks
        self._block: Iterator[bytes] = iter(())
        # The number of the line that was taken last.
        self.number = 0

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> _Line:
        while (raw := next(self._block, None)) is None:
            self._block = iter(next(self._blocks))
        self.number += 1
        return self.number, raw

    def take_block(self) -> list[bytes]:
        """The rest of this block, or all of the next if there is none; no lines at the end."""
        lines = list(self._block) or next(self._blocks, [])
        self._block = iter(())
        self.number += len(lines)
        return lines

    def put_back(self, lines: list[bytes]) -> None:
        """Make the lines that were taken last come again."""
        self._block = chain(lines, self._block)
        self.number -= len(lines)


class Records:
    """The records of a file in their order; each physical line that is not blank is in one.

    The cells of a record with a fault are for people: `shown` makes text of bytes, also of those
    that stand for no character.
    """

    def __init__(
        self,
        blocks: Iterator[list[bytes]],
        dialect: Dialect,
        *,
        record_bytes: int,
        shown: Callable[[bytes], str] = shown_as_is,
    ) -> None:
        self._lines = Lines(blocks)
        self._dialect = dialect
        self._record_bytes = record_bytes
        self._shown = shown
        # Whether any batch so far had a record.
        self.has_rows = False
        # The limit counts characters, for the whole process. It never stops a record that may pass,
        # though each of its bytes may be written as four characters (`\xNN`).
        csv.field_size_limit(max(csv.field_size_limit(), 4 * record_bytes))

    def of_any_width(self) -> Iterator[Record]:
        """The remaining records, with any number of cells."""
        for line in self._lines:
            yield from self._read_carefully(line, None)

    def skip_header(self, line: int, *, is_broken: bool) -> None:
        """Skip the header that begins on this line; one that is broken also ends on it."""
        for _ in islice(self._lines, line - (not is_broken)):
            pass
        if not is_broken:
            next(self.of_any_width())

    def batches(
        self, layout: Layout, shortcut: Shortcut[Short] = no_shortcut
    ) -> Iterator[list[Record | Short]]:
        """The remaining records, about a block at a time; `shortcut` is that of `read_sound`."""
        while piece := self._take_piece():
            yield self._read(piece, layout, shortcut)

    def _take_piece(self) -> Piece | None:
        """The next lines, about a block; None at the end."""
        lines = self._lines.take_block()
        if lines and not closed(lines, self._dialect.quote):
            # The last record of this block goes on in the next.
            lines += self._lines.take_block()
        if not lines:
            return None
        end = closed(lines, self._dialect.quote) or len(lines)
        self._lines.put_back(lines[end:])
        return Piece(self._lines.number - end + 1, lines[:end])

    def _read(
        self, piece: Piece, layout: Layout, shortcut: Shortcut[Short]
    ) -> list[Record | Short]:
        """The records that begin in the piece that was taken last, the last one to its end."""
        records, used = read_sound(piece, layout, shortcut)
        left = piece.lines[used:]
        self._lines.put_back(left)
        end = self._lines.number + len(left)
        while self._lines.number < end:
            records.extend(self._read_one(next(self._lines), layout))
        self.has_rows = self.has_rows or bool(records)
        return records

    def _read_one(self, line: _Line, layout: Layout) -> Iterator[Record]:
        """The records that start with this line; fast if the line is a sound record by itself."""
        records, used = read_sound(Piece(line[0], [line[1]]), layout)
        return iter(records) if used else self._read_carefully(line, layout.width)

    def _read_carefully(self, line: _Line | None, width: int | None) -> Iterator[Record]:
        """The records that start with this line, whatever is odd about it.

        Text behind a closing quote, the end of the file, or the limit of a record proves that a
        quote is not closed. Only the line with that quote is lost. The lines up to the proof are
        then read one by one, since a quote that one of them leaves open meets the same proof. So
        the work stays linear, however many quotes are open.
        """
        while line:
            taken = [line]
            number, raw = line
            line = None
            if isinstance(raw, Oversized):
                yield self._cut(number, raw)
            elif cells := self._parse(self._shown(raw), self._others(taken)):
                yield self._checked(taken, cells, width)
            elif cells is None:
                *swallowed, proof = taken
                for each in swallowed or taken:
                    yield from self._alone(each, width)
                line = proof if swallowed else None

    def _others(self, taken: list[_Line]) -> Iterator[str]:
        """The lines that `csv` asks for as long as a quote is open; each is added to `taken`."""
        size = len(taken[0][1])
        for line in self._lines:
            taken.append(line)
            size += len(line[1])
            if size > self._record_bytes or isinstance(line[1], Oversized):
                return
            yield self._shown(line[1])

    def _parse(self, text: str, others: Iterator[str]) -> list[str] | None:
        """The cells of one record, none for a blank line; None if a quote is not closed."""
        try:
            return self._dialect.read(text, others)[0]
        except csv.Error:
            return None

    def _alone(self, line: _Line, width: int | None) -> Iterator[Record]:
        """The record that a line is by itself; none if it is blank."""
        text = self._shown(line[1])
        cells = self._parse(text, iter(()))
        if cells:
            yield self._checked([line], cells, width)
        elif cells is None:
            yield line[0], self._dialect.split_anyhow(text.rstrip("\r\n")), "unclosed_quote"

    def _checked(self, lines: list[_Line], cells: list[str], width: int | None) -> Record:
        raw = b"".join(raw for _, raw in lines)
        code: RowCode | None = None
        if not is_utf8(raw):
            code = "bad_encoding"
        elif b"\0" in raw:
            code = "nul_character"
        elif width is not None and len(cells) != width:
            code = _MISCOUNTED
        return lines[0][0], cells, code

    def _cut(self, number: int, line: Oversized) -> Record:
        cells = self._dialect.split(self._shown(line.beginning)[:MAX_SHOWN_CHARACTERS])
        cells[-1] += f"… (cut: {line.size:,} bytes)"
        return number, cells, "record_too_large"


def closed(lines: list[bytes], quote: str) -> int:
    """The number of lines up to the last one behind which all quotes are in pairs."""
    mark = quote.encode()
    end = len(lines)
    is_open = b"".join(lines).count(mark) % 2
    while is_open and end:
        end -= 1
        is_open ^= lines[end].count(mark) % 2
    return end
