"""Records to staged rows: each one judged, and written as COPY takes it into the staging table."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from product_files.copying.plain import Plain, compile_shortcut
from product_files.judging.columns import ColumnMapping
from product_files.judging.rows import Fault, Row, compile_judge
from product_files.reading.records import Layout, Record, Shortcut, no_shortcut
from products.fields import COLUMN_NAMES, FIELD_NAMES, SKU_LENGTH
from products.formula_guard import unguard
from products.sku import clean_sku

# Line, what the row says, why it is rejected, and its cells as they were read.
_StagedRow = tuple[object, ...]

# What every file has behind its fields.
_REST: Final = ("attributes", "code", '"column"', "value", "cells")
# All that is staged of a row.
_COLUMNS: Final = ("line", *FIELD_NAMES, *_REST)
_CODE: Final = _COLUMNS.index("code")
_NAME: Final = FIELD_NAMES.index("name")
# What a rejected row has between its SKU and the reason.
_NOTHING: Final = (None,) * len(COLUMN_NAMES[1:])


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What has to be known of a file to stage its records."""

    layout: Layout
    mapping: ColumnMapping
    # `clear` or `keep`, as compile_judge takes it.
    blank: str = "clear"
    # Whether every row can still be refused, for what the catalogue has or has not.
    keeps_cells: bool = False

    @property
    def columns(self) -> list[str]:
        """Those of the staging table that are copied, in their order."""
        return ["line", *(field for _, field in self.mapping.fields), *_REST]


class Staged(NamedTuple):
    """Rows as COPY takes them in its CSV format, and how many there are."""

    text: bytes
    rows: int
    rejected: int


class Stager:
    """Stages the records of one file."""

    def __init__(self, recipe: Recipe) -> None:
        self._sku = recipe.mapping.sku
        self._keeps_cells = recipe.keeps_cells
        self._judge = compile_judge(recipe.mapping, blank=recipe.blank)
        self._delimiter = recipe.layout.delimiter
        self._order = [_COLUMNS.index(column) for column in recipe.columns]
        # For the lines of which rows can be made at once.
        self.shortcut = _compile_shortcut(recipe)

    def stage(self, records: Sequence[Record | Plain]) -> Staged:
        """The rows of some records, good and bad side by side in their order.

        Among them may be rows that the shortcut has made.
        """
        rows = [self._row(record) for record in records if not isinstance(record, Plain)]
        written = iter(copy_text(rows, self._order, self._delimiter))
        texts = [each.text if isinstance(each, Plain) else next(written) for each in records]
        plain = sum(each.rows for each in records if isinstance(each, Plain))
        rejected = sum(row[_CODE] is not None for row in rows)
        return Staged(b"".join(texts), plain + len(rows), rejected)

    def _row(self, record: Record) -> _StagedRow:
        line, cells, code = record
        row: Row | Fault = Fault(code) if code else self._judge(cells)
        if isinstance(row, Fault):
            return (line, self._legible_sku(cells), *_NOTHING, *row, json.dumps(cells))
        # A row without a name can still be refused too: the product may be new.
        kept = json.dumps(cells) if self._keeps_cells or row[_NAME] is None else None
        return (line, *row, None, None, None, kept)

    def _legible_sku(self, cells: list[str]) -> str | None:
        """What a rejected row names all the same, so that it does not count as missing."""
        sku = clean_sku(unguard(cells[self._sku])) if self._sku < len(cells) else ""
        return sku if 0 < len(sku) <= SKU_LENGTH else None


def _compile_shortcut(recipe: Recipe) -> Shortcut[Plain]:
    if recipe.keeps_cells:
        return no_shortcut
    nothing = recipe.layout.delimiter.join("" for _ in _REST)
    return compile_shortcut(recipe.mapping, recipe.layout, nothing.encode())


def copy_text(rows: Sequence[_StagedRow], order: Sequence[int], delimiter: str) -> list[bytes]:
    """Rows in the CSV format of COPY, of each the values at these places; None is empty.

    Column by column, which takes less time than row by row.
    https://www.postgresql.org/docs/current/sql-copy.html#SQL-COPY-CSV-FORMAT
    """
    columns = list(zip(*rows, strict=True))
    texts = [_written(columns[at]) for at in order] if columns else []
    return [f"{row}\n".encode() for row in map(delimiter.join, zip(*texts, strict=True))]


def _written(values: Sequence[object]) -> Sequence[str]:
    kinds = set(map(type, values))
    if kinds == {type(None)}:
        return [""] * len(values)
    texts = ["" if value is None else str(value) for value in values]
    return _quoted(texts) if str in kinds else texts


def _quoted(texts: list[str]) -> list[str]:
    # All at once: no cell has the separator, for its row was rejected.
    doubled = "\0".join(texts).replace('"', '""').split("\0")
    return [f'"{text}"' for text in doubled]
