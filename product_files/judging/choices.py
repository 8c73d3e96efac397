"""Offering a mapping to a person, and judging what was chosen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from product_files.faults import MappingFault, shortened
from product_files.judging.aliases import known_fields, local_fields
from product_files.judging.field_names import ATTRIBUTE, IGNORE, field_named, spoken
from products.fields import NAME_LENGTH
from products.sku import SKU_TRIM


def column_set(columns: Iterable[str]) -> list[str]:
    """Stands for the columns of a file, in whatever order and case they come."""
    return sorted({_same_name(column) for column in columns})


def offered_fields(header: Sequence[str], asked: dict[str, str] | None = None) -> list[str]:
    """The field to offer for each column: as asked for where that works, else by its name.

    Never two columns for one field; columns that share their very name are ignored.
    """
    names = Counter(header)
    offered: dict[int, str] = {}
    for known in (_wished(header, asked or {}), known_fields(header), local_fields(header)):
        for index, field in known.items():
            is_free = field == IGNORE or field not in offered.values()
            if index not in offered and is_free and names[header[index]] == 1:
                offered[index] = field
    return [offered.get(index, IGNORE) for index in range(len(header))]


def _wished(header: Sequence[str], asked: dict[str, str]) -> dict[int, str]:
    """{index: field} of what is asked for and the file has; the very name before another case."""
    in_any_case = {_same_name(column): text for column, text in asked.items()}
    texts = [asked.get(column) or in_any_case.get(_same_name(column), "") for column in header]
    fields = {index: field_named(text) for index, text in enumerate(texts)}
    return {index: field for index, field in fields.items() if field}


def faults_of(header: Sequence[str], fields: Sequence[str]) -> dict[int, str]:
    """What is wrong with the field that was chosen for each column, by the column's index."""
    names = Counter(header)
    counts = Counter(field_named(field) or field for field in fields)
    faults: dict[int, str] = {}
    for index, (column, text) in enumerate(zip(header, fields, strict=True)):
        field = field_named(text)
        if field is None:
            faults[index] = _no_such_field(text)
        elif field == IGNORE:
            continue
        elif names[column] > 1:
            faults[index] = (
                "Several columns have this name. Ignore them, or rename them in the file."
            )
        elif counts[field] > 1:
            faults[index] = f"{counts[field]} columns are to give {spoken(field)}. Choose one."
    return faults


def check_mapping(mapping: dict[str, str]) -> None:
    """Judge a mapping by itself, whatever file it will be used for. Raises MappingFault."""
    columns = list(mapping)
    faults = faults_of(columns, list(mapping.values()))
    if faults:
        raise MappingFault({columns[index]: text for index, text in faults.items()})


def as_mapping(header: Sequence[str], fields: Sequence[str]) -> dict[str, str]:
    """{column: field} of what was chosen; `map_header` makes the same of it."""
    return {
        column: field_named(field) or field for column, field in zip(header, fields, strict=True)
    }


def _same_name(column: str) -> str:
    return column.strip(SKU_TRIM).casefold()


def _no_such_field(text: str) -> str:
    if not text.startswith(ATTRIBUTE):
        return f'There is no field "{shortened(text)}".'
    if not text.removeprefix(ATTRIBUTE).strip(SKU_TRIM):
        return "Give the attribute a name."
    return f"The name of an attribute has at most {NAME_LENGTH} characters, none of them NUL."
