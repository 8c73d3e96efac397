"""What a product consists of: each field once, with all that the rest of the code knows of it.

Code that treats every field, in SQL or in Python, reads FIELDS, or has a table of its own with one
entry for each (`for_each_field`), which fails when the process starts if a field is missing. Forms,
serializers and templates are written by hand; docs/changing.md lists them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final, TypeVar

SKU_LENGTH: Final = 64
NAME_LENGTH: Final = 255
DESCRIPTION_LENGTH: Final = 65_535

T = TypeVar("T")


class Blank(Enum):
    """What a blank cell of a product file does."""

    REFUSED = auto()  # the row is rejected
    REFUSED_UNLESS_KEPT = auto()  # the same, but with `blank=keep` the cell means nothing
    CLEARS_UNLESS_KEPT = auto()  # takes away what is stored; with `blank=keep` it means nothing
    MEANS_NOTHING = auto()


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field: a column of the catalogue, of product files, of exports and of the API."""

    name: str
    label: str
    sql_type: str
    # In characters; None for a field that is no text.
    max_length: int | None = None
    blank: Blank
    # What the product has after a row is written, in SQL: `{old}` is what it has now (null for a
    # new product), `{new}` what the row has (null for a blank cell or an absent column), and
    # `{clears}` whether null clears the field.
    becomes: str

    @property
    def clears(self) -> str:
        """The name of the parameter in SQL that `{clears}` stands for."""
        return f"clears_{self.name}"

    def after(self, *, old: str, new: str) -> str:
        """The SQL of `becomes`, in which the expressions `old` and `new` are filled in."""
        return self.becomes.format(old=old, new=new, clears=f"%({self.clears})s")

    def of_new_product(self, new: str) -> str:
        """The same for a product that does not exist yet."""
        return self.after(old=f"NULL::{self.sql_type}", new=new)


# The SKU, which says which product it is, comes first.
FIELDS: Final = (
    Field(
        name="sku",
        label="SKU",
        sql_type="text",
        max_length=SKU_LENGTH,
        blank=Blank.REFUSED,
        becomes="{new}",
    ),
    Field(
        name="name",
        label="Name",
        sql_type="text",
        max_length=NAME_LENGTH,
        blank=Blank.REFUSED_UNLESS_KEPT,
        becomes="coalesce({new}, {old})",
    ),
    Field(
        name="description",
        label="Description",
        sql_type="text",
        max_length=DESCRIPTION_LENGTH,
        blank=Blank.CLEARS_UNLESS_KEPT,
        becomes="coalesce({new}, CASE WHEN NOT {clears} THEN {old} END, '')",
    ),
    Field(
        name="price",
        label="Price",
        sql_type="numeric(12, 2)",
        blank=Blank.CLEARS_UNLESS_KEPT,
        becomes="coalesce({new}, CASE WHEN NOT {clears} THEN {old} END)",
    ),
    Field(
        name="active",
        label="Active",
        sql_type="boolean",
        blank=Blank.MEANS_NOTHING,
        becomes="coalesce({new}, {old}, true)",
    ),
)

# Beside the fields: names and texts that a file may bring along. Null in `{new}` takes one away.
ATTRIBUTES: Final = Field(
    name="attributes",
    label="Attributes",
    sql_type="jsonb",
    blank=Blank.CLEARS_UNLESS_KEPT,
    becomes=(
        "CASE WHEN {new} IS NULL THEN coalesce({old}, jsonb_build_object())"
        " ELSE jsonb_strip_nulls(coalesce({old}, jsonb_build_object()) || {new}) END"
    ),
)

# What the table of products has for people, in this order.
COLUMNS: Final = (*FIELDS, ATTRIBUTES)

FIELD_NAMES: Final = tuple(field.name for field in FIELDS)
COLUMN_NAMES: Final = tuple(field.name for field in COLUMNS)
LABELS: Final = {field.name: field.label for field in COLUMNS}
# What a blank cell can clear.
CLEARED: Final = tuple(field for field in FIELDS if field.blank is Blank.CLEARS_UNLESS_KEPT)


def for_each_field(table: Mapping[str, T]) -> dict[str, T]:
    """A table with one entry for each field, in the order of FIELDS.

    Raises LookupError if a field is missing or a name is no field: called where a module is
    loaded, so that a field which somebody forgot stops the start and not an import.
    """
    if odd := set(table) ^ set(FIELD_NAMES):
        raise LookupError(f"Fields and a table of them do not agree on: {', '.join(sorted(odd))}.")
    return {name: table[name] for name in FIELD_NAMES}
