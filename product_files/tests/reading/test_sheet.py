import pytest

from product_files.reading.lines import Oversized
from product_files.reading.sheet import SheetRow, find_table, quoted, sheet_lines

A, B = b"a", b"b"


@pytest.mark.parametrize(
    ("widths", "table"),
    [
        ([], (1, 0)),
        ([3], (1, 3)),
        ([3, 2], (1, 3)),
        ([3, 3, 2, 2], (1, 3)),
        ([1, 3, 3, 3], (2, 3)),
        ([1, 1, 4, 3, 3, 3], (3, 4)),
        ([3, 3, 3, 7, 3], (1, 3)),
        ([3, 5, 5], (2, 5)),
    ],
)
def test_where_a_table_begins_and_how_wide_it_is(widths: list[int], table: tuple[int, int]) -> None:
    rows: list[SheetRow] = [(at, [A] * width) for at, width in enumerate(widths, start=1)]
    assert find_table(rows) == table


def test_lines_are_numbered_like_rows_and_filled_up() -> None:
    rows: list[SheetRow] = [(2, [A]), (3, [A, B]), (5, [A]), (6, Oversized(A, 9)), (7, [b"", B])]
    expected = [b"\n", b"a\n", b"a,b\n", b"\n", b"a,\n", b"a\xff", b",b\n"]
    for size in (1, 5, 100):
        blocks = list(sheet_lines(iter(rows), size))
        assert [line for lines in blocks for line in lines] == expected
    assert len(blocks) == 1


@pytest.mark.parametrize(
    ("text", "cell"),
    [("", b""), ("é", b"\xc3\xa9"), ("a,b", b'"a,b"'), ('"', b'""""'), ("a\rb", b'"a\rb"')],
)
def test_a_cell_is_quoted_where_it_has_to_be(text: str, cell: bytes) -> None:
    assert quoted(text) == cell
