"""Records to columns: the last step. The header is the first record that has a cell with text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from imports.faults import FileCode, FileFault, RowCode
from imports.readers.records import Record
from products.formula_guard import unguard
from products.sku import SKU_TRIM

_FAULTS: Final[dict[RowCode, tuple[FileCode, str]]] = {
    "bad_encoding": ("undecodable", "The header is not UTF-8; save the file as UTF-8."),
    "nul_character": ("unsupported_format", "This is no text file; save it as CSV in UTF-8."),
    "unclosed_quote": ("no_header", "The header has a quote that is not closed."),
    "record_too_large": ("no_header", "The first line is too long to be a header."),
}
_OTHER_DELIMITERS: Final = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}


def find_header(records: Iterator[Record], limit: int) -> tuple[int, list[str]]:
    """The line and the columns of the header; a column without a name is called by its position.

    Raises FileFault where no record will do, or one with more than `limit` columns.
    """
    separators = False
    for line, cells, code in records:
        if code:
            raise FileFault(*_FAULTS[code])
        if any(map(_name, cells)):
            return line, _columns(cells, limit)
        separators = separators or len(cells) > 1
    if separators:
        raise FileFault("no_header", "No line of the file names its columns.")
    raise FileFault("empty_file", "The file is empty.")


def _columns(cells: list[str], limit: int) -> list[str]:
    if len(cells) > limit:
        raise FileFault(
            "too_many_columns", f"The file has {len(cells):,} columns; {limit} are allowed."
        )
    for delimiter, name in _OTHER_DELIMITERS.items():
        if len(cells) == 1 and delimiter in cells[0]:
            raise FileFault(
                "unsupported_format",
                f"The columns seem to be separated by {name}; save the file with commas.",
            )
    return [_name(cell) or f"Column {number}" for number, cell in enumerate(cells, start=1)]


def _name(cell: str) -> str:
    return unguard(cell).strip(SKU_TRIM)
