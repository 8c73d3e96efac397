"""Which column of a file gives which field of a product.

A mapping is written as {column: field}: a field of the product, `attribute:<name>` or `ignore`.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from product_files.faults import FileFault, MappingFault, shortened
from products.limits import NAME_LENGTH
from products.sku import SKU_TRIM

FIELDS: Final = ("sku", "name", "description", "price", "active")
ATTRIBUTE: Final = "attribute:"
IGNORE: Final = "ignore"
MAX_ATTRIBUTES: Final = 100

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

# As Akeneo names values that differ by locale, channel or currency: a file may have several.
_LOCAL: Final = re.compile(
    r"(?:(name|description)-[a-z]{2,3}_[a-z]{2}(?:-\w+)?|(price)-[a-z]{3})", re.IGNORECASE
)


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

    @property
    def fields(self) -> list[str]:
        """Those that the file has, in the order of their columns."""
        found = [(at, field) for field in FIELDS if (at := getattr(self, field)) is not None]
        return [field for _, field in sorted(found)]

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
    give the same field by its name; other columns are ignored. To ignore a column that the file
    does not have is no fault.

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
    for known in (_known_fields(header), _local_fields(header)):
        taken = set(fields.values())
        for index, field in known.items():
            if index not in fields and field not in taken:
                fields[index] = field
    return {index: field for index, field in sorted(fields.items()) if field != IGNORE}


def _known_fields(header: Sequence[str]) -> dict[int, str]:
    fields = {index: _known_field(column) for index, column in enumerate(header)}
    return {index: field for index, field in fields.items() if field}


def _local_fields(header: Sequence[str]) -> dict[int, str]:
    """The columns that give a field in one locale or currency, where there is one such column."""
    matches = {index: _LOCAL.fullmatch(column) for index, column in enumerate(header)}
    fields = {index: (m[1] or m[2]).lower() for index, m in matches.items() if m}
    counts = Counter(fields.values())
    return {index: field for index, field in fields.items() if counts[field] == 1}


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
        elif not indexes and field != IGNORE:
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


# --- Offering a mapping to a person, and judging what was chosen --------------------------


def column_set(columns: Iterable[str]) -> list[str]:
    """Stands for the columns of a file, in whatever order and case they come."""
    return sorted({_same_name(column) for column in columns})


def offered_fields(header: Sequence[str], asked: dict[str, str] | None = None) -> list[str]:
    """The field to offer for each column: as asked for where that works, else by its name.

    Never two columns for one field; columns that share their very name are ignored.
    """
    names = Counter(header)
    offered: dict[int, str] = {}
    for known in (_wished(header, asked or {}), _known_fields(header), _local_fields(header)):
        for index, field in known.items():
            is_free = field == IGNORE or field not in offered.values()
            if index not in offered and is_free and names[header[index]] == 1:
                offered[index] = field
    return [offered.get(index, IGNORE) for index in range(len(header))]


def _wished(header: Sequence[str], asked: dict[str, str]) -> dict[int, str]:
    """{index: field} of what is asked for and the file has; the very name before another case."""
    in_any_case = {_same_name(column): text for column, text in asked.items()}
    texts = [asked.get(column) or in_any_case.get(_same_name(column), "") for column in header]
    fields = {index: _field(text) for index, text in enumerate(texts)}
    return {index: field for index, field in fields.items() if field}


def faults_of(header: Sequence[str], fields: Sequence[str]) -> dict[int, str]:
    """What is wrong with the field that was chosen for each column, by the column's index."""
    names = Counter(header)
    counts = Counter(_field(field) or field for field in fields)
    faults: dict[int, str] = {}
    for index, (column, text) in enumerate(zip(header, fields, strict=True)):
        field = _field(text)
        if field is None:
            faults[index] = _no_such_field(text)
        elif field == IGNORE:
            continue
        elif names[column] > 1:
            faults[index] = (
                "Several columns have this name. Ignore them, or rename them in the file."
            )
        elif counts[field] > 1:
            faults[index] = f"{counts[field]} columns are to give {_spoken(field)}. Choose one."
    return faults


def check_mapping(mapping: dict[str, str]) -> None:
    """Judge a mapping by itself, whatever file it will be used for. Raises MappingFault."""
    columns = list(mapping)
    faults = faults_of(columns, list(mapping.values()))
    if faults:
        raise MappingFault({columns[index]: text for index, text in faults.items()})


def as_mapping(header: Sequence[str], fields: Sequence[str]) -> dict[str, str]:
    """{column: field} of what was chosen; `map_header` makes the same of it."""
    return {column: _field(field) or field for column, field in zip(header, fields, strict=True)}


def _same_name(column: str) -> str:
    return column.strip(SKU_TRIM).casefold()


def _no_such_field(text: str) -> str:
    if not text.startswith(ATTRIBUTE):
        return f'There is no field "{shortened(text)}".'
    if not text.removeprefix(ATTRIBUTE).strip(SKU_TRIM):
        return "Give the attribute a name."
    return f"The name of an attribute has at most {NAME_LENGTH} characters, none of them NUL."


def _spoken(field: str) -> str:
    if field.startswith(ATTRIBUTE):
        return f'the attribute "{field.removeprefix(ATTRIBUTE)}"'
    return "the SKU" if field == "sku" else f"the {field}"
