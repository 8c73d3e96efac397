"""The mapping that a person is offered, and the faults of the one that was chosen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from product_files.faults import MappingFault
from product_files.judging.aliases import known_fields, local_fields
from product_files.judging.field_names import IGNORE, field_named, in_sentence, no_such_field
from products.sku import SKU_TRIM


def column_set(columns: Iterable[str]) -> list[str]:
    """Column names in one form: equal for files whose columns differ only in order or case."""
    return sorted({_same_name(column) for column in columns})


def offered_fields(header: Sequence[str], requested: dict[str, str] | None = None) -> list[str]:
    """The field to offer for each column: the requested one if that works, else by its name.

    No field is offered for two columns; columns with exactly the same name are ignored.
    """
    names = Counter(header)
    offered: dict[int, str] = {}
    for candidates in (
        _requested_fields(header, requested or {}),
        known_fields(header),
        local_fields(header),
    ):
        for index, field in candidates.items():
            is_free = field == IGNORE or field not in offered.values()
            if index not in offered and is_free and names[header[index]] == 1:
                offered[index] = field
    return [offered.get(index, IGNORE) for index in range(len(header))]


def _requested_fields(header: Sequence[str], requested: dict[str, str]) -> dict[int, str]:
    """{index: field} of the requested columns that the file has; an exact name comes before one in
    another case."""
    in_any_case = {_same_name(column): text for column, text in requested.items()}
    texts = [requested.get(column) or in_any_case.get(_same_name(column), "") for column in header]
    fields = {index: field_named(text) for index, text in enumerate(texts)}
    return {index: field for index, field in fields.items() if field}


def faults_of(header: Sequence[str], fields: Sequence[str]) -> dict[int, str]:
    """{index: message} of the columns whose chosen field does not work."""
    names = Counter(header)
    counts = Counter(field_named(field) or field for field in fields)
    faults: dict[int, str] = {}
    for index, (column, text) in enumerate(zip(header, fields, strict=True)):
        field = field_named(text)
        if field is None:
            faults[index] = no_such_field(text)
        elif field == IGNORE:
            continue
        elif names[column] > 1:
            faults[index] = (
                "Several columns have this name. Ignore them, or rename them in the file."
            )
        elif counts[field] > 1:
            faults[index] = (
                f"{counts[field]} columns are mapped to {in_sentence(field)}. Choose one of them."
            )
    return faults


def check_mapping(mapping: dict[str, str]) -> None:
    """Judge a mapping without a file. Raises MappingFault."""
    columns = list(mapping)
    faults = faults_of(columns, list(mapping.values()))
    if faults:
        raise MappingFault({columns[index]: text for index, text in faults.items()})


def as_mapping(header: Sequence[str], fields: Sequence[str]) -> dict[str, str]:
    """{column: field} of what was chosen, as `map_header` takes it."""
    return {
        column: field_named(field) or field for column, field in zip(header, fields, strict=True)
    }


def _same_name(column: str) -> str:
    return column.strip(SKU_TRIM).casefold()
