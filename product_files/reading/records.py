"""Lines to records: the fourth step. Pieces without an oddity go fast, all at once."""

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
# What is made at once of lines that are a record each: from the bytes, where in them the lines
# begin, and the number of the first; with how many they are, and where they end. None where a
# line has to be read.
Shortcut = Callable[[bytes, int, int], tuple[Short, int, int] | None]

_Line = tuple[int, bytes]

SHOWN_CHARACTERS: Final = 200
# Records that are read before a shortcut is asked again.
MOST_UNASKED: Final = 63
_MISCOUNTED: Final = "wrong_column_count"


@dataclass(frozen=True, kw_only=True)
class Layout(Dialect):
    """What the records of a file have in common; one larger than `record_bytes` is too large."""

    width: int
    record_bytes: int
    # A line is a record, with the line breaks that are in its cells; so it is in a workbook.
    has_whole_lines: bool = False


@dataclass(frozen=True)
class Piece:
    """Lines that follow each other, the first of which begins a record; lines count from 1.

    If all quotes are in pairs, the last one ends a record.
    """

    first_line: int
    lines: list[bytes]


def no_shortcut(_data: bytes, _start: int, _number: int) -> None:
    """Every line has to be read."""


def read_sound(
    piece: Piece, layout: Layout, shortcut: Shortcut[Short] = no_shortcut
) -> tuple[list[Record | Short], int]:
    """The records with which a piece begins, up to the first oddity, and their number of lines.

    A record without as many cells as the layout says has a `wrong_column_count`, and is sound.
    Of lines of which the `shortcut` makes something, that is taken in the place of their records;
    it is asked where a record begins.
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
                # Where it finds nothing again and again, it is asked less and less often.
                pause, misses = min(2**misses - 1, MOST_UNASKED), misses + 1
            cells, lines = layout.read(next(rest).decode(), map(bytes.decode, rest))
            if cells:
                code: RowCode | None = None if len(cells) == layout.width else _MISCOUNTED
                records.append((piece.first_line + used, cells, code))
            at += len(b"".join(piece.lines[used : used + lines]))
            used += lines
    return records, used


class Lines:
    """The physical lines and their numbers, one by one or what is left of a block at a time."""

    def __init__(self, blocks: Iterator[list[bytes]]) -> None:
        self._blocks = blocks
        self._block: Iterator[bytes] = iter(())
        # Of the line that was taken last.
        self.number = 0

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> _Line:
        while (raw := next(self._block, None)) is None:
            self._block = iter(next(self._blocks))
        self.number += 1
        return self.number, raw

    def take_block(self) -> list[bytes]:
        """All lines that are left of the block at hand, or else of the next; none at the end."""
        lines = list(self._block) or next(self._blocks, [])
        self._block = iter(())
        self.number += len(lines)
        return lines

    def put_back(self, lines: list[bytes]) -> None:
        """Lines that were taken last, and are to come again."""
        self._block = chain(lines, self._block)
        self.number -= len(lines)


class Records:
    """The records of a file, in their order; each physical line that is not blank is in one.

    Cells of a record with a fault are for people: `shown` says how bytes that stand for no
    character are written in them.
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
        # In characters, and for the whole process: never in the way of a record that may pass,
        # whose every byte may have become the four characters of `\xNN`.
        csv.field_size_limit(max(csv.field_size_limit(), 4 * record_bytes))

    def of_any_width(self) -> Iterator[Record]:
        """The records that are left, however many cells they have."""
        for line in self._lines:
            yield from self._read_carefully(line, None)

    def skip_header(self, line: int, *, is_broken: bool) -> None:
        """Go on behind the header that begins on this line; one that is broken ends there too."""
        for _ in islice(self._lines, line - (not is_broken)):
            pass
        if not is_broken:
            next(self.of_any_width())

    def batches(
        self, layout: Layout, shortcut: Shortcut[Short] = no_shortcut
    ) -> Iterator[list[Record | Short]]:
        """The records that are left, those of about a block at a time.

        With a `shortcut` as `read_sound` takes it.
        """
        while piece := self._take_piece():
            yield self._read(piece, layout, shortcut)

    def _take_piece(self) -> Piece | None:
        """The next lines, about a block; None at the end."""
        lines = self._lines.take_block()
        if lines and not closed(lines, self._dialect.quote):
            # A record that the block before has only begun goes on in the next.
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
        return records

    def _read_one(self, line: _Line, layout: Layout) -> Iterator[Record]:
        """What starts with this line; a line that is a sound record by itself goes fast."""
        records, used = read_sound(Piece(line[0], [line[1]]), layout)
        return iter(records) if used else self._read_carefully(line, layout.width)

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
            elif cells := self._parse(self._shown(raw), self._others(taken)):
                yield self._checked(taken, cells, width)
            elif cells is None:
                *swallowed, proof = taken
                for each in swallowed or taken:
                    yield from self._alone(each, width)
                line = proof if swallowed else None

    def _others(self, taken: list[_Line]) -> Iterator[str]:
        """Feeds `csv`, which asks for one more line as long as a quote is open; notes them."""
        size = len(taken[0][1])
        for line in self._lines:
            taken.append(line)
            size += len(line[1])
            if size > self._record_bytes or isinstance(line[1], Oversized):
                return
            yield self._shown(line[1])

    def _parse(self, text: str, others: Iterator[str]) -> list[str] | None:
        """The cells of one record, none of a blank line; None where a quote is not closed."""
        try:
            return self._dialect.read(text, others)[0]
        except csv.Error:
            return None

    def _alone(self, line: _Line, width: int | None) -> Iterator[Record]:
        """A line that is a record of its own, or none because it is blank."""
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
        cells = self._dialect.split(self._shown(line.beginning)[:SHOWN_CHARACTERS])
        cells[-1] += f"… (cut: {line.size:,} bytes)"
        return number, cells, "record_too_large"


def closed(lines: list[bytes], quote: str) -> int:
    """How many of the lines there are up to the last where all quotes are in pairs."""
    mark = quote.encode()
    end = len(lines)
    is_open = b"".join(lines).count(mark) % 2
    while is_open and end:
        end -= 1
        is_open ^= lines[end].count(mark) % 2
    return end
