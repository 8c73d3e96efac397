"""Workbooks: what their cells say, and that none of them does harm."""

from __future__ import annotations

import io
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from product_files.faults import FileFault
from product_files.reading import Limits, Reader, Record, open_reader
from product_files.tests.workbooks import (
    MAIN,
    RELATIONS,
    Value,
    pack,
    parts_of,
    relations,
    sheet,
    styles,
    workbook,
)

HEADER = '<row r="1"><c r="A1" t="str"><v>sku</v></c><c r="B1" t="str"><v>name</v></c></row>'


def opened(data: bytes, **limits: int) -> Reader:
    return open_reader(io.BytesIO(data), limits=Limits(**limits))


def read(data: bytes, **limits: int) -> list[Record]:
    return list(opened(data, **limits))


def refused(data: bytes, **limits: int) -> tuple[str, str]:
    with pytest.raises(FileFault) as fault:
        read(data, **limits)
    assert fault.value.detail.endswith(".")
    return fault.value.code, fault.value.detail


def test_what_a_reader_tells() -> None:
    reader = opened(workbook([[], ["SKU", "Name", "Price"], [], ["00123", "Mug", 12.5]]))
    assert (reader.encoding, reader.delimiter) == ("xlsx", "")
    assert (reader.header_line, reader.header) == (2, ["SKU", "Name", "Price"])
    assert list(reader) == [(4, ["00123", "Mug", "12.5"], None)]
    assert reader.bytes_read > 0


def test_an_encoding_and_a_delimiter_that_are_asked_for_mean_nothing() -> None:
    data = io.BytesIO(workbook([["sku"], ["A;1"]]))
    assert list(open_reader(data, encoding="xlsx", delimiter=";")) == [(2, ["A;1"], None)]


def cells(xml: str, **parts: str) -> list[str]:
    """What the cells of one row say, in a sheet of four columns."""
    header = "".join(f'<c t="str"><v>{name}</v></c>' for name in ("sku", "b", "c", "d"))
    data = f'<row r="1">{header}</row><row r="2">{xml}</row>'
    ((line, found, code),) = read(pack(parts_of(data, **parts)))
    assert (line, code) == (2, None)
    return found


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ('<c t="n"><v>19</v></c>', "19"),
        ("<c><v>19.0</v></c>", "19"),
        ("<c><v>12.500000000000002</v></c>", "12.5"),
        ("<c><v>0.30000000000000004</v></c>", "0.3"),
        ("<c><v>4006381333931</v></c>", "4006381333931"),
        ("<c><v>12345678901234567890</v></c>", "12345678901234567890"),
        ("<c><v>1.2E+12</v></c>", "1200000000000"),
        ("<c><v>1.234567890123457E+16</v></c>", "12345678901234570"),
        ("<c><v>1E-3</v></c>", "0.001"),
        ("<c><v>1E-300</v></c>", "1E-300"),
        ("<c><v>-0</v></c>", "0"),
        ("<c><v>-7.10</v></c>", "-7.1"),
        ("<c><v>1E+300</v></c>", "1E+300"),
        ("<c><v>NaN</v></c>", "NaN"),
        ("<c><v> 5 </v></c>", "5"),
        ("<c><v>five</v></c>", "five"),
        ('<c s="99"><v>5</v></c>', "5"),
        ('<c t="b"><v>1</v></c>', "true"),
        ('<c t="b"><v>0</v></c>', "false"),
        ('<c t="e"><v>#N/A</v></c>', "#N/A"),
        ('<c t="d"><v>2026-11-22</v></c>', "2026-11-22"),
        ('<c t="str"><f>"a"&amp;B1</f><v>00123</v></c>', "00123"),
        ('<c t="str"><v>1.2E+12</v></c>', "1.2E+12"),
        ("<c><f>1+1</f><v>2</v></c>", "2"),
        ('<c t="inlineStr"><is><t>a &lt; b</t></is></c>', "a < b"),
        ('<c t="inlineStr"><is><r><t>Mu</t></r><r><t>g</t></r></is></c>', "Mug"),
        (
            '<c t="inlineStr"><is><t>東京</t><rPh sb="0" eb="2"><t>トウキョウ</t></rPh></is></c>',
            "東京",
        ),
        ('<c t="inlineStr"><is><t>a_x000D_\nb_x0041_ _xD800_</t></is></c>', "a\r\nbA _xD800_"),
        ('<c t="s"><v>0</v></c>', "first"),
        ('<c t="s"><v>1</v></c>', ' sec"ond,\n'),
        ('<c t="s"><v>2</v></c>', "rich"),
        ('<c t="s"><v>3</v></c>', ""),
    ],
)
def test_what_a_cell_says(cell: str, text: str) -> None:
    texts = (
        '<si><t>first</t></si><si><t xml:space="preserve"> sec"ond,\n</t></si>'
        "\n <si> <r><rPr><rFont val='x'/>\n</rPr><t>ri</t></r>\n"
        "<rPh><t>no</t></rPh><r><t>ch</t></r></si><si/>"
    )
    found = cells(f'<c t="str"><v>A</v></c>{cell}', texts=texts)
    assert found == ["A", text, "", ""]


