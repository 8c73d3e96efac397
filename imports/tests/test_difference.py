from __future__ import annotations

import json

import pytest

from imports.difference import (
    MAX_SHOWN_CHARACTERS,
    CellChange,
    Difference,
    PreviewSample,
    PreviewWarning,
    changed_cell,
    deviation,
)

COUNTS = {"created": 1, "updated": 2, "unchanged": 3, "removed": 0, "rejected": 4}


def test_what_is_kept_as_json_comes_back_with_the_most_first() -> None:
    difference = Difference(
        counts=COUNTS,
        rejected_by_code={"not_found": 1, "price_invalid": 3},
        changed={"a": 1, "bb": 3, "ccc": 2},
        blanked={},
        samples=[
            PreviewSample(
                outcome="updated",
                line=2,
                sku="A",
                cells=(CellChange(field="a", now="1", after=""),),
            ),
            PreviewSample.rejected(3, "B", "price_invalid", "twelve"),
        ],
        warnings=[PreviewWarning(code="nothing_to_do", count=1, examples=("A",), message="x")],
    )
    read = Difference.from_json(json.loads(json.dumps(difference.as_json())))
    assert read == difference
    assert list(read.changed) == ["bb", "ccc", "a"]
    assert list(read.rejected_by_code) == ["price_invalid", "not_found"]
    assert "twelve" in read.samples[1].message


@pytest.mark.parametrize(
    ("now", "after", "expected"),
    [
        ("1.00", "2.00", ("1.00", "2.00")),
        (None, "red", ("", "red")),
        ("red", None, ("red", "")),
        ("x" * 500, "y", ("x" * (MAX_SHOWN_CHARACTERS - 1) + "…", "y")),
        ("x" * 500 + "A", "x" * 500 + "B", ("…" + "x" * 20 + "A", "…" + "x" * 20 + "B")),
        ("x" * 500, "x" * 500 + "B", ("…" + "x" * 20, "…" + "x" * 20 + "B")),
    ],
    ids=["short", "filled", "emptied", "long", "differ at the end", "one goes on"],
)
def test_two_values_are_shown_where_they_differ(
    now: str | None, after: str | None, expected: tuple[str, str]
) -> None:
    cell = changed_cell("name", now, after)
    assert (cell.now, cell.after) == expected


def test_a_result_that_differs_is_reported_with_both_numbers() -> None:
    assert deviation(COUNTS, COUNTS) == ""
    said = deviation(COUNTS | {"updated": 3101}, COUNTS | {"updated": 3099, "unchanged": 5})
    assert said == (
        "The preview counted 3,101 changed, the result is 3,099 changed:"
        " products were edited in between."
    )
    both = deviation(COUNTS, COUNTS | {"created": 0, "updated": 3})
    assert "counted 1 new and 2 changed, the result is 0 new and 3 changed" in both
