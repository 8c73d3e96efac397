"""Staged rows, and that PostgreSQL reads back from their text just what was written."""

from __future__ import annotations

import csv
import io

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from product_files.copying.stager import Stager, StagingOptions, copy_text
from product_files.judging.columns import map_header
from product_files.reading.records import Layout

LAYOUT = Layout(delimiter=",", width=2, record_bytes=1000)


def stager(*, keeps_cells: bool = False, header: tuple[str, str] = ("sku", "name")) -> Stager:
    mapping = map_header(list(header))
    return Stager(StagingOptions(layout=LAYOUT, mapping=mapping, keeps_cells=keeps_cells))


def test_good_and_bad_rows_side_by_side() -> None:
    staged = stager().stage(
        [(2, ["A", "La\nmp"], None), (4, ["", "Desk"], None), (5, ["B"], "wrong_column_count")]
    )
    assert (staged.rows, staged.rejected) == (3, 2)
    assert list(csv.reader(io.StringIO(staged.text.decode(), newline=""))) == [
        ["2", "A", "La\nmp", "", "", "", "", ""],
        ["4", "", "", "", "sku_missing", "sku", "", '["", "Desk"]'],
        ["5", "B", "", "", "wrong_column_count", "", "", '["B"]'],
    ]


@pytest.mark.parametrize(
    ("header", "keeps_cells", "kept"),
    [
        (("sku", "name"), False, b""),
        (("sku", "name"), True, b'"[""A"", ""1""]"'),
        (("sku", "price"), False, b'"[""A"", ""1""]"'),
    ],
)
def test_rows_that_can_still_be_refused_keep_their_cells(
    header: tuple[str, str], keeps_cells: bool, kept: bytes
) -> None:
    staged = stager(header=header, keeps_cells=keeps_cells).stage([(2, ["A", "1"], None)])
    assert staged.text.endswith(b",,,," + kept + b"\n")


def test_no_rows_are_no_text() -> None:
    assert stager().stage([]) == (b"", 0, 0)


TEXTS = st.none() | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20
)
ROWS = st.lists(st.tuples(st.integers(0, 10**12), TEXTS, TEXTS, st.none() | st.booleans()))


class RoundTrip(TestCase):
    @settings(deadline=None)
    @given(ROWS)
    def test_what_is_copied_is_what_was_written(
        self, rows: list[tuple[int, str | None, str | None, bool | None]]
    ) -> None:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS copied")
            cursor.execute("CREATE TEMPORARY TABLE copied (a bigint, b text, c text, d boolean)")
            options = "FORMAT csv, DELIMITER ';', FORCE_NULL (a, b, c, d)"
            with cursor.copy(f"COPY copied (d, a, b, c) FROM STDIN ({options})") as copy:
                copy.write(b"".join(copy_text(rows, [3, 0, 1, 2], ";")))
            cursor.execute(
                "SELECT a, coalesce(b, ''), coalesce(c, ''), d FROM copied ORDER BY ctid"
            )
            assert cursor.fetchall() == [(a, b or "", c or "", d) for a, b, c, d in rows]
