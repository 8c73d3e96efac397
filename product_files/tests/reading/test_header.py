from collections.abc import Sequence

import pytest

from product_files.faults import FileFault, RowCode
from product_files.reading.header import find_header
from product_files.reading.records import Record


def names_sku(columns: Sequence[str]) -> bool:
    return "sku" in map(str.lower, columns)


def found(*rows: list[str], width: int | None = None, limit: int = 512) -> tuple[int, list[str]]:
    records: list[Record] = [(line, cells, None) for line, cells in enumerate(rows, start=1)]
    width = max(map(len, rows), default=1) if width is None else width
    line, names, code = find_header(records, width=width, limit=limit, names_sku=names_sku)
    assert code is None
    return line, names


def refused(*rows: list[str], limit: int = 512) -> FileFault:
    with pytest.raises(FileFault) as fault:
        found(*rows, limit=limit)
    return fault.value


def test_the_first_record_with_text_is_the_header() -> None:
    assert found([" "], ["", ""], ["sku", "name"], ["A1", "Mug"]) == (3, ["sku", "name"])


def test_names_are_trimmed_and_freed_of_the_guard() -> None:
    header = [" SKU ", "\ufeffName\u200b", "'=x", "'@\t"]
    assert found(header) == (1, ["SKU", "Name", "=x", "@"])


def test_a_column_without_a_name_is_called_by_its_position() -> None:
    assert found(["sku", "", " ", "name"]) == (1, ["sku", "Column 2", "Column 3", "name"])


def test_columns_are_limited() -> None:
    assert len(found(["x"] * 512)[1]) == 512
    assert refused(["x"] * 513).code == "too_many_columns"


@pytest.mark.parametrize(
    "above",
    [
        [["Products"]],
        [["Export of 3 May", " 2026"], [""]],
        [["Products", "", ""], ["", "", ""]],
        [["a", "b", "c", "d"]],
    ],
)
def test_what_stands_above_the_column_of_the_sku_is_left_out(above: list[list[str]]) -> None:
    header = ["sku", "name", "price"]
    line = len(above) + 1
    assert found(*above, header, ["A1", "Mug", "1"], width=3) == (line, header)


def test_a_row_that_says_sku_is_no_header() -> None:
    header = ["article", "name"]
    assert found(header, ["A1", "Mug"], ["sku", "Rug"]) == (1, header)


@pytest.mark.parametrize("above", [[], [["Products", ""]], [["Products"], [" "]]])
def test_a_header_that_names_no_sku_has_two_names(above: list[list[str]]) -> None:
    header = ["article", "name"]
    assert found(*above, header, ["A1", "Mug"]) == (len(above) + 1, header)


def test_a_header_with_a_single_name() -> None:
    assert found(["sku", "", ""], ["A1", "", ""]) == (1, ["sku", "Column 2", "Column 3"])
    assert found(["article", ""], ["A1", ""]) == (1, ["article", "Column 2"])
    assert found(["article"], ["A1"]) == (1, ["article"])


@pytest.mark.parametrize("rows", [[], [[" "]], [["\ufeff"], ["\u00a0"]]])
def test_a_file_without_text_is_empty(rows: list[list[str]]) -> None:
    assert refused(*rows).code == "empty_file"


def test_a_file_of_empty_cells_has_no_header() -> None:
    assert refused(["", ""], [" "]).code == "no_header"


@pytest.mark.parametrize(
    ("code", "file_code"),
    [
        ("bad_encoding", "undecodable"),
        ("nul_character", "unsupported_format"),
        ("unclosed_quote", "no_header"),
        ("record_too_large", "no_header"),
    ],
)
def test_a_header_that_cannot_be_read(code: RowCode, file_code: str) -> None:
    for cells, width in ((["sku"], 1), (["sku", "name"], 3)):
        with pytest.raises(FileFault) as fault:
            find_header([(1, cells, code)], width=width, limit=512, names_sku=names_sku)
        assert fault.value.code == file_code


def test_a_quote_too_many_is_part_of_a_name_where_the_rows_confirm_it() -> None:
    records: list[Record] = [(1, ["sku", '"name'], "unclosed_quote"), (2, ["A1", "Mug"], None)]
    header = find_header(records, width=2, limit=512, names_sku=names_sku)
    assert header == (1, ["sku", '"name'], "unclosed_quote")


def test_what_is_broken_above_the_header_is_left_out() -> None:
    records: list[Record] = [(1, ['"Products'], "unclosed_quote"), (2, ["sku", "name"], None)]
    header = find_header(records, width=2, limit=512, names_sku=names_sku)
    assert header == (2, ["sku", "name"], None)
