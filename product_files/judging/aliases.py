"""Column names that give a field without a mapping: well-known names, and those of our export."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from typing import Final

from product_files.judging.field_names import ATTRIBUTE, field_named

# Headers that map by themselves, as `_folded` spells them: those of Shopify, WooCommerce, Magento,
# Odoo, BigCommerce and Akeneo among them. A header that the export of one shop has beside another
# of the same field stays out (Shopify's Status, WooCommerce's Sale price).
_ALIASES: Final = {
    "sku": "sku",
    **dict.fromkeys(
        [
            *("variant sku", "product sku", "item sku", "seller sku", "sku code"),
            *("product code", "product code/sku", "item code", "item number", "part number"),
            *("article number", "product number", "internal reference", "default code"),
        ],
        "sku",
    ),
    **dict.fromkeys(
        ["name", "title", "product name", "product title", "item name", "post title"], "name"
    ),
    **dict.fromkeys(
        [
            *("description", "body (html)", "body html", "body", "product description"),
            *("long description", "sales description", "sale description", "description sale"),
            *("description for customers", "post content"),
        ],
        "description",
    ),
    **dict.fromkeys(
        [
            *("price", "variant price", "regular price", "product price", "unit price"),
            *("sales price", "list price", "lst price", "public price"),
        ],
        "price",
    ),
    **dict.fromkeys(
        [
            *("active", "is active", "enabled", "is enabled", "published", "is published"),
            *("published on online store", "product online", "visible", "is visible"),
            *("product visible", "product visible?"),
        ],
        "active",
    ),
}

# Akeneo's names for values that differ by locale, channel or currency; a file may have several.
_LOCAL: Final = re.compile(
    r"(?:(name|description)-[a-z]{2,3}_[a-z]{2}(?:-\w+)?|(price)-[a-z]{3})", re.IGNORECASE
)


def known_fields(header: Sequence[str]) -> dict[int, str]:
    """{index: field} of the columns whose names give one."""
    fields = {index: known_field(column) for index, column in enumerate(header)}
    return {index: field for index, field in fields.items() if field}


def local_fields(header: Sequence[str]) -> dict[int, str]:
    """{index: field} of the columns that give a field in one locale or currency, if there is only
    one such column for the field."""
    matches = {index: _LOCAL.fullmatch(column) for index, column in enumerate(header)}
    fields = {index: (m[1] or m[2]).lower() for index, m in matches.items() if m}
    counts = Counter(fields.values())
    return {index: field for index, field in fields.items() if counts[field] == 1}


def known_field(column: str) -> str | None:
    """The field that the name of a column gives; our own export writes `attribute:<name>`."""
    if column.casefold().startswith(ATTRIBUTE):
        return field_named(ATTRIBUTE + column[len(ATTRIBUTE) :])
    return _ALIASES.get(_folded(column))


def _folded(column: str) -> str:
    """A header as the table of aliases spells it: case, spaces, `_` and `-` make no difference."""
    text = unicodedata.normalize("NFKC", column).casefold()
    return re.sub(r"[\s_-]+", " ", text).strip()
