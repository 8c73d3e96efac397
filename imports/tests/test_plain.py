"""The shortcut for plain lines leads to where the long way leads."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from imports.mapping import map_header
from imports.plain import compile_shortcut
from imports.readers.records import Layout, Piece, no_shortcut, read_sound
from imports.rows import WORDS
from imports.stager import NULL, Recipe, Stager
from products.sku import SKU_TRIM

HEADER = ("sku", "name", "description", "price", "active")


def staged(
    line: bytes, header: tuple[str, ...] = HEADER, *, delimiter: str = ",", blank: str = "clear"
) -> list[bytes] | None:
    """What the shortcut makes of line 7, in cells."""
    shortcut = compile_shortcut(map_header(header), delimiter=delimiter, blank=blank, rest=b"rest")
    row = shortcut(7, line)
    return None if row is None else row.removesuffix(b"\n").split(b"\t")


def test_a_plain_line() -> None:
    line = "A-1,Krug groß,ein \x0b Krug,12.50,Yes\r\n".encode()
    assert staged(line) == [b"7", *line.removesuffix(b"\r\n").split(b","), b"rest"]


@pytest.mark.parametrize(
    ("line", "clear", "keep"),
    [
        (b"A,Mug,Blue,,", rb"7 A Mug Blue \N \N rest", rb"7 A Mug Blue \N \N rest"),
        (b"A,Mug,,1,no", rb"7 A Mug  1 no rest", rb"7 A Mug \N 1 no rest"),
    ],
)
def test_blank_cells(line: bytes, clear: bytes, keep: bytes) -> None:
    assert staged(line, blank="clear") == clear.split(b" ")
    assert staged(line, blank="keep") == keep.split(b" ")


def test_columns_in_another_order_and_of_no_use() -> None:
    header = ("Active", "Colour", "Title", "SKU")
    assert staged(b"no,red 5,Mug,A", header) == [
        *(b"7", b"A", b"Mug", NULL.encode(), NULL.encode(), b"no", b"rest")
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters(delimiter: str) -> None:
    mark = delimiter.encode()
    assert staged(mark.join([b"A", b"M", b"D", b"1", b"y"]), delimiter=delimiter)
    assert not staged(mark.join([b"A", b"M", b"D", b"1", b"y", b""]), delimiter=delimiter)
    assert not staged(mark.join([b"A", b"M", b"D", b"1"]), delimiter=delimiter)


@pytest.mark.parametrize(
    "line",
    [
        *(b"", b"\n", b"A", b",Mug,,,", b"A,,,,", b'A,"Mug",,,', b"A,M\\ug,,,", b"A,M\tug,,,"),
        *(b" A,Mug,,,", b"A ,Mug,,,", b"'A,Mug,,,", b"\xc3\x84,Mug,,,", b"A\x7f,Mug,,,"),
        *(b"A, Mug,,,", b"A,Mug ,,,", b"A,'Mug,,,", b"A,Mug,'=1,,", b"A,Mug,,1.5,", b"A,Mug,,-1,"),
        *(b"A,Mug,,01,", b"A,Mug,,$1,", b"A,Mug,,,active", b"A,Mug,,,on", b"A,Mug,,, yes"),
        *(b"A" * 65 + b",Mug,,,", b"A," + b"M" * 256 + b",,,", b"A,Mug," + b"D" * 65_536 + b",,"),
        *(f"A,{space}Mug,,,".encode() for space in SKU_TRIM),
        *(f"A,Mug{space},,,".encode() for space in SKU_TRIM),
    ],
)
def test_lines_that_are_not_plain(line: bytes) -> None:
    assert staged(line) is None


@pytest.mark.parametrize("header", [("sku", "price"), ("sku", "name", "attribute:colour")])
def test_files_without_plain_lines(header: tuple[str, ...]) -> None:
    shortcut = compile_shortcut(map_header(header), delimiter=",", blank="clear", rest=b"")
    assert shortcut is no_shortcut


CELLS = st.one_of(
    st.text("aB1 -", max_size=4),
    st.text(SKU_TRIM + "aß日'=\\\"\x7f", max_size=4),
    st.sampled_from([*WORDS, "TRUE", "on", "1.50", "007", "10000000000", "x" * 64, "x" * 65]),
    st.sampled_from(["x" * 255, "x" * 256, "ß" * 128, "x" * 65_535, "x" * 65_536]),
)
WORD_OF = {"True": True, "False": False} | WORDS


@given(
    st.permutations([*HEADER, "notes"]),
    st.lists(st.lists(CELLS, min_size=6, max_size=6), min_size=1, max_size=4),
    st.sampled_from(["clear", "keep"]),
    st.sampled_from(",;\t|"),
)
@example([*HEADER, "notes"], [["A", "Mug", "", "", "", ""]], "clear", ",")
@example([*HEADER, "notes"], [["A", "Mug", "", "", "", ""]], "keep", ",")
def test_the_same_as_the_long_way(
    header: list[str], rows: list[list[str]], blank: str, delimiter: str
) -> None:
    layout = Layout(delimiter=delimiter, width=6, record_bytes=1_000_000)
    stager = Stager(Recipe(layout=layout, mapping=map_header(header), blank=blank))
    piece = Piece(2, [f"{delimiter.join(row)}\n".encode() for row in rows])
    short, used = read_sound(piece, layout, stager.shortcut)
    long, used_as_well = read_sound(piece, layout)
    assert used == used_as_well
    assert told(stager.stage(short).text) == told(stager.stage(long).text)


def told(text: bytes) -> list[list[object]]:
    """Rows of COPY's text; PostgreSQL reads a truth from several words."""
    rows: list[list[object]] = [list(row.split("\t")) for row in text.decode().split("\n")[:-1]]
    for row in rows:
        row[5] = WORD_OF.get(str(row[5]).lower(), WORD_OF.get(str(row[5])))
    return rows
