"""Which column of a file gives which field of a product."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from imports.faults import FileFault, MappingFault, shortened
from products.limits import NAME_LENGTH
from products.sku import SKU_TRIM

FIELDS: Final = ("sku", "name", "description", "price", "active")
ATTRIBUTE: Final = "attribute:"
IGNORE: Final = "ignore"
MAX_ATTRIBUTES: Final = 100

# Headers that map by themselves, as `_folded` spells them. A header that the export of one shop
# has beside another of the same field stays out (Shopify's Status, WooCommerce's Sale price).
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
    **dict.fromkeys(["name", "title", "product name", "product title", "item name"], "name"),
    **dict.fromkeys(
        [
            *("description", "body (html)", "body html", "body", "product description"),
            *("long description", "sales description", "description sale"),
        ],
        "description",
    ),
    **dict.fromkeys(
        [
            *("price", "variant price", "regular price", "product price", "unit price"),
            *("sales price", "list price", "lst price"),
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


@dataclass(frozen=True, kw_only=True)
class Mapping:
    """The index of each field's column, None where the file has none."""

    columns: tuple[str, ...]
    sku: int
    name: int | None = None
    description: int | None = None
    price: int | None = None
    active: int | None = None
    # (index, name) of each attribute, in the order of the columns.
    attributes: tuple[tuple[int, str], ...] = ()

    def as_dict(self) -> dict[str, str]:
        """{column: field} for every column; `map_header` makes the same mapping of it."""
        fields = dict.fromkeys(self.columns, IGNORE)
        for field in FIELDS:
            index = getattr(self, field)
            if index is not None:
                fields[self.columns[index]] = field
        for index, name in self.attributes:
            fields[self.columns[index]] = ATTRIBUTE + name
        return fields


def map_header(header: Sequence[str], asked: dict[str, str] | None = None) -> Mapping:
    """The fields that the columns give: as asked for, otherwise by their well-known names.

    `asked` is {column: field}, a field being `sku`, `name`, `description`, `price`, `active`,
    `attribute:<name>` or `ignore`. A column that is asked for takes the place of one that would
    give the same field by its name; other columns are ignored.

    Raises MappingFault where what is asked for makes no sense, and FileFault:
    `duplicate_column` where two columns give one field, `sku_column_missing`,
    `too_many_columns` where there are more than 100 attributes.
    """
    givers = _givers(header, asked or {})
    _check(header, givers)
    indexes = {field: index for index, field in givers.items()}
    return Mapping(
        columns=tuple(header),
        sku=indexes["sku"],
        name=indexes.get("name"),
        description=indexes.get("description"),
        price=indexes.get("price"),
        active=indexes.get("active"),
        attributes=tuple(
            (index, field.removeprefix(ATTRIBUTE))
            for index, field in givers.items()
            if field.startswith(ATTRIBUTE)
        ),
    )


def names_sku(columns: Sequence[str], asked: dict[str, str] | None = None) -> bool:
    """Whether a record names the column of the SKU, as asked for or by a well-known name."""
    folded = {column.strip(SKU_TRIM).casefold() for column in columns}
    named = any(
        _field(text) == "sku" and column.strip(SKU_TRIM).casefold() in folded
        for column, text in (asked or {}).items()
    )
    return named or any(_known_field(column) == "sku" for column in columns)


def _givers(header: Sequence[str], asked: dict[str, str]) -> dict[int, str]:
    """{index: field} of the columns that give one, in their order."""
    fields = _asked_fields(header, asked)
    taken = set(fields.values())
    for index, column in enumerate(header):
        field = _known_field(column)
        if index not in fields and field and field not in taken:
            fields[index] = field
    return {index: field for index, field in sorted(fields.items()) if field != IGNORE}


def _known_field(column: str) -> str | None:
    """What a column gives by its name; `attribute:<name>` is what our own export writes."""
    if column.casefold().startswith(ATTRIBUTE):
        return _field(ATTRIBUTE + column[len(ATTRIBUTE) :])
    return _ALIASES.get(_folded(column))


def _field(text: str) -> str | None:
    """The field that was asked for, in one spelling; None if there is none of that name."""
    text = text.strip(SKU_TRIM)
    if text.startswith(ATTRIBUTE):
        name = text.removeprefix(ATTRIBUTE).strip(SKU_TRIM)
        return ATTRIBUTE + name if 0 < len(name) <= NAME_LENGTH and "\0" not in name else None
    return text if text in (*FIELDS, IGNORE) else None


def _asked_fields(header: Sequence[str], asked: dict[str, str]) -> dict[int, str]:
    """{index: field} of the columns that are asked for; a name may stand for several columns."""
    fields: dict[int, str] = {}
    errors: dict[str, str] = {}
    for column, text in asked.items():
        field = _field(text)
        indexes = _indexes(header, column)
        if field is None:
            errors[column] = f'There is no field "{text}".'
        elif not indexes:
            errors[column] = "The file has no such column."
        else:
            fields |= dict.fromkeys(indexes, field)
    if errors:
        raise MappingFault(errors)
    return fields


def _indexes(header: Sequence[str], column: str) -> list[int]:
    """The columns of that very name, or else of that name in other case."""
    name = column.strip(SKU_TRIM)
    exact = [index for index, other in enumerate(header) if other == name]
    return exact or [i for i, other in enumerate(header) if other.casefold() == name.casefold()]


def _check(header: Sequence[str], givers: dict[int, str]) -> None:
    counts = Counter(givers.values())
    for index, field in givers.items():
        if counts[field] > 1:
            raise FileFault(
                "duplicate_column",
                f'"{header[index]}" is one of {counts[field]} columns that give the {field}.',
            )
    if "sku" not in counts:
        columns = shortened(", ".join(header), 500)
        raise FileFault("sku_column_missing", f"None of the columns gives the SKU: {columns}.")
    if len(counts.keys() - FIELDS) > MAX_ATTRIBUTES:
        raise FileFault("too_many_columns", f"At most {MAX_ATTRIBUTES} columns can be attributes.")


def _folded(column: str) -> str:
    """A header as the table of aliases spells it: case, spaces, `_` and `-` make no difference."""
    text = unicodedata.normalize("NFKC", column).casefold()
    return re.sub(r"[\s_-]+", " ", text).strip()
