"""The XML of a sheet of an Excel workbook to rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, Protocol

from product_files.reading.archive import DamagedFile
from product_files.reading.markup import MAX_DEPTH, Attributes, Markup, refuse
from product_files.reading.sheet import MAX_COLUMNS, MAX_ROWS, SheetRow, bounded_row, quoted
from product_files.reading.streams import BinaryFile
from product_files.reading.values import Format, boolean, number, unescape

_LETTERS: Final = re.compile(r"[A-Z]{1,3}")
_DIGITS: Final = "0123456789"


class SharedTexts(Protocol):
    """The texts that cells share, by their index; each as it is written in a line."""

    def __getitem__(self, index: int, /) -> bytes: ...


class XlsxSheet:
    """The rows of a sheet that have content, in their order.

    Raises FileFault if the sheet is damaged.
    """

    def __init__(
        self, part: BinaryFile, texts: SharedTexts, formats: Sequence[Format], record_bytes: int
    ) -> None:
        self._values = XlsxCells(texts, formats)
        self._limit = record_bytes
        self._done: list[SheetRow] = []
        self._names = XlsxNames("")
        self._depth = 0
        # This row: its number, its cells by their columns, and their size in bytes.
        self._number = 0
        self._cells: dict[int, bytes] = {}
        self._size = self._size_before = 0
        # This cell, or the last.
        self._column = -1
        self._attributes: Attributes = {}
        self._pieces: list[str] = []
        self._listens = self._is_phonetic = False
        self._markup = Markup(part)
        self._markup.set_handlers(self._start, self._end, self._take)
        self._iterator = self._iterate()

    def __iter__(self) -> Iterator[SheetRow]:
        return self

    def __next__(self) -> SheetRow:
        return next(self._iterator)

    def _iterate(self) -> Iterator[SheetRow]:
        while self._markup.advance():
            yield from self._done
            self._done.clear()
            self._values.forget()
        yield from self._done

    def _start(self, name: str, attributes: Attributes) -> None:
        self._depth += 1
        names = self._names
        if name == names.cell:
            self._attributes = attributes
            self._pieces.clear()
            self._size_before = self._size
        elif name in names.texts:
            self._listens = not self._is_phonetic
        elif name == names.row:
            self._begin_row(attributes)
        elif name == names.phonetic:
            self._is_phonetic = True
        elif self._depth == 1:
            self._names = XlsxNames(name.removesuffix("worksheet"))
        if self._depth > MAX_DEPTH:
            refuse()

    def _end(self, name: str) -> None:
        self._depth -= 1
        names = self._names
        if name == names.cell:
            self._end_cell()
        elif name in names.texts:
            self._listens = False
        elif name == names.row:
            self._end_row()
        elif name == names.phonetic:
            self._is_phonetic = False

    def _take(self, data: str) -> None:
        if self._listens:
            self._size += len(data)
            if self._size <= self._limit:
                self._pieces.append(data)

    def _begin_row(self, attributes: Attributes) -> None:
        at = attributes.get("r", str(self._number + 1))
        if not (at.isascii() and at.isdigit() and self._number < int(at[:9]) <= MAX_ROWS):
            raise DamagedFile
        self._number = int(at[:9])
        self._column = -1
        self._cells.clear()
        self._size = 0

    def _end_cell(self) -> None:
        place = self._attributes.get("r")
        self._column = self._column + 1 if place is None else self._values.column(place)
        if self._column >= MAX_COLUMNS:
            raise DamagedFile
        if self._size > self._limit:
            return
        # From here on the value counts, and no longer what it was read from.
        self._size = self._size_before
        if self._pieces and (cell := self._values.read("".join(self._pieces), self._attributes)):
            self._size += len(cell)
            if self._size <= self._limit:
                self._cells[self._column] = cell

    def _end_row(self) -> None:
        if not self._cells and self._size <= self._limit:
            return
        width = max(self._cells, default=-1) + 1
        cells = [self._cells.get(column, b"") for column in range(width)]
        self._done.append(bounded_row(self._number, cells, self._size, self._limit))


class XlsxNames:
    """The names of the elements of a sheet, with the prefix of its root."""

    def __init__(self, prefix: str) -> None:
        self.row = f"{prefix}row"
        self.cell = f"{prefix}c"
        self.texts = frozenset((f"{prefix}v", f"{prefix}t"))
        # The pronunciation of a text, which is no part of it.
        self.phonetic = f"{prefix}rPh"


class XlsxCells:
    """The values and columns of cells, from their attributes."""

    def __init__(self, texts: SharedTexts, formats: Sequence[Format]) -> None:
        self._texts = texts
        self._formats = formats
        # Columns by their letters.
        self._columns: dict[str, int] = {}
        # Shared texts by their index, so that rows in memory have each of them once.
        self._kept: dict[int, bytes] = {}

    def forget(self) -> None:
        """Keep no texts for rows that have been handed on."""
        self._kept.clear()

    def read(self, text: str, attributes: Attributes) -> bytes:
        """The value of a cell as it is written in a line."""
        kind = attributes.get("t", "n")
        if kind == "s":
            return self._shared(text)
        if kind == "n":
            return quoted(self._format(attributes.get("s", ""))(text))
        return quoted(boolean(text) if kind == "b" else unescape(text))

    def column(self, place: str) -> int:
        """The column, from 0, of a reference such as `B7`."""
        letters = place.rstrip(_DIGITS)
        if letters not in self._columns:
            if not _LETTERS.fullmatch(letters):
                raise DamagedFile
            column = 0
            for letter in letters:
                column = 26 * column + ord(letter) - ord("A") + 1
            self._columns[letters] = column - 1
        return self._columns[letters]

    def _shared(self, text: str) -> bytes:
        try:
            index = int(text)
        except ValueError as error:
            raise DamagedFile from error
        if index not in self._kept:
            self._kept[index] = self._texts[index]
        return self._kept[index]

    def _format(self, style: str) -> Format:
        if style.isascii() and style.isdigit() and (at := int(style[:9])) < len(self._formats):
            return self._formats[at]
        return number
