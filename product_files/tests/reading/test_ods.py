"""OpenDocument spreadsheets: what their cells say, and that none of them does harm."""

from __future__ import annotations

import io
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from product_files.faults import FileFault
from product_files.reading import Limits, Reader, Record, open_reader
from product_files.tests.spreadsheets import (
    HIDDEN,
    MEDIA_TYPE,
    Value,
    blank_rows,
    cell,
    content_of,
    packed,
    sheet,
    spreadsheet,
)
from product_files.tests.workbooks import pack

HEADER = f"<table:table-row>{cell('sku')}{cell('name')}{cell('c')}</table:table-row>"


def opened(data: bytes, **limits: int) -> Reader:
    return open_reader(io.BytesIO(data), limits=Limits(**limits))


def read(data: bytes, **limits: int) -> list[Record]:
    return list(opened(data, **limits))


def refused(data: bytes, **limits: int) -> tuple[str, str]:
    with pytest.raises(FileFault) as fault:
        read(data, **limits)
    assert fault.value.detail.endswith(".")
    return fault.value.code, fault.value.detail


def row(cells: str, times: int = 1) -> str:
    repeated = f' table:number-rows-repeated="{times}"' if times > 1 else ""
    return f"<table:table-row{repeated}>{cells}</table:table-row>"


def below_header(rows: str) -> bytes:
    return packed(content_of(sheet(HEADER + rows)))


def repeated(cells: str, times: int) -> str:
    return cells.replace(
        "<table:table-cell", f'<table:table-cell table:number-columns-repeated="{times}"', 1
    )


def test_what_a_reader_tells() -> None:
    reader = opened(spreadsheet([[], ["SKU", "Name", "Price"], [], ["00123", "Mug", 12.5]]))
    assert (reader.encoding, reader.delimiter, reader.encoding_samples) == ("ods", "", [])
    assert (reader.header_line, reader.header) == (2, ["SKU", "Name", "Price"])
    assert list(reader) == [(4, ["00123", "Mug", "12.5"], None)]
    assert reader.bytes_read > 0


def test_an_encoding_and_a_delimiter_that_are_asked_for_mean_nothing() -> None:
    data = io.BytesIO(spreadsheet([["sku"], ["A;1"]]))
    assert list(open_reader(data, encoding="ods", delimiter=";")) == [(2, ["A;1"], None)]


def valued(kind: str, attributes: str, shown: str = "shown") -> str:
    return (
        f'<table:table-cell office:value-type="{kind}" {attributes}>'
        f"<text:p>{shown}</text:p></table:table-cell>"
    )


def texts(xml: str) -> str:
    return f'<table:table-cell office:value-type="string">{xml}</table:table-cell>'


@pytest.mark.parametrize(
    ("xml", "text"),
    [
        (valued("float", 'office:value="19"'), "19"),
        (valued("float", 'office:value="12.500000000000002"', "12.50"), "12.5"),
        (valued("float", 'office:value="0.30000000000000004"'), "0.3"),
        (valued("float", 'office:value="1.2E+012"'), "1200000000000"),
        (valued("float", 'office:value="12345678901234567890"'), "12345678901234567890"),
        (valued("float", 'office:value="123"', "00123"), "00123"),
        (valued("float", 'office:value="0"', "000"), "000"),
        (valued("float", 'office:value="124"', "00123"), "124"),
        (valued("float", 'office:value="12.5"', "012"), "12.5"),
        (valued("float", "", "5"), "5"),
        (valued("currency", 'office:currency="EUR" office:value="1234.5"', "1.234,50 €"), "1234.5"),
        (valued("percentage", 'office:value="0.25"', "25 %"), "0.25"),
        (valued("boolean", 'office:boolean-value="true"', "WAHR"), "true"),
        (valued("boolean", 'office:boolean-value="false"', "FALSCH"), "false"),
        (valued("date", 'office:date-value="2026-11-22"', "22.11.26"), "2026-11-22"),
        (valued("date", 'office:date-value="2026-11-22T00:00:00"'), "2026-11-22"),
        (valued("date", 'office:date-value="2026-11-22T13:45:20"'), "2026-11-22T13:45:20"),
        (
            valued("date", 'office:date-value="2026-11-22T13:45:19.999999999"'),
            "2026-11-22T13:45:20",
        ),
        (valued("date", 'office:date-value="9999-12-31T23:59:59.9"'), "9999-12-31T23:59:59.9"),
        (valued("date", 'office:date-value="soon"'), "soon"),
        (valued("time", 'office:time-value="PT13H45M20S"'), "13:45:20"),
        (valued("time", 'office:time-value="PT00H00M59.9S"'), "00:01:00"),
        (valued("time", 'office:time-value="PT36H00M00S"'), "1.5"),
        (valued("time", 'office:time-value="-PT01H"'), "-PT01H"),
        (valued("float", 'table:formula="of:=[.A1]*2" office:value="38"'), "38"),
        (valued("string", 'table:formula="of:=1/0" office:string-value=""', "#DIV/0!"), "#DIV/0!"),
        (valued("string", 'office:string-value="stored"'), "stored"),
        ("<table:table-cell><text:p>untyped</text:p></table:table-cell>", "untyped"),
        (texts("<text:p>00123</text:p>"), "00123"),
        (texts("<text:p>two</text:p><text:p/><text:p>lines</text:p>"), "two\n\nlines"),
        (texts("<text:p>two<text:line-break/>lines</text:p>"), "two\nlines"),
        (texts('<text:p>a<text:s text:c="3"/>b<text:s/>c<text:tab/>d</text:p>'), "a   b c\td"),
        (texts("<text:p>\n  one\t <text:span> red</text:span>\r\n mug </text:p>"), "one red mug "),
        (texts('<text:p><text:s/>a<text:s text:c="2"/></text:p>'), " a  "),
        (texts("<text:p>rich <text:span>te<text:a>xt</text:a></text:span></text:p>"), "rich text"),
        (
            texts(
                "<office:annotation><text:p>a comment</text:p></office:annotation>"
                "<text:p>text</text:p>"
            ),
            "text",
        ),
        (
            texts(
                "<text:p>te<office:annotation><text:p>a comment</text:p></office:annotation>xt"
                "<draw:frame><draw:text-box><text:p>box</text:p></draw:text-box></draw:frame></text:p>"
            ),
            "text",
        ),
        (
            texts("<text:p>東<text:ruby-text>ひがし</text:ruby-text>京</text:p>"),
            "東京",
        ),
        (
            texts(
                f"<text:p>in</text:p><table:table>{row(cell('no'))}</table:table><text:p>out</text:p>"
            ),
            "in\nout",
        ),
        ("<table:covered-table-cell><text:p>under</text:p></table:covered-table-cell>", ""),
        (texts("<text:p>a &lt;&quot;,&amp;</text:p>"), 'a <",&'),
        ("<table:table-cell/>", ""),
    ],
)
def test_what_a_cell_says(xml: str, text: str) -> None:
    assert read(below_header(row(cell("A") + xml))) == [(2, ["A", text, ""], None)]


