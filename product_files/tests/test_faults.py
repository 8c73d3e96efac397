from typing import get_args

import pytest

from product_files.faults import (
    FileFault,
    MappingFault,
    RowCode,
    message_of,
    shortened,
)


@pytest.mark.parametrize("code", get_args(RowCode))
def test_every_code_of_a_row_has_a_sentence(code: str) -> None:
    message = message_of(code, "what the cell says")
    assert message.endswith(".")
    assert "{" not in message


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("twelve", 'A price is a number such as 12.50; "twelve" is not.'),
        ("0.125", 'A price is a number such as 12.50; "0.125" is not.'),
        ("12.345.6", 'A price is a number such as 12.50; "12.345.6" is not.'),
    ],
)
def test_a_wrong_price_is_shown(value: str, message: str) -> None:
    assert message_of("price_invalid", value) == message


@pytest.mark.parametrize("value", ["1,234", "EUR 1.234", "-1.234"])
def test_an_ambiguous_price_is_called_so(value: str) -> None:
    assert message_of("price_invalid", value) == (
        f'"{value}" can be read as thousands or as three decimals; '
        "a price is a number such as 1234.50."
    )


def test_a_value_may_look_like_a_placeholder() -> None:
    assert '"{value}"' in message_of("active_invalid", "{value}")


def test_long_text_is_shortened() -> None:
    assert shortened("x" * 60) == "x" * 60
    assert shortened("x" * 61) == "x" * 59 + "…"


def test_a_file_fault_says_what_it_is() -> None:
    fault = FileFault("no_rows", "The file has a header and no rows.")
    assert fault.code == "no_rows"
    assert str(fault) == "The file has a header and no rows."


def test_a_mapping_fault_names_the_columns() -> None:
    fault = MappingFault({"Cost": "The file has no such column."})
    assert str(fault) == '"Cost": The file has no such column.'
