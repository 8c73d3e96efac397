"""What a file should make of the catalogue, in plain Python that shares no code with the engine.

The only thing taken from the database is `lower()`, because that is what identity means.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation

from django.db import connection

Row = tuple[str, str, str, Decimal | None, bool]
Catalogue = dict[str, Row]

WORDS = {
    **dict.fromkeys(["true", "yes", "1", "y", "t", "active", "published"], True),
    **dict.fromkeys(["false", "no", "0", "n", "f", "inactive", "draft"], False),
}


def lower(texts: Iterable[str]) -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT t, lower(t) FROM unnest(%s::text[]) t", [list(set(texts))])
        return dict(cursor.fetchall())


def expect(data: bytes, before: Catalogue | None = None) -> tuple[Catalogue, dict[str, int]]:
    """The catalogue after an import of a UTF-8 CSV with the five columns, and the counts."""
    catalogue = dict(before or {})
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    judged = [_judge(row) for row in rows]
    valid = [row for row in judged if row]
    keys = lower(row[0] for row in valid)
    last = {keys[row[0]]: row for row in valid}
    counts = dict.fromkeys(["created", "updated", "unchanged"], 0)
    for key, row in last.items():
        old = catalogue.get(key)
        active = row[4] if row[4] is not None else old[4] if old else True
        new = (*row[:4], active)
        counts["created" if old is None else "unchanged" if old == new else "updated"] += 1
        catalogue[key] = new
    counts["duplicate"] = len(valid) - len(last)
    counts["rejected"] = len(rows) - len(valid)
    counts["rows_read"] = len(rows)
    return catalogue, counts


def _judge(row: dict[str, str]) -> tuple[str, str, str, Decimal | None, bool | None] | None:
    """The row as it should be stored, or None where it should be rejected."""
    if None in row or None in row.values():
        return None
    sku = unicodedata.normalize("NFC", row["sku"]).strip()
    name = row["name"].strip()
    price = row["price"].strip()
    active = row["active"].strip().lower()
    try:
        amount = Decimal(price) if price else None
    except InvalidOperation:
        return None
    exact = amount is None or (0 <= amount < 10**10 and amount == round(amount, 2))
    fits = 0 < len(sku) <= 64 and 0 < len(name) <= 255 and len(row["description"]) <= 65_535
    if not (exact and fits and (not active or active in WORDS)):
        return None
    return sku, name, row["description"], amount, WORDS.get(active)


def catalogue() -> Catalogue:
    """The catalogue as it is."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT lower(sku), sku, name, description, price, active FROM products_product"
        )
        return {key: tuple(row) for key, *row in cursor.fetchall()}


def table_hash() -> str:
    """Of everything in the catalogue but ids, times and jobs."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT md5(string_agg(p::text, E'\\n' ORDER BY lower(sku) COLLATE \"C\"))"
            " FROM (SELECT sku, name, description, price, active, attributes, version"
            "       FROM products_product) p"
        )
        return str(cursor.fetchone()[0])
