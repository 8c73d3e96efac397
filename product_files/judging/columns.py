"""Which column of a file gives which field of a product.

A mapping is written as {column: field}: a field of the product, `attribute:<name>` or `ignore`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from product_files.faults import FileFault, MappingFault, shortened
from product_files.judging.aliases import known_field, known_fields, local_fields
from product_files.judging.field_names import (
    ATTRIBUTE,
    IGNORE,
    field_named,
    in_sentence,
    no_such_field,
)
from products.fields import FIELD_NAMES
from products.sku import SKU_TRIM

MAX_ATTRIBUTES: Final = 100


@dataclass(frozen=True, kw_only=True)
class ColumnMapping:
    """The fields and attributes that the columns of one file give, by the index of the column."""

    columns: tuple[str, ...]
    # (index, field) and (index, name of the attribute), in the order of the columns.
    fields: tuple[tuple[int, str], ...]
    attributes: tuple[tuple[int, str], ...] = ()

    def index_of(self, field: str) -> int | None:
        """The index of the column that gives a field; None if the file has none."""
        return next((index for index, name in self.fields if name == field), None)

    @property
    def sku(self) -> int:
        """The index of the column that gives the SKU; every file has one."""
        return next(index for index, name in self.fields if name == "sku")

    def as_dict(self) -> dict[str, str]:
        """{column: field} for every column; `map_header` makes the same mapping from it."""
        fields = dict.fromkeys(self.columns, IGNORE)
        fields |= {self.columns[index]: field for index, field in self.fields}
        fields |= {self.columns[index]: ATTRIBUTE + name for index, name in self.attributes}
        return fields


def map_header(header: Sequence[str], requested: dict[str, str] | None = None) -> ColumnMapping:
    """The fields that the columns give: as requested, otherwise by their well-known names.

    `requested` is {column: field}, written as in field_names. A requested column takes the place of
    one that would give the same field by its name; other columns are ignored. To ignore a column
    that the file does not have is no fault.

    Raises MappingFault if the request does not work, and FileFault: `duplicate_column` if
    two columns give one field, `sku_column_missing`, `too_many_columns` if there are more than
    100 attributes.
    """
    assigned = _assigned_fields(header, requested or {})
    _check(header, assigned)
    is_attribute = {index: field.startswith(ATTRIBUTE) for index, field in assigned.items()}
    return ColumnMapping(
        columns=tuple(header),
        fields=tuple(
            (index, field) for index, field in assigned.items() if not is_attribute[index]
        ),
        attributes=tuple(
            (index, field.removeprefix(ATTRIBUTE))
            for index, field in assigned.items()
            if is_attribute[index]
        ),
    )


def names_sku(columns: Sequence[str], requested: dict[str, str] | None = None) -> bool:
    """Whether a record names the column of the SKU, as requested or by a well-known name."""
    folded = {column.strip(SKU_TRIM).casefold() for column in columns}
    named = any(
        field_named(text) == "sku" and column.strip(SKU_TRIM).casefold() in folded
        for column, text in (requested or {}).items()
    )
    return named or any(known_field(column) == "sku" for column in columns)


def _assigned_fields(header: Sequence[str], requested: dict[str, str]) -> dict[int, str]:
    """{index: field} of the columns that give one, in their order."""
    fields = _requested_fields(header, requested)
    for known in (known_fields(header), local_fields(header)):
        taken = set(fields.values())
        for index, field in known.items():
            if index not in fields and field not in taken:
                fields[index] = field
    return {index: field for index, field in sorted(fields.items()) if field != IGNORE}


def _requested_fields(header: Sequence[str], requested: dict[str, str]) -> dict[int, str]:
    """{index: field} of the requested columns; several columns may have the same name."""
    fields: dict[int, str] = {}
    errors: dict[str, str] = {}
    for column, text in requested.items():
        field = field_named(text)
        indexes = _indexes(header, column)
        if field is None:
            errors[column] = no_such_field(text)
        elif not indexes and field != IGNORE:
            errors[column] = "The file has no such column."
        else:
            fields |= dict.fromkeys(indexes, field)
    if errors:
        raise MappingFault(errors)
    return fields


def _indexes(header: Sequence[str], column: str) -> list[int]:
    """The columns with exactly that name, or else with that name in another case."""
    name = column.strip(SKU_TRIM)
    exact = [index for index, other in enumerate(header) if other == name]
    return exact or [i for i, other in enumerate(header) if other.casefold() == name.casefold()]


def _check(header: Sequence[str], assigned: dict[int, str]) -> None:
    counts = Counter(assigned.values())
    for index, field in assigned.items():
        if counts[field] > 1:
            raise FileFault(
                "duplicate_column",
                f'"{header[index]}" is one of {counts[field]} columns that are mapped to'
                f" {in_sentence(field)}.",
            )
    if "sku" not in counts:
        columns = shortened(", ".join(header), 500)
        raise FileFault(
            "sku_column_missing", f"No column contains the SKU. The columns are: {columns}."
        )
    if len(counts.keys() - FIELD_NAMES) > MAX_ATTRIBUTES:
        raise FileFault("too_many_columns", f"At most {MAX_ATTRIBUTES} columns can be attributes.")
