"""Warnings of a preview: likely mistakes, in plain words before they happen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from imports.difference import Difference, PreviewWarning
from product_files.faults import Words
from product_files.judging.field_names import in_sentence

MAX_EXAMPLES: Final = 3

# The placeholders of a message are filled in below.
WARNING_WORDS: Final[Mapping[str, Words]] = {
    "sku_damaged": Words(
        title="SKUs damaged by a spreadsheet",
        short="damaged SKUs",
        message="{rows} a SKU that a spreadsheet has shortened like a number.",
        advice="Format the column as text there, and export the file again.",
    ),
    "nothing_to_do": Words(
        title="Nothing to change",
        short="nothing to change",
        message="This import would change nothing in the catalogue.",
        advice="If you expected changes, check that this is the right file.",
    ),
    "most_would_change": Words(
        title="Most of the catalogue would change",
        short="most of the catalogue",
        message="More than half of the catalogue would change: {touched:,} of {catalogue:,}"
        " products.",
        advice="Check that this is what you want before you apply it.",
    ),
    "column_blanked": Words(
        title="A field would be emptied",
        short="an emptied field",
        message="{field} would be emptied in {count:,} of {named:,} products that the file names"
        " and the catalogue has.",
        advice="If that is not what you want, ignore the column, or leave the value alone where a"
        " cell is blank.",
    ),
}


def warnings_of(
    difference: Difference, *, catalogue: int, damaged: int, damaged_skus: Sequence[str]
) -> list[PreviewWarning]:
    """The warnings, the gravest first.

    `catalogue` is the number of products, `damaged` the number of rows whose SKU a spreadsheet has
    damaged, `damaged_skus` some of those SKUs.
    """
    found = [*_sku_damaged(damaged, damaged_skus), *_nothing_to_do(difference.counts)]
    return [*found, *_most_would_change(difference.counts, catalogue), *_blanked(difference)]


def _sku_damaged(count: int, examples: Sequence[str]) -> Iterator[PreviewWarning]:
    if count:
        rows = f"{count:,} rows have" if count > 1 else "1 row has"
        yield PreviewWarning(
            code="sku_damaged",
            count=count,
            examples=list(examples),
            message=_in_words("sku_damaged", rows=rows),
        )


def _nothing_to_do(counts: Mapping[str, int]) -> Iterator[PreviewWarning]:
    if not any(counts[name] for name in ("created", "updated", "removed")):
        yield PreviewWarning(
            code="nothing_to_do", count=counts["rows_read"], message=_in_words("nothing_to_do")
        )


def _most_would_change(counts: Mapping[str, int], catalogue: int) -> Iterator[PreviewWarning]:
    touched = counts["updated"] + counts["removed"]
    if touched * 2 > catalogue:
        yield PreviewWarning(
            code="most_would_change",
            count=touched,
            message=_in_words("most_would_change", touched=touched, catalogue=catalogue),
        )


def _blanked(difference: Difference) -> Iterator[PreviewWarning]:
    """The fields that more than a tenth of the products would lose, by their number."""
    named = difference.counts["updated"] + difference.counts["unchanged"]
    for field, count in sorted(difference.blanked.items(), key=lambda blanked: -blanked[1]):
        if count * 10 > named:
            yield PreviewWarning(
                code="column_blanked",
                count=count,
                examples=_skus_that_lose(difference, field),
                field=field,
                message=_in_words(
                    "column_blanked", field=_with_article(field), count=count, named=named
                ),
            )


def _in_words(code: str, **facts: str | int) -> str:
    """What was found, and what to do about it."""
    words = WARNING_WORDS[code]
    return f"{words.message.format(**facts)} {words.advice}"


def _skus_that_lose(difference: Difference, field: str) -> list[str]:
    """SKUs of some products that would lose a field."""
    skus = [
        sample.sku
        for sample in difference.samples
        for cell in sample.cells
        if sample.outcome == "updated" and cell.field == field and cell.now and not cell.after
    ]
    return skus[:MAX_EXAMPLES]


def _with_article(field: str) -> str:
    """At the beginning of a sentence: `The price`."""
    article, rest = in_sentence(field).split(" ", 1)
    return f"{article.capitalize()} {rest}"