@pytest.mark.parametrize(
    ("code", "value", "text"),
    [
        ("00000", "123", "00123"),
        ("00000", "1234567", "1234567"),
        ("00000", "1.5", "1.5"),
        ("0000", "-1", "-1"),
        ("0.00", "12.5", "12.5"),
        ("#,##0.00\\ [$€-407]", "1234.5", "1234.5"),
        ('0 "days"', "3", "3"),
        ("0%", "0.25", "0.25"),
        ("General", "3", "3"),
        ("@", "3", "3"),
        ("[Red]0;[Blue]-0", "3", "3"),
        ("yyyy\\-mm\\-dd", "46348", "2026-11-22"),
        ("dd/mm/yyyy hh:mm", "46348.5731481481", "2026-11-22T13:45:20"),
        ("[$-F800]dddd, mmmm dd, yyyy", "46348", "2026-11-22"),
        ("yyyy;@", "1", "1900-01-01"),
        ("yyyy", "59", "1900-02-28"),
        ("yyyy", "60", "60"),
        ("yyyy", "61", "1900-03-01"),
        ("yyyy", "2958465", "9999-12-31"),
        ("yyyy", "2958466", "2958466"),
        ("yyyy", "-1", "-1"),
        ("yyyy", "1E+300", "1E+300"),
        ("yyyy", "soon", "soon"),
        ("hh:mm", "0.5", "12:00:00"),
        ("[h]:mm", "1.5", "1.5"),
    ],
)
def test_what_a_format_makes_of_a_number(code: str, value: str, text: str) -> None:
    found = cells(f'<c t="str"><v>A</v></c><c s="1"><v>{value}</v></c>', styles=styles(code))
    assert found[1] == text


def test_dates_by_a_format_that_every_spreadsheet_knows() -> None:
    known = "<cellXfs><xf numFmtId='14'/><xf numFmtId='22'/><xf numFmtId='46'/></cellXfs>"
    found = cells(
        '<c s="0"><v>46348</v></c><c s="1"><v>46348.25</v></c><c s="2"><v>2.5</v></c>',
        styles=known,
    )
    assert found == ["2026-11-22", "2026-11-22T06:00:00", "2.5", ""]


def test_days_that_count_from_1904() -> None:
    parts = parts_of(f'{HEADER}<row r="2"><c s="1"><v>1</v></c></row>', styles=styles("yyyy-mm-dd"))
    main = str(parts["xl/workbook.xml"])
    parts["xl/workbook.xml"] = main.replace("<sheets>", '<workbookPr date1904="1"/><sheets>')
    assert read(pack(parts)) == [(2, ["1904-01-02", ""], None)]


