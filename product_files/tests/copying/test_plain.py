"""The shortcut for plain records leads to where the long way leads."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from functools import partial

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from product_files.copying.plain import compile_shortcut
from product_files.copying.stager import Stager, StagingOptions
from product_files.judging.columns import map_header
from product_files.judging.rows import ACTIVE_WORDS
from product_files.reading.records import Layout, Piece, no_shortcut, read_sound
from products.sku import SKU_TRIM

HEADER = ("sku", "name", "description", "price", "active")


def layout(header: Sequence[str] = HEADER, delimiter: str = ",", *, whole: bool = False) -> Layout:
    return Layout(
        delimiter=delimiter, width=len(header), record_bytes=1_000_000, has_whole_lines=whole
    )


def staged(
    line: bytes, header: tuple[str, ...] = HEADER, *, delimiter: str = ","
) -> list[bytes] | None:
    """What the shortcut makes of a record on line 7, in cells as they are written."""
    shortcut = compile_shortcut(map_header(header), layout(header, delimiter), b"rest")
    found = shortcut(line.rstrip(b"\r\n") + b"\n", 0, 7)
    return None if found is None else found[0].text.removesuffix(b"\n").split(delimiter.encode())


def test_a_plain_line() -> None:
    line = "A-1,Krug groß,ein \x0b Krug\\,12.50,Yes".encode()
    assert staged(line) == [b"7", *line.split(b","), b"rest"]


def test_quoted_cells() -> None:
    line = '"A-1","Krug groß","ein\tKrug","12.50","Yes"'.encode()
    assert staged(line) == [b"7", *line.split(b","), b"rest"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_what_only_quoted_cells_have(delimiter: str) -> None:
    mark = delimiter.encode()
    cells = [b"A", b'"One %b two"' % mark, b'"5"" wide\r\n%b,\nhigh"' % mark, b"1", b"y"]
    shortcut = compile_shortcut(map_header(HEADER), layout(HEADER, delimiter), b"rest")
    record = mark.join(cells)
    text = mark.join([b"7", record, b"rest"]) + b"\n"
    assert shortcut(record + b"\r\n", 0, 7) == ((text, 1), 3, len(record) + 2)


@pytest.mark.parametrize("header", [HEADER, ("sku", "name", "colour")])
def test_where_a_record_is_not_plain_the_shortcut_ends(header: tuple[str, ...]) -> None:
    shortcut = compile_shortcut(map_header(header), layout(header), b"rest")
    line = b",".join([b"A", b"M", b"", b"", b""][: len(header)])
    plain = line + b"\n" + line + b"\r\n" + line + b"\r"
    blank = b"," * (len(map_header(header).fields) - 2)
    text = b"".join(b"%d,A,M%b,rest\n" % (number, blank) for number in (7, 8, 9))
    rest = b'"B"",M\nC,M\n'
    assert shortcut(b"x\n" + plain + rest, 2, 7) == ((text, 3), 3, 2 + len(plain))
    assert shortcut(plain + rest, len(plain), 10) is None
    # It may go on behind what is known of the file so far.
    assert shortcut(line, 0, 7) is None


def test_lines_are_counted_through_records_of_several() -> None:
    shortcut = compile_shortcut(map_header(HEADER), layout(), b"rest")
    data = b'A,M,,,\nB,M,"two\n\nthree",,\nC,M,,,\n'
    text = b'7,A,M,,,,rest\n8,B,M,"two\n\nthree",,,rest\n11,C,M,,,,rest\n'
    assert shortcut(data, 0, 7) == ((text, 3), 5, len(data))


def test_a_row_of_a_workbook_is_one_line_however_many_it_has() -> None:
    shortcut = compile_shortcut(map_header(HEADER), layout(whole=True), b"rest")
    data = b'A,M,,,\nB,M,"two\n\nthree",,\nC,M,,,\n'
    text = b'7,A,M,,,,rest\n8,B,M,"two\n\nthree",,,rest\n9,C,M,,,,rest\n'
    assert shortcut(data, 0, 7) == ((text, 3), 3, len(data))


def test_columns_in_another_order() -> None:
    assert staged(b"no,Mug,A", ("Active", "Title", "SKU")) == [b"7", b"no", b"Mug", b"A", b"rest"]


@pytest.mark.parametrize("colour", [b"red 5", b'"red, 5"', b'"red ""5"""', b'"red\n5"', b""])
def test_columns_of_no_use(colour: bytes) -> None:
    header = ("Active", "Colour", "Title", "SKU")
    line = b"no,%b,Mug,A" % colour
    assert staged(line, header) == [b"7", b"no", b"Mug", b"A", b"rest"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters(delimiter: str) -> None:
    mark = delimiter.encode()
    assert staged(mark.join([b"A", b"M", b"D", b"1", b"y"]), delimiter=delimiter)
    assert not staged(mark.join([b"A", b"M", b"D", b"1", b"y", b""]), delimiter=delimiter)
    assert not staged(mark.join([b"A", b"M", b"D", b"1"]), delimiter=delimiter)


@pytest.mark.parametrize("quote", [b"", b'"'])
@pytest.mark.parametrize(
    ("sku", "name", "description", "price", "active"),
    [
        (b"", b"Mug", b"", b"", b""),
        (b"A", b"", b"", b"", b""),
        *((sku, b"Mug", b"", b"", b"") for sku in [b" A", b"A ", b"'A", b"\xc3\x84", b"A\x7f"]),
        *((b"A", name, b"", b"", b"") for name in [b" Mug", b"Mug ", b"'Mug", b"M" * 256]),
        *((b"A", b"Mug", text, b"", b"") for text in [b"'=1", b"D" * 65_536]),
        *(
            (b"A", b"Mug", b"", price, b"")
            for price in [b"1.", b"-1", b"01", b"$1", b" 1", b"1.505"]
        ),
        *((b"A", b"Mug", b"", b"", word) for word in [b"active", b"on", b" yes"]),
        (b"A" * 65, b"Mug", b"", b"", b""),
        *((b"A", f"{space}Mug".encode(), b"", b"", b"") for space in SKU_TRIM),
        *((b"A", f"Mug{space}".encode(), b"", b"", b"") for space in SKU_TRIM),
    ],
)
def test_cells_that_are_not_plain(
    sku: bytes, name: bytes, description: bytes, price: bytes, active: bytes, quote: bytes
) -> None:
    cells = (sku, name, description, price, active)
    assert staged(b",".join(b"%b%b%b" % (quote, cell, quote) for cell in cells)) is None


@pytest.mark.parametrize(
    "line",
    [
        *(b"", b"\n", b"A", b'A,"Mug,,,', b'A,Mug",,,', b'A,"Mug"s,,,', b'A, "Mug",,,'),
        *(b'A,Mug,"a""b,,', b'A,Mug,"a"b",,', b'A,"M""ug",,,', b'"A""",Mug,,,', b'A,"M\nug",,,'),
        b'A,Mug,"' + b'""' * 32_768 + b'",,',
    ],
)
def test_records_that_are_not_plain(line: bytes) -> None:
    assert staged(line) is None


@pytest.mark.parametrize("header", [("sku", "price"), ("sku", "name", "attribute:colour")])
def test_files_without_plain_lines(header: tuple[str, ...]) -> None:
    shortcut = compile_shortcut(map_header(header), layout(header), b"")
    assert shortcut is no_shortcut


CELLS = st.one_of(
    st.text("aB1 -", max_size=4),
    st.text(SKU_TRIM + "aß日'=\\\"\x7f,;|", max_size=4),
    st.sampled_from(
        [*ACTIVE_WORDS, "TRUE", "on", "1.50", "007", "10000000000", "x" * 64, "x" * 65]
    ),
    st.sampled_from(["x" * 255, "x" * 256, "ß" * 128]),
)
WORD_OF = {"True": True, "False": False} | ACTIVE_WORDS


@given(
    st.permutations([*HEADER, "notes"]),
    st.lists(st.lists(CELLS, min_size=6, max_size=6), min_size=1, max_size=4),
    st.lists(st.sampled_from(["as it is", "quoted", "where needed"]), min_size=4, max_size=4),
    st.sampled_from(["clear", "keep"]),
    st.sampled_from(",;\t|"),
    st.sampled_from(["\n", "\r\n"]),
)
@example([*HEADER, "notes"], [["A", "Mug", "", "", "", ""]], ["quoted"] * 4, "clear", ",", "\n")
@example([*HEADER, "notes"], [["A", "Mug", "", "", "", ""]], ["quoted"] * 4, "keep", ",", "\n")
def test_the_same_as_the_long_way(
    header: list[str],
    rows: list[list[str]],
    styles: list[str],
    blank: str,
    delimiter: str,
    line_end: str,
) -> None:
    layouted = layout(header, delimiter)
    options = StagingOptions(layout=layouted, mapping=map_header(header), blank=blank)
    stager, active = Stager(options), options.columns.index("active")
    pairs = zip(rows, styles, strict=False)
    written = "".join(write(row, style, delimiter) + line_end for row, style in pairs)
    piece = Piece(2, written.encode().splitlines(keepends=True))
    short, used = read_sound(piece, layouted, stager.shortcut)
    long, used_as_well = read_sound(piece, layouted)
    assert used == used_as_well
    told = partial(read_back, delimiter=delimiter, active=active)
    assert told(stager.stage(short).text) == told(stager.stage(long).text)


def write(row: list[str], style: str, delimiter: str) -> str:
    """A record, with the quotes that it should have, or with none."""
    if style == "as it is":
        return delimiter.join(row)
    text = io.StringIO()
    write = partial(csv.writer, text, delimiter=delimiter, lineterminator="")
    writer = write(quoting=csv.QUOTE_ALL) if style == "quoted" else write()
    writer.writerow(row)
    return text.getvalue()


def read_back(text: bytes, *, delimiter: str, active: int) -> list[list[object]]:
    """Rows as COPY takes them, with the words that PostgreSQL reads a truth from as one."""
    lines = io.StringIO(text.decode(), newline="")
    rows: list[list[object]] = [list(row) for row in csv.reader(lines, delimiter=delimiter)]
    for row in rows:
        row[active] = WORD_OF.get(str(row[active]).lower(), WORD_OF.get(str(row[active])))
    return rows
