"""Records to rows: each cell judged and brought into the form in which it is staged."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final, NamedTuple

from product_files.faults import RowCode, message_of, shortened
from product_files.judging.columns import ColumnMapping
from product_files.judging.field_names import ATTRIBUTE
from product_files.judging.prices import MAX_CELL_LENGTH, PriceFault, read_price
from products.fields import (
    DESCRIPTION_LENGTH,
    FIELDS,
    NAME_LENGTH,
    SKU_LENGTH,
    Blank,
    Field,
    for_each_field,
)
from products.formula_guard import unguard
from products.sku import SKU_TRIM, clean_sku

# A value for each of FIELDS, then the attributes as JSON; None for what the row does not have.
JudgedRow = tuple[Any, ...]
Cells = list[str]
CellJudge = Callable[[str], str | bool | None]

ACTIVE_WORDS: Final = {
    **dict.fromkeys(("true", "yes", "1", "y", "t", "active", "published"), True),
    **dict.fromkeys(("false", "no", "0", "n", "f", "inactive", "draft"), False),
}

_encode: Final = json.JSONEncoder(ensure_ascii=False).encode


class RowFault(NamedTuple):
    """Why a row is rejected: the code, the field (empty: the record itself) and its cell."""

    code: RowCode
    column: str = ""
    value: str = ""

    @property
    def message(self) -> str:
        return message_of(self.code, self.value)


class _Rejected(Exception):
    def __init__(self, code: RowCode, column: str, cell: str) -> None:
        super().__init__(code, column)
        self.fault = RowFault(code, column, shortened(cell))


def compile_judge(
    mapping: ColumnMapping, *, blank: str = "clear"
) -> Callable[[Cells], JudgedRow | RowFault]:
    """A function that judges a row; it takes as many cells as the header has columns.

    `blank` is `clear` if a blank cell clears what is stored, `keep` if it means nothing. The cells
    are judged in the order of FIELDS; the first fault is returned.
    """
    keeps = blank == "keep"
    # For a field without a column any cell will do: it is not looked at.
    steps = [
        (_cell_judge(field, mapping, keeps=keeps), mapping.index_of(field.name) or 0)
        for field in FIELDS
    ]
    attributes = mapping.attributes

    def judge(cells: Cells) -> JudgedRow | RowFault:
        values: list[str | bool | None] = []
        try:
            for judge_cell, index in steps:
                values.append(judge_cell(cells[index]))
            values.append(_attributes(cells, attributes, keeps=keeps) if attributes else None)
        except _Rejected as rejected:
            return rejected.fault
        return tuple(values)

    return judge


def _cell_judge(field: Field, mapping: ColumnMapping, *, keeps: bool) -> CellJudge:
    if mapping.index_of(field.name) is None:
        return _absent
    judge = _CELL_JUDGES[field.name]
    if keeps and field.blank is Blank.REFUSED_UNLESS_KEPT:
        return lambda cell: judge(cell) if cell.strip(SKU_TRIM) else None
    if keeps and field.blank is Blank.CLEARS_UNLESS_KEPT:
        return lambda cell: judge(cell) or None
    return judge


def _absent(_cell: str) -> None:
    return None


def _sku(cell: str) -> str:
    text = unguard(cell) if "'" in cell else cell
    # ASCII needs no composing, and `strip` removes the same characters as SKU_TRIM.
    text = text.strip() if text.isascii() else clean_sku(text)
    if not text:
        raise _Rejected("sku_missing", "sku", cell)
    if len(text) > SKU_LENGTH:
        raise _Rejected("sku_too_long", "sku", cell)
    return text


def _name(cell: str) -> str:
    text = unguard(cell) if "'" in cell else cell
    text = text.strip() if text.isascii() else text.strip(SKU_TRIM)
    if not text:
        raise _Rejected("name_missing", "name", cell)
    if len(text) > NAME_LENGTH:
        raise _Rejected("name_too_long", "name", cell)
    return text


def _description(cell: str) -> str:
    text = unguard(cell) if "'" in cell else cell
    if len(text) > DESCRIPTION_LENGTH:
        raise _Rejected("description_too_long", "description", cell)
    return text


# A file has few different prices, and fewer words. The cache does not keep what raises an error.
@lru_cache(maxsize=16_384)
def _price(cell: str) -> str | None:
    try:
        return read_price(unguard(cell))
    except PriceFault as fault:
        raise _Rejected(fault.code, "price", cell) from None


@lru_cache(maxsize=256)
def _active(cell: str) -> bool | None:
    word = unguard(cell).strip(SKU_TRIM).casefold()
    if (word and word not in ACTIVE_WORDS) or len(cell) > MAX_CELL_LENGTH:
        raise _Rejected("active_invalid", "active", cell)
    return ACTIVE_WORDS.get(word)


_CELL_JUDGES: Final[dict[str, CellJudge]] = for_each_field(
    {
        "sku": _sku,
        "name": _name,
        "description": _description,
        "price": _price,
        "active": _active,
    }
)


def _attributes(cells: Cells, columns: tuple[tuple[int, str], ...], *, keeps: bool) -> str | None:
    """{name: value} as JSON; null removes the attribute."""
    values: dict[str, str | None] = {}
    for index, name in columns:
        text = unguard(cells[index])
        if len(text) > DESCRIPTION_LENGTH:
            raise _Rejected("attribute_too_long", ATTRIBUTE + name, text)
        if text or not keeps:
            values[name] = text or None
    return _encode(values) if values else None
