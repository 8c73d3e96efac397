"""The whole chain: one file spoiled in many ways, and whatever bytes come."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from itertools import product
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from product_files.faults import FileFault
from product_files.reading import Limits, open_reader
from product_files.reading.dialect import DELIMITERS
from product_files.reading.encoding import ENCODINGS
from product_files.tests.reading.test_reader import GOOD, ROWS, read, written

# --- One file, spoiled in many ways ---------------------------------------------------------

CLEAN: Final = [
    [f"A{n}", f"Mug {n}, {'blue' * (n % 3)}", f'Made in "Łódź" {n}, by hand', f"{n}.50"]
    for n in range(12)
]
HEADER: Final = ["sku", "name", "description", "price"]


def known(columns: Sequence[str]) -> bool:
    return "sku" in columns


def clean_lines() -> list[str]:
    return written([HEADER, *CLEAN], ",", "\n", csv.QUOTE_MINIMAL).splitlines()


def spoiled() -> Iterator[tuple[str, int, str]]:
    """What is done to which line, and the file that it makes."""
    for number, line in enumerate(clean_lines()):
        cells = next(csv.reader([line]))
        for at in range(len(cells)):
            quoted = [
                '"' + cell.replace('"', '""') + '"' if "," in cell else cell for cell in cells
            ]
            more, less, quote = [*quoted], [*quoted], [*quoted]
            more.insert(at, "")
            less[at : at + 2] = ["".join(less[at : at + 2])]
            quote[at] = '"' + quote[at]
            yield "more", number, ",".join(more)
            yield "quote", number, ",".join(quote)
            if at < len(cells) - 1:
                yield "less", number, ",".join(less)
        yield "spaces", number, " ".join(quoted)


def test_a_spoiled_line_costs_itself_alone_and_is_never_taken_for_good() -> None:
    lines = clean_lines()
    for what, number, line in spoiled():
        if number == 0:
            continue
        data = "\n".join([*lines[:number], line, *lines[number + 1 :]]).encode()
        rows = list(open_reader(io.BytesIO(data), names_sku=known))
        assert [(line, cells) for line, cells, code in rows if not code] == [
            (n, cells) for n, cells in enumerate(CLEAN, start=2) if n != number + 1
        ], (what, line)
        (bad,) = [row for row in rows if row[2]]
        assert bad[0] == number + 1
        if what != "spaces":
            assert letters(bad[1]) == letters(CLEAN[number - 1])


def letters(cells: list[str]) -> str:
    return "".join(cells).replace('"', "").replace(",", "")


def test_a_spoiled_header_makes_no_row_of_it_and_no_header_of_a_row() -> None:
    lines = clean_lines()
    for what, number, line in spoiled():
        if number:
            break
        data = "\n".join([line, *lines[1:]]).encode()
        reader = open_reader(io.BytesIO(data), names_sku=known)
        if what == "spaces":
            assert reader.header_line == 2, "nothing that maps: the import refuses it"
            continue
        good = [cells for _, cells, code in reader if not code]
        assert reader.header_line == 1
        assert good == (CLEAN if len(reader.header) == 4 else [])


@pytest.mark.parametrize(
    ("spoil", "rows"),
    [
        (lambda text: text + "\n\n\n", CLEAN),
        (lambda text: text.rstrip("\n"), CLEAN),
        (lambda text: "PRODUCTS,,,\n,,,\n" + text, CLEAN),
        (lambda text: "Products of 3 May, all\n\n" + text, CLEAN),
        (lambda text: text.replace("\n", "\r"), CLEAN),
        (lambda text: text.replace("\n", "\r", 9).replace("\n", "\r\n", 9), CLEAN),
        (lambda text: text + "Total,40\n", CLEAN),
    ],
)
def test_a_file_that_is_spoiled_as_a_whole(
    spoil: Callable[[str], str], rows: list[list[str]]
) -> None:
    data = spoil("\n".join(clean_lines()) + "\n").encode()
    reader = open_reader(io.BytesIO(data), names_sku=known)
    assert reader.header == HEADER
    assert [cells for _, cells, code in reader if not code] == rows


def test_quotes_escaped_by_a_backslash_cost_their_rows() -> None:
    data = written([HEADER, *CLEAN], ",", "\n", csv.QUOTE_ALL).replace('""', '\\"').encode()
    assert {code for _, _, code in open_reader(io.BytesIO(data), names_sku=known)} == {
        "unclosed_quote"
    }


# --- Whatever comes -------------------------------------------------------------------------


def outcome(data: bytes, block: int, **asked: Any) -> object:
    """All that a reader tells; it raises nothing but FileFault."""
    limits = Limits(block_bytes=block, record_bytes=60)
    try:
        reader = open_reader(io.BytesIO(data), limits=limits, names_sku=known, **asked)
        rows = list(reader)
    except FileFault as fault:
        return fault.code
    lines = [line for line, _, _ in rows]
    assert lines == sorted(set(lines))
    assert lines[0] > reader.header_line
    assert reader.bytes_read == len(data)
    for _, cells, code in rows:
        assert code or len(cells) == len(reader.header)
        "".join(cells).encode()
        assert "\0" not in "".join(cells)
    return reader.encoding, reader.delimiter, reader.header_line, reader.header, rows


SNIPPETS: Final = [
    "sku",
    "name",
    ",",
    ";",
    "\t",
    "|",
    '"',
    "'",
    " ",
    "\n",
    "\r",
    "é",
    "\0",
    "7",
    "x" * 30,
]
TEXTS: Final = st.lists(st.sampled_from(SNIPPETS), max_size=30).map("".join)
ANY: Final = (
    st.binary(max_size=80)
    | st.tuples(TEXTS, st.sampled_from(["utf-8", "utf-16", "windows-1252", "utf-16-le"])).map(
        lambda drawn: drawn[0].encode(drawn[1])
    )
    | st.binary(max_size=60).map(lambda data: b"sku,name\n" + data)
)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A good file, in which some bytes were cut out and others put in."""
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "windows-1252"]))
    delimiter = draw(st.sampled_from(list(DELIMITERS)))
    data = written(GOOD, delimiter, "\r\n", csv.QUOTE_MINIMAL).encode(encoding)
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        end = start + draw(st.integers(0, 3))
        data = data[:start] + draw(st.binary(max_size=3)) + data[end:]
    return data


@given(ANY | mutated(), st.integers(1, 80))
def test_any_bytes_are_read_or_refused_whatever_the_blocks(data: bytes, block: int) -> None:
    assert outcome(data, block) == outcome(data, 100_000)


@given(
    ANY | mutated(),
    st.integers(1, 80),
    st.sampled_from(list(ENCODINGS)),
    st.sampled_from(list(DELIMITERS)),
)
def test_so_are_those_of_which_a_person_says_what_they_are(
    data: bytes, block: int, encoding: str, delimiter: str
) -> None:
    asked = {"encoding": encoding, "delimiter": delimiter}
    assert outcome(data, block, **asked) == outcome(data, 100_000, **asked)


def test_what_was_found_reads_the_same_when_it_is_asked_for() -> None:
    """As it is when an interrupted import reads its file again."""
    for encoding, delimiter in product(("utf-8-sig", "utf-16", "windows-1252"), DELIMITERS):
        data = written(GOOD, delimiter, "\n", csv.QUOTE_MINIMAL).encode(encoding)
        first = open_reader(io.BytesIO(data))
        rows = list(first)
        again = {"encoding": first.encoding, "delimiter": first.delimiter}
        assert read(data, **again) == rows == ROWS
