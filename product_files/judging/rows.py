"""Records to rows: each cell judged and brought into the form in which it is staged."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache
from typing import Final, NamedTuple, TypeVar

from product_files.faults import RowCode, message_of, shortened
from product_files.judging.mapping import ATTRIBUTE, Mapping
from product_files.judging.prices import MAX_LENGTH, PriceFault, read_price
from products.formula_guard import unguard
from products.limits import DESCRIPTION_LENGTH, NAME_LENGTH, SKU_LENGTH
from products.sku import SKU_TRIM, clean_sku

# sku, name, description, price, active, attributes (JSON); None says nothing about a field.
Row = tuple[str, str | None, str | None, str | None, bool | None, str | None]
Cells = list[str]

WORDS: Final = {
    **dict.fromkeys(("true", "yes", "1", "y", "t", "active", "published"), True),
    **dict.fromkeys(("false", "no", "0", "n", "f", "inactive", "draft"), False),
}

T = TypeVar("T")

_encode: Final = json.JSONEncoder(ensure_ascii=False).encode


class Fault(NamedTuple):
    """Why a row is rejected: the code, the field (empty: the record itself), what its cell says."""

    code: RowCode
    column: str = ""
    value: str = ""

    @property
    def message(self) -> str:
        return message_of(self.code, self.value)


class _Rejected(Exception):
    def __init__(self, code: RowCode, column: str, cell: str) -> None:
        super().__init__(code, column)
        self.fault = Fault(code, column, shortened(cell))


def compile_judge(mapping: Mapping, *, blank: str = "clear") -> Callable[[Cells], Row | Fault]:
    """A function that judges the cells of a row that has as many as the header has columns.

    `blank` is `clear` where a blank cell clears what is stored, `keep` where it says nothing.
    The faults of a row come in the order of Row; the first is returned.
    """
    keeps = blank == "keep"
    columns = mapping.attributes
    sku_at = mapping.sku
    name_at, name = _column(mapping.name, _kept_name if keeps else _name)
    description_at, description = _column(
        mapping.description, _kept_description if keeps else _description
    )
    price_at, price = _column(mapping.price, _price)
    active_at, active = _column(mapping.active, _active)

    def judge(cells: Cells) -> Row | Fault:
        try:
            return (
                _sku(cells[sku_at]),
                name(cells[name_at]),
                description(cells[description_at]),
                price(cells[price_at]),
                active(cells[active_at]),
                _attributes(cells, columns, keeps=keeps) if columns else None,
            )
        except _Rejected as rejected:
            return rejected.fault

    return judge


def _column(index: int | None, judge: Callable[[str], T]) -> tuple[int, Callable[[str], T | None]]:
    """Where a column is, and what judges its cells; of a column that is absent, any cell does."""
    return (0, _absent) if index is None else (index, judge)


def _absent(_cell: str) -> None:
    return None


def _sku(cell: str) -> str:
    text = unguard(cell) if "'" in cell else cell
    # Of ASCII, `strip` takes off just what SKU_TRIM has, and there is nothing to compose.
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


def _kept_name(cell: str) -> str | None:
    return _name(cell) if cell.strip(SKU_TRIM) else None


def _description(cell: str) -> str:
    text = unguard(cell) if "'" in cell else cell
    if len(text) > DESCRIPTION_LENGTH:
        raise _Rejected("description_too_long", "description", cell)
    return text


def _kept_description(cell: str) -> str | None:
    return _description(cell) or None


# A file has few different prices and fewer words. What is rejected is not kept.
@lru_cache(maxsize=16_384)
def _price(cell: str) -> str | None:
    try:
        return read_price(unguard(cell))
    except PriceFault as fault:
        raise _Rejected(fault.code, "price", cell) from None


@lru_cache(maxsize=256)
def _active(cell: str) -> bool | None:
    word = unguard(cell).strip(SKU_TRIM).casefold()
    if (word and word not in WORDS) or len(cell) > MAX_LENGTH:
        raise _Rejected("active_invalid", "active", cell)
    return WORDS.get(word)


def _attributes(cells: Cells, columns: tuple[tuple[int, str], ...], *, keeps: bool) -> str | None:
    """{name: value} as JSON; null takes the attribute away."""
    values: dict[str, str | None] = {}
    for index, name in columns:
        text = unguard(cells[index])
        if len(text) > DESCRIPTION_LENGTH:
            raise _Rejected("attribute_too_long", ATTRIBUTE + name, text)
        if text or not keeps:
            values[name] = text or None
    return _encode(values) if values else None