def test_a_line_is_the_row_of_the_sheet_whatever_is_in_its_cells() -> None:
    rows: list[list[Value]] = [
        ["sku", "na\nme"],
        ["A1", 'two\nlines and "quotes"'],
        [],
        ["A2", "\n\n"],
        [None, None],
        ["A3", "x", "surplus"],
        ["A5"],
        ["A6", date(2026, 11, 22)],
        ["A7", datetime(2026, 11, 22, 6)],  # noqa: DTZ001
    ]
    reader = opened(spreadsheet(rows))
    assert reader.header == ["sku", "na\nme"]
    assert list(reader) == [
        (2, ["A1", 'two\nlines and "quotes"'], None),
        (4, ["A2", "\n\n"], None),
        (6, ["A3", "x", "surplus"], "wrong_column_count"),
        (7, ["A5", ""], None),
        (8, ["A6", "2026-11-22"], None),
        (9, ["A7", "2026-11-22T06:00:00"], None),
    ]


@pytest.mark.parametrize("block_bytes", [1, 100, 256 * 1024])
def test_rows_and_cells_that_are_repeated(block_bytes: int) -> None:
    blank = "<table:table-cell/>"
    data = below_header(
        blank_rows(3)
        + row(repeated(cell("A"), 2) + blank, 2)
        + blank_rows(2)
        + row(cell("B") + repeated(blank, 1) + cell("C") + repeated(blank, 16_381))
        + row(cell("D") + repeated(blank, 2) + cell("E"))
        + blank_rows(1_000_000)
    )
    assert read(data, block_bytes=block_bytes) == [
        (5, ["A", "A", ""], None),
        (6, ["A", "A", ""], None),
        (9, ["B", "", "C"], None),
        (10, ["D", "", "", "E"], "wrong_column_count"),
    ]


def test_groups_of_rows_are_rows() -> None:
    rows = row(cell("A"))
    rows = f"<table:table-rows>{rows}</table:table-rows>"
    grouped = f"<table:table-row-group>{rows}</table:table-row-group>"
    data = packed(
        content_of(sheet(f"<table:table-header-rows>{HEADER}</table:table-header-rows>{grouped}"))
    )
    assert read(data) == [(2, ["A", "", ""], None)]


def test_prefixes_are_those_that_the_file_declares() -> None:
    namespace = "urn:oasis:names:tc:opendocument:xmlns"
    data = packed(
        f"<o:document-content xmlns:o='{namespace}:office:1.0' xmlns:t='{namespace}:table:1.0'"
        f" xmlns:p='{namespace}:text:1.0'><o:body><o:spreadsheet><t:table><t:table-row>"
        "<t:table-cell><p:p>sku</p:p></t:table-cell></t:table-row><t:table-row>"
        "<t:table-cell o:value-type='float' o:value='7'/></t:table-row></t:table>"
        "</o:spreadsheet></o:body></o:document-content>"
    )
    assert read(data) == [(2, ["7"], None)]


