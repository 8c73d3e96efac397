"""The specification of an import in plain Python: what a file makes of the catalogue.

It shares no code with the engine, and has no SQL but `lower()`, because that is what identity
means. The tests compare the engine with it.
"""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection


class ProductValues(NamedTuple):
    """The values of a product, without ids, times and jobs."""

    sku: str
    name: str
    description: str
    price: Decimal | None
    active: bool
    attributes: dict[str, str]
    version: int


Catalogue = dict[str, ProductValues]
# The values that a row gives, by field; a field without one is absent.
RowValues = dict[str, Any]


class Outcome(NamedTuple):
    """The result of an import. With an `error_code` the catalogue is as it was before."""

    catalogue: Catalogue
    counts: dict[str, int]
    removed: int
    # (line, code) in file order.
    rejects: list[tuple[int, str]]
    error_code: str


class _Rejected(Exception):
    """A row that is not taken, with the code of its fault."""


ACTIVE_WORDS = {
    **dict.fromkeys(["true", "yes", "1", "y", "t", "active", "published"], True),
    **dict.fromkeys(["false", "no", "0", "n", "f", "inactive", "draft"], False),
}
FIELDS = ("sku", "name", "description", "price", "active")
ZERO_WIDTH = "\u180e\u200b\u200c\u200d\u2060\ufeff"
# Prices as people write them: those that occur in tests.
WRITTEN_PRICES = {"$2": "2", "1,234.50": "1234.50", "3,5 €": "3.50", "USD 7": "7", "+4": "4"}


def expect(data: bytes, before: Catalogue | None = None) -> tuple[Catalogue, dict[str, int]]:
    """The catalogue after an import of a CSV with the default options, and the counts."""
    outcome = foresee(data, before or {})
    return outcome.catalogue, outcome.counts


def foresee(
    data: bytes,
    before: Catalogue,
    *,
    mode: str = "upsert",
    on_error: str = "skip",
    blank: str = "clear",
    missing: str = "keep",
    confirm_missing: int | None = None,
    mapping: dict[str, str] | None = None,
) -> Outcome:
    """The result of an import of a CSV in UTF-8."""
    (_, header), *records = _records(data)
    fields = [_field(column, mapping or {}) for column in header]
    valid, rejects = _judged(records, fields, blank)
    keys = lower(values["sku"] for values in valid.values())
    last = {keys[values["sku"]]: (line, values) for line, values in valid.items()}
    catalogue = dict(before)
    counts = dict.fromkeys(["created", "updated", "unchanged"], 0)
    for key, (line, values) in last.items():
        try:
            catalogue[key], outcome = _applied(values, before.get(key), mode)
            counts[outcome] += 1
        except _Rejected as rejected:
            rejects[line] = str(rejected)
    counts["duplicate"] = len(valid) - len(last)
    counts["rejected"] = len(rejects)
    counts["rows_read"] = len(records)
    removed = _missing(before, _named(records, fields), missing)
    for key in removed:
        product = catalogue.pop(key)
        if missing == "deactivate":
            catalogue[key] = product._replace(active=False, version=product.version + 1)
    error_code = ""
    if on_error == "abort" and rejects:
        error_code = "too_many_errors"
    elif len(removed) * 2 > len(before) and len(removed) != confirm_missing:
        error_code = "too_many_missing"
    catalogue = before if error_code else catalogue
    return Outcome(catalogue, counts, len(removed), sorted(rejects.items()), error_code)


def _records(data: bytes) -> Iterator[tuple[int, list[str]]]:
    """Each record with the line on which it starts; bytes that are not UTF-8 become surrogates."""
    text = data.decode("utf-8-sig", errors="surrogateescape")
    reader = csv.reader(io.StringIO(text, newline=""))
    line = 1
    for cells in reader:
        if cells:
            yield line, cells
        line = reader.line_num + 1


def _field(column: str, mapping: dict[str, str]) -> str:
    own = column if column in FIELDS or column.startswith("attribute:") else "ignore"
    return mapping.get(column, own)


def _judged(
    records: Sequence[tuple[int, list[str]]], fields: list[str], blank: str
) -> tuple[dict[int, RowValues], dict[int, str]]:
    """The values of the valid rows, and the codes of the others, both by line."""
    valid: dict[int, RowValues] = {}
    rejects: dict[int, str] = {}
    for line, cells in records:
        try:
            valid[line] = _row_values(cells, fields, blank)
        except _Rejected as rejected:
            rejects[line] = str(rejected)
    return valid, rejects


