"""What an OpenDocument spreadsheet may cost: memory, and the size of a row."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

import pytest

from product_files.reading.limits import MIB
from product_files.tests.reading.test_ods import (
    FIRST,
    below_header,
    opened,
    read,
    refused,
    repeated,
    row,
    texts,
)
from product_files.tests.spreadsheets import HIDDEN, cell, content_of, packed, sheet, spreadsheet


@contextmanager
def little_memory() -> Iterator[None]:
    """Fails if what is done in the block takes 10 MiB or more."""
    tracemalloc.start()
    try:
        yield
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 10 * MIB


def test_so_many_hidden_styles_that_they_would_fill_the_memory() -> None:
    many = "".join(HIDDEN.replace('"hidden"', f'"h{number}"') for number in range(10_001))
    long = HIDDEN.replace('"hidden"', f'"{"h" * 256}"')
    for styles in (many, long):
        assert refused(packed(content_of(sheet(FIRST), styles=styles)))[0] == "archive_unsafe"


@pytest.mark.parametrize(("text", "code"), [("x", "archive_unsafe"), ("x" * 500, "too_large")])
def test_repeating_is_no_way_to_a_file_that_is_too_large(text: str, code: str) -> None:
    """A file of less than a kilobyte with a million rows of 500 cells."""
    data = below_header(row(repeated(cell(text), 500), 1_048_575))
    with little_memory():
        assert refused(data)[0] == code


def test_rows_that_are_repeated_somewhat_are_read() -> None:
    data = below_header(row(cell("A"), 5000))
    assert [line for line, _, _ in read(data)] == list(range(2, 5002))


def test_white_space_that_is_counted_is_not_written_out() -> None:
    spaces = texts('<text:p><text:s text:c="999999999"/></text:p>')
    data = below_header(row(cell("A") + spaces) + row(cell("B")))
    with little_memory():
        first, second = read(data)
    assert (first[0], first[2]) == (2, "record_too_large")
    assert second == (3, ["B", "", ""], None)


def test_empty_paragraphs_count_as_the_line_breaks_that_they_are() -> None:
    data = below_header(row(texts("<text:p/>" * 300_000)) + row(cell("B")))
    with little_memory():
        first, second = read(data, record_bytes=2000, ratio=10_000)
    assert (first[0], first[2]) == (2, "record_too_large")
    assert second == (3, ["B", "", ""], None)


def test_what_is_behind_the_first_sheet_is_not_read() -> None:
    """Else a web request that shows the columns would read a gigabyte of it."""
    behind = sheet("".join(row(cell(f"{number}")) for number in range(20_000)))
    data = packed(content_of(sheet(FIRST) + behind + "<broken"))
    assert read(data) == read(packed(content_of(sheet(FIRST))))


@pytest.mark.parametrize("value", ["x" * 3000, "é" * 1500, '"' * 1500, '\n,"' * 1000])
def test_a_row_that_is_too_large_costs_itself_alone(value: str) -> None:
    data = spreadsheet([["sku", "name"], ["A1", value, "z"], ["A2", "Mug"]])
    first, second = read(data, record_bytes=2000)
    assert (first[0], first[2]) == (2, "record_too_large")
    assert second == (3, ["A2", "Mug"], None)


def test_cells_that_are_repeated_count_as_often_as_they_are() -> None:
    data = below_header(row(repeated(cell("x" * 500), 5)) + row(cell("B")))
    first, second = read(data, record_bytes=2000)
    assert (first[0], first[2]) == (2, "record_too_large")
    assert second == (3, ["B", "", ""], None)


def test_memory_does_not_grow_with_the_rows() -> None:
    text = Random(1).randbytes(500).hex()
    data = below_header("".join(row(cell(f"{at}{text}")) for at in range(20_000)))
    with little_memory():
        assert sum(1 for _ in opened(data)) == 20_000
