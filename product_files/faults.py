"""What can be wrong with a file, its mapping or a row: the codes of the contract in plain words."""

from __future__ import annotations

import re
from typing import Final, Literal

from products.fields import DESCRIPTION_LENGTH, NAME_LENGTH, SKU_LENGTH

FileCode = Literal[
    "empty_file",
    "no_header",
    "no_rows",
    "sku_column_missing",
    "duplicate_column",
    "ambiguous_delimiter",
    "unsupported_format",
    "undecodable",
    "too_large",
    "too_many_columns",
    "archive_unsafe",
]
RowCode = Literal[
    "record_too_large",
    "unclosed_quote",
    "bad_encoding",
    "nul_character",
    "wrong_column_count",
    "sku_missing",
    "sku_too_long",
    "name_missing",
    "name_too_long",
    "description_too_long",
    "price_invalid",
    "price_negative",
    "price_out_of_range",
    "active_invalid",
    "attribute_too_long",
    "already_exists",
    "not_found",
]

_MESSAGES: Final[dict[str, str]] = {
    "record_too_large": "The row is too large; only its beginning is shown.",
    "unclosed_quote": "A quoted cell is not closed, or text stands right beside its quotes.",
    "bad_encoding": "The row has bytes that are no characters; they are shown as \\xNN.",
    "nul_character": "The row has a NUL character; it is shown as \\x00.",
    "wrong_column_count": "The row has more or fewer cells than the header has columns.",
    "sku_missing": "The SKU is empty.",
    "sku_too_long": f'A SKU has at most {SKU_LENGTH} characters; "{{value}}" has more.',
    "name_missing": "The name is empty, and a product needs one.",
    "name_too_long": f'A name has at most {NAME_LENGTH} characters; "{{value}}" has more.',
    "description_too_long": f"A description has at most {DESCRIPTION_LENGTH:,} characters.",
    "price_invalid": 'A price is a number such as 12.50; "{value}" is not.',
    "price_negative": 'A price is not below zero; "{value}" is.',
    "price_out_of_range": 'A price is at most 9999999999.99; "{value}" is more.',
    "active_invalid": 'Active is a word such as true, no or published; "{value}" is none.',
    "attribute_too_long": f"An attribute has at most {DESCRIPTION_LENGTH:,} characters.",
    "already_exists": 'A product with the SKU "{value}" exists already.',
    "not_found": 'There is no product with the SKU "{value}".',
}

# One mark before exactly three digits: thousands in one country, decimals in another.
_ONE_MARK: Final = re.compile(r"[^0-9.,]*[1-9][0-9]{0,2}[.,][0-9]{3}[^0-9.,]*")
_ONE_MARK_MESSAGE: Final = (
    '"{value}" can be read as thousands or as three decimals; a price is a number such as 1234.50.'
)


class FileFault(Exception):
    """The file can't be imported at all; `code` is for programs, `detail` for people."""

    def __init__(self, code: FileCode, detail: str) -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail

    def __str__(self) -> str:
        return self.detail


class MappingFault(Exception):
    """The mapping that was asked for does not work; `errors` has a message for each column."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(errors)
        self.errors = errors

    def __str__(self) -> str:
        return " ".join(f'"{column}": {message}' for column, message in self.errors.items())


def message_of(code: str, value: str = "") -> str:
    """A row's fault in plain words; `value` is the cell, or the SKU, that is at fault."""
    if code == "price_invalid" and _ONE_MARK.fullmatch(value):
        return _ONE_MARK_MESSAGE.format(value=value)
    return _MESSAGES[code].format(value=value)


def shortened(text: str, length: int = 60) -> str:
    """At most so many characters of a text, for showing."""
    return text if len(text) <= length else text[: length - 1] + "…"
