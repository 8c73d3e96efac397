"""Lines to cells: the dialect of a file is what separates its cells and what quotes them.

The rules are those of RFC 4180 and of Python's `csv` with `strict`: a cell that begins with a
quote ends with one and may hold delimiters, line ends and doubled quotes. A quote inside a cell
that does not begin with one (`5" pipe`) is a character like any other, unless it may be the
beginning of a cell that has lost its delimiter (`12.50"Mug, blue"`).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _csv import Reader


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """How lines are cut into cells. If it is `spaced`, spaces before a cell do not belong to it."""

    delimiter: str = ","
    quote: str = '"'
    spaced: bool = False

    @property
    def is_usual(self) -> bool:
        """Whether it is one of the dialects of most files, which are read fastest."""
        return self.quote == '"' and not self.spaced

    def read(self, text: str, others: Iterator[str]) -> tuple[list[str], int]:
        """The cells of the record that begins with `text`, and its number of lines.

        A blank line has no cells. If the record goes on, lines are taken from `others`. Raises
        csv.Error if a quote is not closed, or text follows one that closes.
        """
        if self.quote in text:
            reader = self._reader(chain((text,), others))
            cells = next(reader)
            if reader.line_num == 1 and self._is_torn(text, cells):
                raise csv.Error
            return cells, reader.line_num
        content = text.rstrip("\r\n")
        if self.spaced:
            return self.split(content) if content else [], 1
        return content.split(self.delimiter) if content else [], 1

    def _reader(self, texts: Iterator[str]) -> Reader:
        return csv.reader(
            texts,
            delimiter=self.delimiter,
            quotechar=self.quote,
            skipinitialspace=self.spaced,
            strict=True,
        )

    def split(self, line: str) -> list[str]:
        """The cells of a line without a quote and without its line end."""
        cells = line.split(self.delimiter)
        return [cell.lstrip(" ") for cell in cells] if self.spaced else cells

    def split_anyhow(self, line: str) -> list[str]:
        """The cells of a line with broken quotes.

        Whole cells lose their quotes. The others keep them, so that a person sees what to mend.
        """
        return [self._unquoted(cell) for cell in self._anyhow.findall(line + self.delimiter)]

    def _is_torn(self, line: str, cells: list[str]) -> bool:
        """Whether the delimiter before a quoted cell seems to be lost, as in `12.50"Mug, blue"`.

        Then a cell has an odd quote with text behind it, and a later cell ends with a quote.
        """
        if not any(self.quote in cell for cell in cells):
            return False
        is_open = False
        for written in self._anyhow.findall(line.rstrip("\r\n") + self.delimiter):
            cell = written.lstrip(" ") if self.spaced else written
            if self._whole.fullmatch(cell):
                is_open = False
            elif is_open and cell.endswith(self.quote):
                return True
            elif cell.count(self.quote) % 2 and self._opening.match(cell):
                is_open = True
        return False

    def _unquoted(self, cell: str) -> str:
        cell = cell.lstrip(" ") if self.spaced else cell
        is_whole = len(cell) > 1 and self._whole.fullmatch(cell)
        return cell[1:-1].replace(2 * self.quote, self.quote) if is_whole else cell

    @cached_property
    def _opening(self) -> re.Pattern[str]:
        quote = re.escape(self.quote)
        return re.compile(f"[^{quote}]+{quote}[^{quote}\\s]")

    @cached_property
    def _whole(self) -> re.Pattern[str]:
        quote = re.escape(self.quote)
        return re.compile(f"{quote}(?:[^{quote}]++|{quote}{quote})*+{quote}")

    @cached_property
    def _anyhow(self) -> re.Pattern[str]:
        delimiter, spaces = re.escape(self.delimiter), " *+" if self.spaced else ""
        return re.compile(
            f"({spaces}{self._whole.pattern}(?={delimiter})|[^{delimiter}]*+){delimiter}"
        )
