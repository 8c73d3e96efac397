"""Records to staged rows: each one judged, and written as COPY takes it into the staging table."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from imports.mapping import Mapping
from imports.plain import compile_shortcut
from imports.readers.records import Layout, Piece, Record, Shortcut, no_shortcut, read_sound
from imports.rows import Fault, Row, compile_judge
from products.formula_guard import unguard
from products.limits import SKU_LENGTH
from products.sku import clean_sku

# Line, what the row says, why it is rejected, and its cells as they were read.
_StagedRow = tuple[object, ...]

NULL: Final = r"\N"
# Between cells that are escaped together: no cell has it, for its row was rejected.
_SEPARATOR: Final = "\0"
# The backslash first, for the others bring new ones.
_ESCAPES: Final = {"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"}


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What has to be known of a file to stage its records."""

    layout: Layout
    mapping: Mapping
    # `clear` or `keep`, as compile_judge takes it.
    blank: str = "clear"
    # Whether every row can still be refused, for what the catalogue has or has not.
    keeps_cells: bool = False


class Staged(NamedTuple):
    """Rows as COPY takes them in its text format, and how many there are."""

    text: bytes
    rows: int
    rejected: int


class Stager:
    """Stages the records of one file."""

    def __init__(self, recipe: Recipe) -> None:
        self._layout = recipe.layout
        self._sku = recipe.mapping.sku
        self._keeps_cells = recipe.keeps_cells
        self._judge = compile_judge(recipe.mapping, blank=recipe.blank)
        # For the lines of which a row can be made at once.
        self.shortcut = _compile_shortcut(recipe)

    def stage_sound(self, piece: Piece) -> Staged | None:
        """The rows of a piece by itself; None where its neighbours have to be known for that."""
        records, used = read_sound(piece, self._layout, self.shortcut)
        return self.stage(records) if used == len(piece.lines) else None

    def stage(self, records: Sequence[Record | bytes]) -> Staged:
        """The rows of some records, good and bad side by side in their order.

        Among them may be rows that the shortcut has made.
        """
        rows = [self._row(record) for record in records if not isinstance(record, bytes)]
        written = iter(copy_text(rows))
        texts = [each if isinstance(each, bytes) else next(written) for each in records]
        rejected = sum(row[_CODE] is not None for row in rows)
        return Staged(b"".join(texts), len(texts), rejected)

    def _row(self, record: Record) -> _StagedRow:
        line, cells, code = record
        row: Row | Fault = Fault(code) if code else self._judge(cells)
        if isinstance(row, Fault):
            named = (self._legible_sku(cells), None, None, None, None, None)
            return (line, *named, *row, json.dumps(cells))
        # A row without a name can still be refused too: the product may be new.
        kept = json.dumps(cells) if self._keeps_cells or row[1] is None else None
        return (line, *row, None, None, None, kept)

    def _legible_sku(self, cells: list[str]) -> str | None:
        """What a rejected row names all the same, so that it does not count as missing."""
        sku = clean_sku(unguard(cells[self._sku])) if self._sku < len(cells) else ""
        return sku if 0 < len(sku) <= SKU_LENGTH else None


_CODE: Final = 7


def _compile_shortcut(recipe: Recipe) -> Shortcut[bytes]:
    if recipe.keeps_cells or not recipe.layout.is_usual:
        return no_shortcut
    # Attributes, why it is rejected, and its cells.
    rest = "\t".join([NULL] * 5)
    return compile_shortcut(
        recipe.mapping,
        delimiter=recipe.layout.delimiter,
        blank=recipe.blank,
        rest=rest.encode(),
    )


def copy_text(rows: Sequence[_StagedRow]) -> list[bytes]:
    """Rows in the text format of COPY; column by column, because most need nothing escaped.

    https://www.postgresql.org/docs/current/sql-copy.html#SQL-COPY-FILE-FORMATS
    """
    columns = map(_written, zip(*rows, strict=True))
    return [f"{row}\n".encode() for row in map("\t".join, zip(*columns, strict=True))]


def _written(values: Sequence[object]) -> Sequence[str]:
    kinds = set(map(type, values))
    if kinds == {type(None)}:
        return [NULL] * len(values)
    texts = ["" if value is None else str(value) for value in values]
    if str in kinds:
        texts = _escaped(texts)
    if type(None) in kinds:
        pairs = zip(values, texts, strict=True)
        return [NULL if value is None else text for value, text in pairs]
    return texts


def _escaped(texts: list[str]) -> list[str]:
    joined = _SEPARATOR.join(texts)
    if not any(character in joined for character in _ESCAPES):
        return texts
    for character, escape in _ESCAPES.items():
        joined = joined.replace(character, escape)
    return joined.split(_SEPARATOR)
