"""The XML of an OpenDocument spreadsheet to the rows of its first sheet.

https://docs.oasis-open.org/office/OpenDocument/v1.3/OpenDocument-v1.3-part3-schema.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from product_files.reading.archive import DamagedFile, UnpackedSize
from product_files.reading.markup import MAX_DEPTH, Attributes, Markup, local, refuse
from product_files.reading.sheet import MAX_COLUMNS, MAX_ROWS, SheetRow, bounded_row, quoted
from product_files.reading.streams import BinaryFile
from product_files.reading.values import duration, moment, number

# How deep in the XML a sheet is; a table inside a cell or a drawing is deeper.
_SHEET_DEPTH: Final = 4
MAX_HIDDEN_STYLES: Final = 10_000
MAX_STYLE_NAME: Final = 255

# They stand for the white space that is kept, for XML has no such characters.
_SPACE, _TAB, _LINE_BREAK = "\1", "\2", "\3"
_KEPT: Final = str.maketrans({_SPACE: " ", _TAB: "\t", _LINE_BREAK: "\n"})
_WHITE_SPACE: Final = re.compile("[ \t\r\n]+")
_ZERO_FILLED: Final = re.compile("0[0-9]+")


class CellRun(NamedTuple):
    """Neighbouring cells with the same content, which is as it is written in a line."""

    cell: bytes
    times: int


class RowRun(NamedTuple):
    """Rows that follow each other and have the same cells, from the row `number` on."""

    number: int
    times: int
    runs: list[CellRun]
    # The content of one row, in bytes.
    size: int


class OdsSheet:
    """The rows of the first sheet that have content, in their order; iterate over it once.

    `is_found` is False at the end if there was no such sheet. Raises FileFault if the part is
    damaged up to the end of the sheet; what is behind it is not read.
    """

    def __init__(
        self,
        part: BinaryFile,
        unpacked: UnpackedSize,
        record_bytes: int,
        *,
        may_be_hidden: bool = False,
    ) -> None:
        self.is_found = False
        self._unpacked = unpacked
        self._limit = record_bytes
        self._may_be_hidden = may_be_hidden
        self._style = ""
        self._hidden_styles: set[str] = set()
        self._names = OdsNames({})
        self._depth = 0
        self._is_in_sheet = False
        # How deep a table inside the sheet is; 0 outside of one.
        self._inner_depth = 0
        self._done: list[RowRun] = []
        # This row: its number, how often it is repeated, and its content so far.
        self._number = 1
        self._row_count = 1
        self._runs: list[CellRun] = []
        self._size = self._size_before = 0
        # The number of its cells so far, and up to the last with content.
        self._column = self._filled = 0
        # This cell; outside of one its depth is 0.
        self._cell_depth = 0
        self._cell: Attributes = {}
        self._is_covered = False
        self._paragraphs: list[str] = []
        self._pieces: list[str] = []
        self._listens = False
        self._silent_depth = 0
        self._markup = Markup(part)
        self._markup.set_handlers(self._start, self._end, self._take)

    def __iter__(self) -> Iterator[SheetRow]:
        while not self._has_ended and self._markup.advance():
            yield from self._repeated()
        yield from self._repeated()

    @property
    def _has_ended(self) -> bool:
        return self.is_found and not self._is_in_sheet

    def _repeated(self) -> Iterator[SheetRow]:
        """The rows that are complete, each as often as it is repeated.

        Only one at a time is in memory cell by cell. What repeating adds counts as unpacked bytes.
        """
        for rows in self._done:
            cells = [run.cell for run in rows.runs for _ in range(run.times)]
            size = sum(map(len, cells)) + len(cells)
            written = sum(len(run.cell) + 1 for run in rows.runs)
            self._unpacked.count(rows.times * size - written)
            _, row = bounded_row(rows.number, cells, rows.size, self._limit)
            for at in range(rows.number, rows.number + rows.times):
                yield at, row
        self._done.clear()

    def _start(self, name: str, attributes: Attributes) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            refuse()
        if self._cell_depth:
            self._start_in_cell(name, attributes)
        elif not self._is_in_sheet:
            self._start_outside(name, attributes)
        elif self._inner_depth or name == self._names.table:
            # A table inside a drawing of the sheet.
            self._inner_depth = self._inner_depth or self._depth
        elif name in self._names.cells:
            self._begin_cell(name, attributes)
        elif name == self._names.row:
            self._begin_row(attributes)

    def _end(self, name: str) -> None:
        self._depth -= 1
        if self._cell_depth:
            self._end_in_cell(name)
        elif self._inner_depth:
            self._inner_depth = self._inner_depth if self._depth >= self._inner_depth else 0
        elif self._is_in_sheet:
            if name == self._names.row:
                self._end_row()
            self._is_in_sheet = self._depth >= _SHEET_DEPTH

    def _start_outside(self, name: str, attributes: Attributes) -> None:
        names = self._names
        if self._depth == 1:
            self._names = OdsNames(attributes)
        elif name == names.table and self._depth == _SHEET_DEPTH and not self.is_found:
            is_hidden = attributes.get(names.table_style) in self._hidden_styles
            self._is_in_sheet = self.is_found = self._may_be_hidden or not is_hidden
        elif name == names.style:
            self._style = attributes.get(names.style_name, "")
        elif name == names.table_properties and attributes.get(names.display) == "false":
            self._hidden_styles.add(self._style)
            if len(self._hidden_styles) > MAX_HIDDEN_STYLES or len(self._style) > MAX_STYLE_NAME:
                refuse()

    def _begin_row(self, attributes: Attributes) -> None:
        self._row_count = _count(attributes, self._names.rows_repeated)
        self._runs = []
        self._size = self._column = self._filled = 0

    def _end_row(self) -> None:
        if self._runs or self._size > self._limit:
            if self._number + self._row_count - 1 > MAX_ROWS:
                raise DamagedFile
            self._done.append(RowRun(self._number, self._row_count, self._runs, self._size))
        self._number += self._row_count

    def _begin_cell(self, name: str, attributes: Attributes) -> None:
        self._cell_depth = self._depth
        self._cell = attributes
        self._is_covered = name == self._names.covered_cell
        self._paragraphs.clear()
        self._size_before = self._size

    def _end_cell(self) -> None:
        self._cell_depth = 0
        count = _count(self._cell, self._names.columns_repeated)
        self._column += count
        if self._size > self._limit:
            return
        # From here on the value counts, and no longer what it was read from.
        self._size = self._size_before
        # A covered cell is under a larger one, and what may be in it is not shown.
        if not self._is_covered and (cell := self._value("\n".join(self._paragraphs))):
            self._add(quoted(cell), count)

    def _add(self, cell: bytes, count: int) -> None:
        if self._column > MAX_COLUMNS:
            raise DamagedFile
        self._size += len(cell) * count
        if self._size <= self._limit:
            if blank := self._column - count - self._filled:
                self._runs.append(CellRun(b"", blank))
            self._runs.append(CellRun(cell, count))
            self._filled = self._column

    def _value(self, text: str) -> str:
        """The value of this cell; `text` is how it is shown."""
        names, cell = self._names, self._cell
        kind = cell.get(names.value_type)
        if kind in ("float", "currency", "percentage"):
            return _number(cell.get(names.value, text), text)
        if kind == "date":
            return moment(cell.get(names.date_value, text))
        if kind == "time":
            return duration(cell.get(names.time_value, text))
        if kind == "boolean":
            return cell.get(names.boolean_value, text)
        # The text of an error is shown and not stored.
        return cell.get(names.string_value) or text

    def _start_in_cell(self, name: str, attributes: Attributes) -> None:
        names = self._names
        if not self._listens:
            # The paragraphs of a comment or drawing are deeper.
            is_direct = self._depth == self._cell_depth + 1
            self._listens = is_direct and name == names.paragraph
        elif name == names.space:
            count = _count(attributes, names.space_count)
            self._take(_SPACE * min(count, max(self._limit + 1 - self._size, 0)))
        elif name == names.tab:
            self._take(_TAB)
        elif name == names.line_break:
            self._take(_LINE_BREAK)
        elif names.is_no_text(name):
            self._silent_depth = self._depth
            self._listens = False

    def _end_in_cell(self, name: str) -> None:
        depth = self._depth + 1
        if depth == self._silent_depth:
            self._silent_depth = 0
            self._listens = True
        elif depth == self._cell_depth:
            self._end_cell()
        elif self._listens and depth == self._cell_depth + 1:
            self._listens = False
            self._end_paragraph()

    def _end_paragraph(self) -> None:
        # The line break before the next one counts too, or empty ones would fill the memory.
        self._size += 1
        if self._size <= self._limit:
            # A space at the end stays: LibreOffice writes it so, although the standard drops it.
            text = _WHITE_SPACE.sub(" ", "".join(self._pieces)).lstrip(" ")
            self._paragraphs.append(text.translate(_KEPT))
        self._pieces.clear()

    def _take(self, data: str) -> None:
        if self._listens:
            self._size += len(data)
            if self._size <= self._limit:
                self._pieces.append(data)


class OdsNames:
    """The names of elements and attributes, with the prefixes that the root declares."""

    def __init__(self, root: Attributes) -> None:
        self._prefixes = {uri: key.partition(":")[2] for key, uri in root.items()}
        self.style = self._name("style", "style")
        self.style_name = self._name("style", "name")
        self.table_properties = self._name("style", "table-properties")
        self.display = self._name("table", "display")
        self.table = self._name("table", "table")
        self.table_style = self._name("table", "style-name")
        self.row = self._name("table", "table-row")
        self.rows_repeated = self._name("table", "number-rows-repeated")
        self.cell = self._name("table", "table-cell")
        self.covered_cell = self._name("table", "covered-table-cell")
        self.cells = (self.cell, self.covered_cell)
        self.columns_repeated = self._name("table", "number-columns-repeated")
        self.value_type = self._name("office", "value-type")
        self.value = self._name("office", "value")
        self.date_value = self._name("office", "date-value")
        self.time_value = self._name("office", "time-value")
        self.boolean_value = self._name("office", "boolean-value")
        self.string_value = self._name("office", "string-value")
        self.paragraph = self._name("text", "p")
        self.space = self._name("text", "s")
        self.space_count = self._name("text", "c")
        self.tab = self._name("text", "tab")
        self.line_break = self._name("text", "line-break")
        self._drawing = self._name("drawing", "")

    def is_no_text(self, name: str) -> bool:
        """Whether the text of an element in a paragraph is no part of it, as that of a comment."""
        return local(name) in _NO_TEXT or name.startswith(self._drawing)

    def _name(self, namespace: str, local_name: str) -> str:
        uri = f"urn:oasis:names:tc:opendocument:xmlns:{namespace}:1.0"
        return f"{self._prefixes.get(uri, namespace)}:{local_name}"


# A comment, a footnote, and the pronunciation of a text.
_NO_TEXT: Final = ("annotation", "note", "ruby-text")


def _number(value: str, shown: str) -> str:
    """A number; with the zeros in front that are shown, for they belong to an identifier."""
    plain = number(value)
    is_same = _ZERO_FILLED.fullmatch(shown) and (shown.lstrip("0") or "0") == plain
    return shown if is_same else plain


def _count(attributes: Attributes, name: str) -> int:
    value = attributes.get(name, "1")
    if not (value.isascii() and value.isdigit() and len(value) < 10):
        raise DamagedFile
    return max(int(value), 1)
