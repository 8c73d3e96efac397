from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from product_files.reading.values import boolean, compile_format, number, unescape


@given(st.integers(-(10**20), 10**20))
def test_whole_numbers_keep_every_digit(value: int) -> None:
    assert number(str(value)) == str(value)
    assert Decimal(number(f"{Decimal(value):E}")) == value


@given(st.decimals(-(10**9), 10**9, places=4))
def test_fractions_are_told_as_they_were_typed(value: Decimal) -> None:
    told = number(repr(float(value)))
    assert Decimal(told) == value
    assert "E" not in told
    assert "." not in told or not told.endswith("0")


@given(st.text(max_size=12))
def test_what_is_no_number_stays(text: str) -> None:
    told = number(text)
    try:
        assert Decimal(told) == Decimal(text) or Decimal(text).is_nan()
    except ArithmeticError:
        assert told == text


@given(st.integers(61, 2_958_465), st.integers(0, 86_399))
def test_dates_count_from_1900(day: int, second: int) -> None:
    tell = compile_format(164, "yyyy-mm-dd hh:mm", since_1904=False)
    moment = datetime(1899, 12, 30, tzinfo=UTC) + timedelta(days=day, seconds=second)
    expected = moment.date() if second == 0 else moment.replace(tzinfo=None)
    assert tell(repr(day + second / 86_400)) == expected.isoformat()


@pytest.mark.parametrize(("value", "text"), [("1", "true"), ("0", "false"), ("2", "2")])
def test_booleans(value: str, text: str) -> None:
    assert boolean(value) == text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a_x000D_b", "a\rb"),
        ("_x005F_x000D_", "_x000D_"),
        ("_x00e9_", "é"),
        ("_xDC00_", "_xDC00_"),
        ("_x12_", "_x12_"),
        ("box_x", "box_x"),
    ],
)
def test_characters_that_xml_does_not_have(text: str, said: str) -> None:
    assert unescape(text) == said
