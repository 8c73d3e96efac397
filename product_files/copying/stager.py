"""Records to staged rows: each one judged, and written as COPY takes it into the staging table."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from product_files.copying.plain import PlainRows, compile_shortcut
from product_files.judging.columns import ColumnMapping
from product_files.judging.rows import JudgedRow, RowFault, compile_judge
from product_files.reading.records import Layout, Record, Shortcut, no_shortcut
from products.fields import COLUMN_NAMES, FIELD_NAMES, SKU_LENGTH
from products.formula_guard import unguard
from products.sku import clean_sku

# The values of _STAGED_COLUMNS: line, fields, why the row is rejected, and its cells as read.
_StagedRow = tuple[object, ...]

# Columns of the staging table that follow the fields, for every file.
_COLUMNS_AFTER_FIELDS: Final = ("attributes", "code", '"column"', "value", "cells")
# All columns of the staging table that are filled from a file.
_STAGED_COLUMNS: Final = ("line", *FIELD_NAMES, *_COLUMNS_AFTER_FIELDS)
_CODE_AT: Final = _STAGED_COLUMNS.index("code")
_NAME_AT: Final = FIELD_NAMES.index("name")
# The values of a rejected row between its SKU and its code.
_NO_VALUES: Final = (None,) * len(COLUMN_NAMES[1:])


@dataclass(frozen=True, kw_only=True)
class StagingOptions:
    """The layout of a file, its mapping, and the options that change what is staged."""

    layout: Layout
    mapping: ColumnMapping
    # `clear` or `keep`, as compile_judge takes it.
    blank: str = "clear"
    # Whether the cells of every row are kept: the catalogue may still be a reason to refuse it.
    keeps_cells: bool = False

    @property
    def columns(self) -> list[str]:
        """The columns of the staging table that COPY fills, in their order."""
        return ["line", *(field for _, field in self.mapping.fields), *_COLUMNS_AFTER_FIELDS]


class StagedBatch(NamedTuple):
    """Rows as COPY takes them in its CSV format, and how many there are."""

    text: bytes
    rows: int
    rejected: int


class Stager:
    """Stages the records of one file."""

    def __init__(self, options: StagingOptions) -> None:
        self._sku = options.mapping.sku
        self._keeps_cells = options.keeps_cells
        self._judge = compile_judge(options.mapping, blank=options.blank)
        self._delimiter = options.layout.delimiter
        self._order = [_STAGED_COLUMNS.index(column) for column in options.columns]
        # For the reader: makes rows of plain records without reading their cells.
        self.shortcut = _compile_shortcut(options)

    def stage(self, records: Sequence[Record | PlainRows]) -> StagedBatch:
        """The rows of some records, good and bad ones in their order.

        `records` may contain rows that the shortcut has made.
        """
        rows = [self._row(record) for record in records if not isinstance(record, PlainRows)]
        written = iter(copy_text(rows, self._order, self._delimiter))
        texts = [each.text if isinstance(each, PlainRows) else next(written) for each in records]
        plain = sum(each.rows for each in records if isinstance(each, PlainRows))
        rejected = sum(row[_CODE_AT] is not None for row in rows)
        return StagedBatch(b"".join(texts), plain + len(rows), rejected)

    def _row(self, record: Record) -> _StagedRow:
        line, cells, code = record
        row: JudgedRow | RowFault = RowFault(code) if code else self._judge(cells)
        if isinstance(row, RowFault):
            return (line, self._readable_sku(cells), *_NO_VALUES, *row, json.dumps(cells))
        # A row without a name may still be refused as well: the product may be new.
        kept = json.dumps(cells) if self._keeps_cells or row[_NAME_AT] is None else None
        return (line, *row, None, None, None, kept)

    def _readable_sku(self, cells: list[str]) -> str | None:
        """The SKU of a rejected row, if any: its product must not count as missing."""
        sku = clean_sku(unguard(cells[self._sku])) if self._sku < len(cells) else ""
        return sku if 0 < len(sku) <= SKU_LENGTH else None


def _compile_shortcut(options: StagingOptions) -> Shortcut[PlainRows]:
    if options.keeps_cells:
        return no_shortcut
    nothing = options.layout.delimiter.join("" for _ in _COLUMNS_AFTER_FIELDS)
    return compile_shortcut(options.mapping, options.layout, nothing.encode())


def copy_text(rows: Sequence[_StagedRow], order: Sequence[int], delimiter: str) -> list[bytes]:
    """Rows in the CSV format of COPY: the values at the indexes `order` of each; None is empty.

    Column by column, which takes less time than row by row.
    https://www.postgresql.org/docs/current/sql-copy.html#SQL-COPY-CSV-FORMAT
    """
    columns = list(zip(*rows, strict=True))
    texts = [_column_texts(columns[at]) for at in order] if columns else []
    return [f"{row}\n".encode() for row in map(delimiter.join, zip(*texts, strict=True))]


def _column_texts(values: Sequence[object]) -> Sequence[str]:
    kinds = set(map(type, values))
    if kinds == {type(None)}:
        return [""] * len(values)
    texts = ["" if value is None else str(value) for value in values]
    return _quoted(texts) if str in kinds else texts


def _quoted(texts: list[str]) -> list[str]:
    # All at once: no cell contains NUL, the separator here, because such a row is rejected.
    doubled = "\0".join(texts).replace('"', '""').split("\0")
    return [f'"{text}"' for text in doubled]
