"""Records to columns, the last step. Whatever is above the header, such as a title, is left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from product_files.faults import FileCode, FileFault, RowCode
from product_files.reading.encoding import NO_TEXT
from product_files.reading.records import Record
from products.formula_guard import unguard
from products.sku import SKU_TRIM

# Whether one of these columns contains the SKU.
NamesSku = Callable[[Sequence[str]], bool]

# The records in which a column with the SKU is looked for.
MAX_RECORDS_SEARCHED: Final = 50

_FAULTS: Final[dict[RowCode, tuple[FileCode, str]]] = {
    "bad_encoding": (
        "undecodable",
        "The header can't be read in this encoding. Choose another, or save the file as UTF-8.",
    ),
    "nul_character": NO_TEXT,
    "unclosed_quote": ("no_header", "The header has a quote that is not closed."),
    "record_too_large": ("no_header", "The first line is too long to be a header."),
}


def names_of(cells: Sequence[str]) -> list[str]:
    """The names of the columns; one without a name is named by its position."""
    return [_name(cell) or f"Column {number}" for number, cell in enumerate(cells, start=1)]


def find_header(
    records: Sequence[Record], *, width: int, limit: int, names_sku: NamesSku
) -> Record:
    """The header, with the names of the columns as its cells.

    `width` is the number of cells of most records. The header is the record that names the SKU, if
    each record above it has another number of cells, or text in at most one. Otherwise it is the
    first record with text in two cells, or else in one. A quote that is not closed belongs to a
    name, if there are as many names as cells below.

    Raises FileFault if no record can be the header, or it has more than `limit` columns.
    """
    line, cells, code = _naming(records, names_sku) or _first(records, width)
    if code and not (code == "unclosed_quote" and len(cells) == width > 1):
        raise FileFault(*_FAULTS[code])
    if len(cells) > limit:
        raise FileFault(
            "too_many_columns", f"The file has {len(cells):,} columns; {limit} are allowed."
        )
    return line, names_of(cells), code


def _naming(records: Sequence[Record], names_sku: NamesSku) -> Record | None:
    for index, (_, cells, code) in enumerate(records[:MAX_RECORDS_SEARCHED]):
        if not code and names_sku(names_of(cells)):
            is_first = all(_is_above(record, len(cells)) for record in records[:index])
            return records[index] if is_first else None
    return None


def _is_above(record: Record, width: int) -> bool:
    """Whether a record can be above a header of this width without being one itself."""
    _, cells, code = record
    return bool(code) or len(cells) != width or _filled(cells) < 2


def _first(records: Sequence[Record], width: int) -> Record:
    for least in range(min(width, 2), 0, -1):
        for record in records:
            if record[2] or _filled(record[1]) >= least:
                return record
    if any(len(cells) > 1 for _, cells, _ in records):
        raise FileFault("no_header", "No line of the file names its columns.")
    raise FileFault("empty_file", "The file is empty.")


def _filled(cells: Sequence[str]) -> int:
    return sum(map(bool, map(_name, cells)))


def _name(cell: str) -> str:
    return unguard(cell).strip(SKU_TRIM)