def test_a_line_is_the_row_of_the_sheet_whatever_is_in_its_cells() -> None:
    rows: list[list[Value]] = [
        ["sku", "na\nme"],
        ["A1", 'two\nlines and "quotes"'],
        [],
        ["A2", "\r\n\n"],
        [None, None],
        ["A3", "x", "surplus"],
        ["A4", "\0"],
        ["A5"],
    ]
    reader = opened(workbook(rows))
    assert reader.header == ["sku", "na\nme"]
    assert list(reader) == [
        (2, ["A1", 'two\nlines and "quotes"'], None),
        (4, ["A2", "\r\n\n"], None),
        (6, ["A3", "x", "surplus"], "wrong_column_count"),
        (7, ["A4", "\\x00"], "nul_character"),
        (8, ["A5", ""], None),
    ]


@pytest.mark.parametrize("block_bytes", [1, 100, 256 * 1024])
def test_rows_that_are_far_apart(block_bytes: int) -> None:
    data = f'{HEADER}<row r="300000"><c r="A300000"><v>1</v></c></row>'
    assert read(pack(parts_of(data)), block_bytes=block_bytes) == [(300_000, ["1", ""], None)]


def test_titles_above_a_table_and_notes_beside_it_do_not_widen_it() -> None:
    rows: list[list[Value]] = [["sku", "name", "price"]]
    rows += [[f"A{number}", "Mug"] for number in range(50)]
    rows[7] = ["A6", "Mug", None, None, "call the supplier"]
    found = read(workbook(rows))
    assert [record[0] for record in found if record[2]] == [8]
    assert found[0] == (2, ["A0", "Mug", ""], None)


def test_a_part_may_have_a_prefix_and_leave_out_where_cells_stand() -> None:
    parts = parts_of("")
    parts["xl/worksheets/sheet1.xml"] = (
        f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData>'
        '<x:row><x:c t="inlineStr"><x:is><x:t>sku</x:t></x:is></x:c></x:row>'
        "<x:row><x:c><x:v>7</x:v></x:c></x:row></x:sheetData></x:worksheet>"
    )
    assert read(pack(parts)) == [(2, ["7"], None)]


def two_sheets(first: str, second: str) -> bytes:
    """Sheets of which each has attributes of its own, by which one is chosen."""
    parts = parts_of(HEADER + '<row r="2"><c><v>1</v></c></row>')
    parts["xl/worksheets/sheet2.xml"] = sheet(HEADER + '<row r="2"><c><v>2</v></c></row>')
    parts["xl/_rels/workbook.xml.rels"] = relations(
        worksheet1="worksheets/sheet1.xml",
        worksheet2="worksheets/sheet2.xml",
        chartsheet3="worksheets/sheet1.xml",
    )
    parts["xl/workbook.xml"] = (
        f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets>'
        f'<sheet sheetId="1" {first}/><sheet sheetId="2" {second}/></sheets></workbook>'
    )
    return pack(parts)


@pytest.mark.parametrize(
    ("first", "second", "found"),
    [
        ('r:id="worksheet1"', 'r:id="worksheet2"', "1"),
        ('r:id="worksheet2"', 'r:id="worksheet1"', "2"),
        ('r:id="worksheet1" state="hidden"', 'r:id="worksheet2"', "2"),
        ('r:id="worksheet1" state="veryHidden"', 'r:id="worksheet2" state="hidden"', "1"),
        ('r:id="chartsheet3"', 'r:id="worksheet2"', "2"),
    ],
)
def test_the_first_sheet_that_is_shown(first: str, second: str, found: str) -> None:
    assert read(two_sheets(first, second)) == [(2, [found, ""], None)]


def without(name: str) -> bytes:
    parts = parts_of(HEADER + '<row r="2"><c><v>1</v></c></row>')
    del parts[name]
    return pack(parts)


@pytest.mark.parametrize("name", ["_rels/.rels", "xl/styles.xml", "xl/sharedStrings.xml"])
def test_parts_that_may_be_left_out(name: str) -> None:
    assert read(without(name)) == [(2, ["1", ""], None)]


def with_part(name: str, data: str) -> bytes:
    return pack(parts_of(HEADER) | {name: data})


