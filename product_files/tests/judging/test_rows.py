import json
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from product_files.judging.columns import ColumnMapping, map_header
from product_files.judging.rows import JudgedRow, RowFault, compile_judge
from products.sku import SKU_TRIM

HEADER = ["sku", "name", "description", "price", "active"]
GOOD = {"sku": "A1", "name": "Mug", "description": "Blue", "price": "12.50", "active": "yes"}


def judged(blank: str = "clear", **cells: str) -> JudgedRow | RowFault:
    return compile_judge(map_header(HEADER), blank=blank)([*(GOOD | cells).values()])


def good(blank: str = "clear", **cells: str) -> JudgedRow:
    row = judged(blank, **cells)
    assert not isinstance(row, RowFault)
    return row


def judged_attributes(blank: str, *values: str) -> object:
    header = ["sku", *(f"attribute:a{number}" for number in range(len(values)))]
    row = compile_judge(map_header(header), blank=blank)(["A1", *values])
    if isinstance(row, RowFault):
        return row
    return None if row[5] is None else json.loads(row[5])


def test_a_good_row() -> None:
    assert judged() == ("A1", "Mug", "Blue", "12.50", True, None)


def test_columns_that_are_absent_say_nothing() -> None:
    judge = compile_judge(map_header(["Notes", "SKU"]))
    assert judge(["whatever", "A1"]) == ("A1", None, None, None, None, None)


def test_columns_may_stand_in_any_order() -> None:
    fields = ((0, "active"), (1, "price"), (2, "description"), (4, "name"), (5, "sku"))
    mapping = ColumnMapping(columns=tuple("abcdef"), fields=fields)
    assert compile_judge(mapping)(["no", "3", "D", "", "N", "S"]) == (
        *("S", "N", "D", "3", False),
        None,
    )


@pytest.mark.parametrize(
    ("cells", "fault"),
    [
        ({"sku": ""}, RowFault("sku_missing", "sku", "")),
        ({"sku": " \u200b\ufeff"}, RowFault("sku_missing", "sku", " \u200b\ufeff")),
        ({"sku": "x" * 65}, RowFault("sku_too_long", "sku", "x" * 59 + "…")),
        ({"name": "\t "}, RowFault("name_missing", "name", "\t ")),
        ({"name": "x" * 256}, RowFault("name_too_long", "name", "x" * 59 + "…")),
        (
            {"description": "x" * 65_536},
            RowFault("description_too_long", "description", "x" * 59 + "…"),
        ),
        ({"price": "twelve"}, RowFault("price_invalid", "price", "twelve")),
        ({"price": "'-5"}, RowFault("price_negative", "price", "'-5")),
        ({"price": "10000000000"}, RowFault("price_out_of_range", "price", "10000000000")),
        ({"active": "perhaps"}, RowFault("active_invalid", "active", "perhaps")),
        ({"active": " " * 300}, RowFault("active_invalid", "active", " " * 59 + "…")),
    ],
)
def test_faults(cells: dict[str, str], fault: RowFault) -> None:
    assert judged(**cells) == fault
    # Once more: what is kept of earlier cells must not hide a fault.
    assert judged(**cells) == fault


def test_the_first_fault_in_the_order_of_the_columns_counts() -> None:
    cells = {"sku": "x" * 65, "name": "", "price": "-1", "active": "?"}
    codes = []
    while cells:
        row = judged(**cells)
        assert isinstance(row, RowFault)
        codes.append(row.code)
        del cells[row.column]
    assert codes == ["sku_too_long", "name_missing", "price_negative", "active_invalid"]


def test_a_fault_has_a_message() -> None:
    assert RowFault("price_invalid", "price", "twelve").message == (
        'A price is a number such as 12.50; "twelve" is not.'
    )
    assert (
        RowFault("nul_character").message
        == "The row contains a NUL character; it is shown as \\x00."
    )


