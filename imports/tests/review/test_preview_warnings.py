from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from imports.difference import CellChange, Difference, PreviewSample
from imports.review.preview_warnings import warnings_of

QUIET = {"rows_read": 9, "created": 1, "updated": 1, "unchanged": 9, "removed": 0}


def difference(*, blanked: Mapping[str, int] | None = None, **counts: int) -> Difference:
    lost = CellChange(field="price", now="1.00", after="")
    return Difference(
        counts=QUIET | counts,
        rejected_by_code={},
        changed={},
        blanked=blanked or {},
        samples=[PreviewSample(outcome="updated", line=2, sku="A", cells=[lost])],
    )


def codes(found: Difference) -> list[str]:
    warnings = warnings_of(found, catalogue=100, damaged=0, damaged_skus=[])
    return [warning.code for warning in warnings]


def test_a_usual_import_is_not_warned_about() -> None:
    assert codes(difference()) == []


def test_skus_that_a_spreadsheet_spoilt() -> None:
    [warning] = warnings_of(difference(), catalogue=99, damaged=2, damaged_skus=["1.2E+12"])
    assert (warning.code, warning.count, warning.examples) == ("sku_damaged", 2, ["1.2E+12"])
    assert "2 rows have a SKU" in warning.message


@pytest.mark.parametrize(
    ("counts", "is_warned"),
    [
        ({"created": 0, "updated": 0}, True),
        ({"created": 0, "updated": 0, "removed": 1}, False),
        ({"created": 0}, False),
        ({"updated": 0}, False),
    ],
)
def test_an_import_that_changes_nothing(counts: dict[str, int], is_warned: bool) -> None:
    found = difference()
    found = replace(found, counts={**found.counts, **counts})
    assert (codes(found) == ["nothing_to_do"]) is is_warned


@pytest.mark.parametrize(
    ("updated", "removed", "is_warned"),
    [(50, 0, False), (51, 0, True), (25, 25, False), (25, 26, True)],
)
def test_more_than_half_of_the_catalogue(updated: int, removed: int, is_warned: bool) -> None:
    found = difference(updated=updated, removed=removed)
    assert (codes(found) == ["most_would_change"]) is is_warned


def test_a_column_that_empties_more_than_a_tenth() -> None:
    assert codes(difference(blanked={"price": 1}, updated=1, unchanged=9)) == []
    found = difference(blanked={"attribute:colour": 2, "price": 3}, updated=4, unchanged=15)
    price, colour = warnings_of(found, catalogue=100, damaged=0, damaged_skus=[])
    assert (price.code, price.field, price.count) == ("column_blanked", "price", 3)
    assert price.examples == ["A"]
    assert price.message == (
        "The price would be emptied in 3 of 19 products that the file names and the catalogue has."
        " If that is not what you want, ignore the column, or leave the value alone where a cell is"
        " blank."
    )
    assert colour.message.startswith('The attribute "colour" would be emptied in 2')