LAUGHS = "".join(
    f"<!ENTITY {name} '{10 * f'&{before};'}'>" for before, name in pairwise("abcdefghi")
)
BILLION_LAUGHS = (
    f"<!DOCTYPE sst [<!ENTITY a 'ha'>{LAUGHS}]><sst xmlns='{MAIN}'><si><t>&i;</t></si></sst>"
)

SHEET = "xl/worksheets/sheet1.xml"
DOCUMENT = {"[Content_Types].xml": "<Types/>", "word/document.xml": "<document/>"}
KLINGON = '<?xml version="1.0" encoding="klingon"?><worksheet/>'
BINARY = relations(officeDocument1="xl/workbook.bin")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (pack(parts_of("")), "empty_file"),
        (pack(parts_of(HEADER)), "no_rows"),
        (pack(DOCUMENT), "unsupported_format"),
        (with_part("_rels/.rels", BINARY), "unsupported_format"),
        (with_part("xl/workbook.xml", "<document/>"), "unsupported_format"),
        (with_part("xl/workbook.xml", "<workbook/>"), "empty_file"),
        (pack({"mimetype": "application/vnd.oasis", "content.xml": "<x/>"}), "unsupported_format"),
        (without("xl/_rels/workbook.xml.rels"), "archive_unsafe"),
        (without("xl/worksheets/sheet1.xml"), "archive_unsafe"),
        (with_part(SHEET, ""), "archive_unsafe"),
        (with_part(SHEET, sheet(HEADER)[:-30]), "archive_unsafe"),
        (with_part(SHEET, KLINGON), "archive_unsafe"),
        (pack(parts_of('<row r="2"/><row r="1"/>')), "archive_unsafe"),
        (pack(parts_of('<row r="1048577"/>')), "archive_unsafe"),
        (pack(parts_of('<row r="one"/>')), "archive_unsafe"),
        (pack(parts_of('<row r="9999999999999"/>')), "archive_unsafe"),
        (pack(parts_of('<row><c r="ZZZ1"/></row>')), "archive_unsafe"),
        (pack(parts_of('<row><c r="a1"/></row>')), "archive_unsafe"),
        (pack(parts_of('<row><c t="s"><v>0</v></c></row>')), "archive_unsafe"),
        (pack(parts_of('<row><c t="s"><v>-1</v></c></row>')), "archive_unsafe"),
        (pack(parts_of("<row><c>" * 60)), "archive_unsafe"),
    ],
)
def test_workbooks_that_are_refused(data: bytes, code: str) -> None:
    assert refused(data)[0] == code


def test_rejected_xml_of_any_part_names_no_entity() -> None:
    data = pack(
        parts_of('<row><c t="s"><v>0</v></c></row>') | {"xl/sharedStrings.xml": BILLION_LAUGHS}
    )
    code, detail = refused(data)
    assert code == "archive_unsafe"
    assert "XML" in detail


TEXTS = st.text(
    st.characters(exclude_categories=["Cs"]) | st.sampled_from('",\r\n_x0041'), max_size=12
).filter(lambda text: "\ufffe" not in text and "\uffff" not in text)
NUMBERS = st.integers(-(10**14), 10**14)


def said(value: Value) -> str:
    """What a cell of these tests says, by the rules of CSV files."""
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


@given(
    st.lists(
        st.lists(st.none() | st.booleans() | NUMBERS | TEXTS, min_size=2, max_size=2), max_size=8
    ),
    st.integers(1, 300),
)
def test_the_rows_are_those_that_were_written(rows: list[list[Any]], block_bytes: int) -> None:
    # A last row, for a file without any is refused.
    rows.append(["last", None])
    found = read(workbook([["sku", "name"], *rows]), block_bytes=block_bytes)
    expected = [
        (number, [said(value) for value in row])
        for number, row in enumerate(rows, start=2)
        if any(map(said, row))
    ]
    assert [(line, shown(row)) for line, row, _ in found] == [
        (line, shown(row)) for line, row in expected
    ]


def shown(row: list[str]) -> list[str]:
    """A rejected row has this in the place of a NUL character."""
    return [cell.replace("\0", "\\x00") for cell in row]