@pytest.mark.parametrize(
    ("cell", "sku"),
    [
        ("0010", "0010"),
        ("1E5", "1E5"),
        (" a b ", "a b"),
        ("\u200b\u00a0\ufeffA1\u2060\t\u3000", "A1"),
        ("\x1cA1\x1f", "A1"),
        ("Cafe\u0301", "Café"),
        ("'=A1", "=A1"),
        ("''=A1", "'=A1"),
        ("'A1", "'A1"),
        ("x" * 64, "x" * 64),
        (64 * "e\u0301", 64 * "é"),
        (" '=A1", "'=A1"),
    ],
)
def test_skus(cell: str, sku: str) -> None:
    assert good(sku=cell)[0] == sku


@given(st.text(st.sampled_from(SKU_TRIM + "aé\u0301'="), max_size=12) | st.text(max_size=12))
def test_a_sku_is_trimmed_and_composed(cell: str) -> None:
    row = judged(sku=cell)
    if not isinstance(row, RowFault):
        assert row[0] == row[0].strip(SKU_TRIM) == unicodedata.normalize("NFC", row[0])


def test_what_is_trimmed_is_all_white_space_and_more() -> None:
    white = {chr(code) for code in range(sys.maxunicode + 1) if chr(code).isspace()}
    assert set(SKU_TRIM) == white | set("\u180e\u200b\u200c\u200d\u2060\ufeff")
    ascii_only = "".join(char for char in SKU_TRIM if char.isascii())
    assert not ascii_only.strip()


@pytest.mark.parametrize("blank", ["clear", "keep"])
@pytest.mark.parametrize(
    ("cell", "name"), [(" Mug ", "Mug"), ("'=Mug", "=Mug"), ("x" * 255, "x" * 255), ("'", "'")]
)
def test_names(blank: str, cell: str, name: str) -> None:
    assert good(blank, name=cell)[1] == name


@pytest.mark.parametrize("blank", ["clear", "keep"])
@pytest.mark.parametrize(
    ("cell", "description"),
    [
        (" Blue \n", " Blue \n"),
        ("e\u0301", "e\u0301"),
        ("'-5 °C", "-5 °C"),
        (" ", " "),
        ("x" * 65_535, "x" * 65_535),
    ],
)
def test_descriptions_are_stored_exactly(blank: str, cell: str, description: str) -> None:
    assert good(blank, description=cell)[2] == description


def test_blank_cells_clear() -> None:
    assert judged(description="", price="", active="") == ("A1", "Mug", "", None, None, None)


def test_blank_cells_keep() -> None:
    row = judged("keep", name=" ", description="", price="", active=" ")
    assert row == ("A1", None, None, None, None, None)


@pytest.mark.parametrize(
    ("word", "active"),
    [
        *((word, True) for word in ("true", "yes", "1", "y", "t", "active", "published")),
        *((word, False) for word in ("false", "no", "0", "n", "f", "inactive", "draft")),
    ],
)
def test_words_for_active(word: str, active: bool) -> None:
    for cell in (word, word.upper(), word.title(), f" {word}\u00a0"):
        assert good(active=cell)[4] is active


def test_attributes() -> None:
    assert judged_attributes("clear", " Red ", "", "'=é") == {"a0": " Red ", "a1": None, "a2": "=é"}
    assert judged_attributes("keep", " Red ", "", "") == {"a0": " Red "}
    assert judged_attributes("keep", "", "") is None


def test_attributes_have_a_limit() -> None:
    assert judged_attributes("clear", "x" * 65_535) == {"a0": "x" * 65_535}
    fault = judged_attributes("clear", "", "x" * 65_536)
    assert fault == RowFault("attribute_too_long", "attribute:a1", "x" * 59 + "…")


@given(st.lists(st.text(max_size=300), min_size=5, max_size=5), st.sampled_from(["clear", "keep"]))
def test_any_cells_are_a_row_or_a_fault(cells: list[str], blank: str) -> None:
    row = compile_judge(map_header(HEADER), blank=blank)(cells)
    assert len(row) == (3 if isinstance(row, RowFault) else 6)
