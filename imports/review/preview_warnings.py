"""What in a preview is seldom meant: told before it happens, in plain words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from imports.difference import Difference, PreviewWarning
from product_files.judging.field_names import ATTRIBUTE

EXAMPLES: Final = 3


def warnings_of(
    difference: Difference, *, catalogue: int, damaged: int, damaged_skus: Sequence[str]
) -> list[PreviewWarning]:
    """The warnings, the gravest first.

    `catalogue` is how many products there are, `damaged` how many rows have a SKU that a
    spreadsheet has spoilt, with some of those.
    """
    found = [*_sku_damaged(damaged, damaged_skus), *_nothing_to_do(difference.counts)]
    return [*found, *_most_would_change(difference.counts, catalogue), *_blanked(difference)]


def _sku_damaged(count: int, examples: Sequence[str]) -> Iterator[PreviewWarning]:
    if count:
        yield PreviewWarning(
            code="sku_damaged",
            count=count,
            examples=list(examples),
            message=f"{_rows(count)} a SKU that a spreadsheet has shortened like a number. Format"
            " the column as text there, and export the file again.",
        )


def _nothing_to_do(counts: Mapping[str, int]) -> Iterator[PreviewWarning]:
    if not any(counts[name] for name in ("created", "updated", "removed")):
        yield PreviewWarning(
            code="nothing_to_do",
            count=counts["rows_read"],
            message="This import would change nothing in the catalogue.",
        )


def _most_would_change(counts: Mapping[str, int], catalogue: int) -> Iterator[PreviewWarning]:
    touched = counts["updated"] + counts["removed"]
    if touched * 2 > catalogue:
        yield PreviewWarning(
            code="most_would_change",
            count=touched,
            message=f"More than half of the catalogue would change: {touched:,} of"
            f" {catalogue:,} products.",
        )


def _blanked(difference: Difference) -> Iterator[PreviewWarning]:
    """The fields that more than a tenth of the products would lose; the most first."""
    named = difference.counts["updated"] + difference.counts["unchanged"]
    for field, count in sorted(difference.blanked.items(), key=lambda blanked: -blanked[1]):
        if count * 10 > named:
            yield PreviewWarning(
                code="column_blanked",
                count=count,
                examples=_losing(difference, field),
                field=field,
                message=f"{_spoken(field)} would be emptied in {count:,} of {named:,} products that"
                " the file names and the catalogue has.",
            )


def _losing(difference: Difference, field: str) -> list[str]:
    """Some products that lose a field."""
    losing = [
        sample.sku
        for sample in difference.samples
        for cell in sample.cells
        if sample.outcome == "updated" and cell.field == field and cell.now and not cell.after
    ]
    return losing[:EXAMPLES]


def _rows(count: int) -> str:
    return f"{count:,} rows have" if count > 1 else "1 row has"


def _spoken(field: str) -> str:
    if field.startswith(ATTRIBUTE):
        return f"The attribute “{field.removeprefix(ATTRIBUTE)}”"
    return f"The {field}"