FIRST, SECOND = HEADER + row(cell("1")), HEADER + row(cell("2"))


@pytest.mark.parametrize(
    ("first", "second", "found"),
    [
        ("shown", "shown", "1"),
        ("hidden", "shown", "2"),
        ("shown", "hidden", "1"),
        ("hidden", "hidden", "1"),
    ],
)
def test_the_first_sheet_that_is_shown(first: str, second: str, found: str) -> None:
    sheets = sheet(FIRST, style=first) + sheet(SECOND, style=second)
    assert read(packed(content_of(sheets, styles=HIDDEN))) == [(2, [found, "", ""], None)]


MANIFEST = "<!DOCTYPE manifest><m:manifest><m:file-entry>%s</m:file-entry></m:manifest>"
GOOD = content_of(sheet(FIRST))


def test_a_manifest_and_a_template_do_no_harm() -> None:
    data = packed(
        GOOD, media_type=f"{MEDIA_TYPE}-template\n", **{"META-INF__manifest_xml": MANIFEST % ""}
    )
    assert read(data) == [(2, ["1", "", ""], None)]


@pytest.mark.parametrize(
    ("data", "code", "detail"),
    [
        (packed(content_of("")), "empty_file", "no sheet"),
        (packed(content_of(sheet(blank_rows(9)))), "empty_file", "empty"),
        (packed(content_of(sheet(HEADER))), "no_rows", "no rows"),
        (
            packed(GOOD, media_type="application/vnd.oasis.opendocument.text"),
            "unsupported_format",
            "document",
        ),
        (
            packed(GOOD, **{"META-INF__manifest_xml": MANIFEST % "<m:encryption-data/>"}),
            "unsupported_format",
            "password",
        ),
        (
            pack({"mimetype": MEDIA_TYPE, "encrypted-package": "x"}),
            "unsupported_format",
            "password",
        ),
        (packed(""), "archive_unsafe", "damaged"),
        (packed(GOOD[: GOOD.index("</table:table>")]), "archive_unsafe", "damaged"),
        (packed(GOOD.replace("<office:body>", "<office:body>" * 200)), "archive_unsafe", "XML"),
        (packed(GOOD.replace("?>", "?><!DOCTYPE x [<!ENTITY a 'ha'>]>")), "archive_unsafe", "XML"),
        (below_header(row(repeated(cell("A"), 16_385))), "archive_unsafe", "damaged"),
        (
            below_header(row(repeated("<table:table-cell/>", 16_384) + cell("A"))),
            "archive_unsafe",
            "damaged",
        ),
        (below_header(row(cell("A"), 1_048_576)), "archive_unsafe", "damaged"),
        (below_header(blank_rows(2_000_000) + row(cell("A"))), "archive_unsafe", "damaged"),
        (
            below_header(row(cell("A")).replace("row>", 'row table:number-rows-repeated="-1">', 1)),
            "archive_unsafe",
            "damaged",
        ),
        (
            below_header(row(texts('<text:p><text:s text:c="many"/></text:p>'))),
            "archive_unsafe",
            "damaged",
        ),
        (packed(content_of(sheet(row(repeated(cell("A"), 600))))), "too_many_columns", "600"),
    ],
)
def test_spreadsheets_that_are_refused(data: bytes, code: str, detail: str) -> None:
    found = refused(data)
    assert found[0] == code
    assert detail in found[1]


def test_a_table_in_a_drawing_of_the_sheet_is_none_of_its_rows() -> None:
    inner = f"<table:table>{row(cell('inner'))}</table:table>"
    drawing = f"<table:shapes><draw:frame>{inner}</draw:frame></table:shapes>"
    assert read(packed(content_of(sheet(drawing + FIRST)))) == read(
        packed(content_of(sheet(FIRST)))
    )


TEXTS = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")
    | st.sampled_from('", \n\t'),
    max_size=12,
)
NUMBERS = st.integers(-(10**14), 10**14)


def said(value: Value) -> str:
    """What a cell of these tests says, by the rules of CSV files."""
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


@given(
    st.lists(
        st.lists(st.none() | st.booleans() | NUMBERS | st.dates() | TEXTS, min_size=2, max_size=2),
        max_size=8,
    ),
    st.integers(1, 300),
)
def test_the_rows_are_those_that_were_written(rows: list[list[Any]], block_bytes: int) -> None:
    # A last row, for a file without any is refused.
    rows.append(["last", None])
    found = read(spreadsheet([["sku", "name"], *rows]), block_bytes=block_bytes)
    assert found == [
        (number, [said(value) for value in row], None)
        for number, row in enumerate(rows, start=2)
        if any(map(said, row))
    ]
