import pytest

from imports.faults import FileFault, RowCode
from imports.readers.header import find_header
from imports.readers.records import Record


def found(*rows: list[str], limit: int = 512) -> tuple[int, list[str]]:
    records: list[Record] = [(line, cells, None) for line, cells in enumerate(rows, start=1)]
    return find_header(iter(records), limit)


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


@pytest.mark.parametrize("rows", [[], [[" "]], [["\ufeff"], ["\u00a0"]]])
def test_a_file_without_text_is_empty(rows: list[list[str]]) -> None:
    assert refused(*rows).code == "empty_file"


def test_a_file_of_empty_cells_has_no_header() -> None:
    assert refused(["", ""], [" "]).code == "no_header"


@pytest.mark.parametrize(
    ("text", "name"), [("sku;name", "semicolons"), ("sku\tname", "tabs"), ("sku|name", "bars")]
)
def test_another_delimiter_is_named(text: str, name: str) -> None:
    fault = refused([text])
    assert fault.code == "unsupported_format"
    assert name in fault.detail


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
    with pytest.raises(FileFault) as fault:
        find_header(iter([(1, ["sku"], code)]), 512)
    assert fault.value.code == file_code