def _row_values(cells: list[str], fields: list[str], blank: str) -> RowValues:
    """The values that a row gives. Raises _Rejected."""
    _check_shape(cells, fields)
    by_field = dict(zip(fields, map(_unguarded, cells), strict=True))
    values: RowValues = {"sku": _sku(by_field["sku"]), "attributes": {}}
    if len(values["sku"]) > 64 or not values["sku"]:
        raise _Rejected("sku_too_long" if values["sku"] else "sku_missing")
    for field in FIELDS[1:]:
        if field in by_field:
            values |= JUDGES[field](by_field[field], blank == "clear")
    for field, text in by_field.items():
        if field.startswith("attribute:") and (text or blank == "clear"):
            values["attributes"][field.partition(":")[2]] = text
    return values


def _check_shape(cells: list[str], fields: list[str]) -> None:
    try:
        "".join(cells).encode()
    except UnicodeEncodeError:
        raise _Rejected("bad_encoding") from None
    if any("\0" in cell for cell in cells):
        raise _Rejected("nul_character")
    if len(cells) != len(fields):
        raise _Rejected("wrong_column_count")


def _unguarded(cell: str) -> str:
    return cell[1:] if re.match(r"'+[=+\-@\t\r]", cell) else cell


def _trimmed(text: str) -> str:
    ends = [i for i, c in enumerate(text) if not (c.isspace() or c in ZERO_WIDTH)]
    return text[ends[0] : ends[-1] + 1] if ends else ""


def _sku(text: str) -> str:
    return _trimmed(unicodedata.normalize("NFC", text))


def _name(text: str, clears: bool) -> RowValues:
    name = _trimmed(text)
    if (clears and not name) or len(name) > 255:
        raise _Rejected("name_too_long" if name else "name_missing")
    return {"name": name} if name else {}


def _description(text: str, clears: bool) -> RowValues:
    if len(text) > 65_535:
        raise _Rejected("description_too_long")
    return {"description": text} if text or clears else {}


def _price(text: str, clears: bool) -> RowValues:
    price = WRITTEN_PRICES.get(_trimmed(text), _trimmed(text))
    if not price:
        return {"price": None} if clears else {}
    if not re.fullmatch(r"-?[0-9]+(\.[0-9]{1,2})?", price):
        raise _Rejected("price_invalid")
    if Decimal(price) < 0:
        raise _Rejected("price_negative")
    if Decimal(price) >= 10**10:
        raise _Rejected("price_out_of_range")
    return {"price": Decimal(price)}


def _active(text: str, _clears: bool) -> RowValues:
    word = _trimmed(text).lower()
    if word and word not in ACTIVE_WORDS:
        raise _Rejected("active_invalid")
    return {"active": ACTIVE_WORDS[word]} if word else {}


JUDGES = {"name": _name, "description": _description, "price": _price, "active": _active}


def _applied(values: RowValues, old: ProductValues | None, mode: str) -> tuple[ProductValues, str]:
    """The product after the last row of its SKU is applied, and the outcome. Raises _Rejected."""
    if old is None and mode == "update":
        raise _Rejected("not_found")
    if old is None and "name" not in values:
        raise _Rejected("name_missing")
    if old is not None and mode == "create":
        raise _Rejected("already_exists")
    base = old or ProductValues("", "", "", None, active=True, attributes={}, version=0)
    attributes = {k: v for k, v in (base.attributes | values["attributes"]).items() if v}
    new = base._replace(**values | {"attributes": attributes})
    if new == old:
        return new, "unchanged"
    return new._replace(version=base.version + 1), "updated" if old else "created"


def _named(records: Sequence[tuple[int, list[str]]], fields: list[str]) -> set[str]:
    """The keys that the rows name, rejected rows included."""
    at = fields.index("sku")
    skus = [_sku(_unguarded(cells[at])) for _, cells in records if len(cells) > at]
    return set(lower(sku for sku in skus if 0 < len(sku) <= 64).values())


def _missing(before: Catalogue, named: set[str], missing: str) -> list[str]:
    """The keys of the products that are removed; an inactive one can't be deactivated."""
    if missing == "keep":
        return []
    return [k for k, p in before.items() if k not in named and (p.active or missing == "delete")]


def lower(texts: Iterable[str]) -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT t, lower(t) FROM unnest(%s::text[]) t", [list(set(texts))])
        return dict(cursor.fetchall())


def catalogue() -> Catalogue:
    """The catalogue as it is."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT lower(sku), sku, name, description, price, active, attributes::text, version"
            " FROM products_product"
        )
        return {
            key: ProductValues._make([*row, json.loads(attributes), version])
            for key, *row, attributes, version in cursor.fetchall()
        }


def table_hash() -> str:
    """A hash of the catalogue, without ids, times and jobs."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT md5(string_agg(p::text, E'\\n' ORDER BY lower(sku) COLLATE \"C\"))"
            " FROM (SELECT sku, name, description, price, active, attributes, version"
            "       FROM products_product) p"
        )
        return str(cursor.fetchone()[0])
