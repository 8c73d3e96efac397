"""What can be wrong with a file, its mapping or a row: every code, and all its words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True, kw_only=True)
class Words:
    """All that people read about one code, in plain text."""

    # A heading, without a full stop.
    title: str
    # The short form. For a row it follows a number, as in `12 without a SKU`; for a file it stands
    # alone.
    short: str
    # Whole sentences about what to do.
    advice: str
    # One sentence about the row; `{value}` is the cell, or the SKU, that is at fault. Empty if
    # the sentence needs other facts; it is then written where the fault is found.
    message: str = ""


FILE_WORDS: Final[Mapping[str, Words]] = {
    "empty_file": Words(
        title="The file is empty",
        short="Empty file",
        advice="Export the file again and check that it has content before you upload it.",
    ),
    "no_header": Words(
        title="The header line is missing",
        short="Header line missing",
        advice="Put the names of the columns into the first line, such as sku,name,price, and"
        " upload the file again.",
    ),
    "no_rows": Words(
        title="There are no rows below the header",
        short="No rows",
        advice="Check that the export was complete, then upload the file again.",
    ),
    "sku_column_missing": Words(
        title="SKU column missing",
        short="SKU column missing",
        advice="Name the column that contains the SKU “sku” and upload the file again.",
    ),
    "duplicate_column": Words(
        title="Two columns become the same field",
        short="Two columns alike",
        advice="Rename or remove one of the two columns and upload the file again.",
    ),
    "ambiguous_delimiter": Words(
        title="Unclear what separates the columns",
        short="Unclear delimiter",
        advice="Upload the file again, and choose the delimiter together with its columns.",
    ),
    "unsupported_format": Words(
        title="This kind of file can't be read",
        short="Unknown kind of file",
        advice="Save the table as CSV (UTF-8) and upload that file.",
    ),
    "undecodable": Words(
        title="The text of the file can't be read",
        short="Unreadable text",
        advice="Upload the file again and choose its encoding together with its columns, or save"
        " it as CSV (UTF-8) first.",
    ),
    "too_large": Words(
        title="The file is too large",
        short="File too large",
        advice="Split the file into smaller ones, each with the header line, and upload them one"
        " after the other.",
    ),
    "too_many_columns": Words(
        title="Too many columns",
        short="Too many columns",
        advice="Remove the columns you don't need and upload the file again.",
    ),
    "archive_unsafe": Words(
        title="The archive can't be opened safely",
        short="Unsafe archive",
        advice="Unpack the archive, check that the file opens, and upload the file itself. Save a"
        " workbook again, or save its sheet as CSV.",
    ),
}
ROW_WORDS: Final[Mapping[str, Words]] = {
    "record_too_large": Words(
        title="Row too large",
        short="too large as a whole",
        advice="Shorten its longest cells, and check that no quote is left open above it.",
        message="The row is too large; only its beginning is shown.",
    ),
    "unclosed_quote": Words(
        title="Quote not closed",
        short="with a quote that is never closed",
        advice="Close the quote, and double each quote that belongs to the text.",
        message="A quoted cell is not closed, or there is text directly beside its quotes.",
    ),
    "bad_encoding": Words(
        title="Unreadable characters",
        short="with unreadable characters",
        advice="Type the characters again, or import the file with the encoding it was saved in.",
        message="The row contains bytes that are not characters; they are shown as \\xNN.",
    ),
    "nul_character": Words(
        title="NUL character",
        short="with a NUL character",
        advice="Remove the NUL character.",
        message="The row contains a NUL character; it is shown as \\x00.",
    ),
    "wrong_column_count": Words(
        title="Wrong number of cells",
        short="with too many or too few cells",
        advice="Put cells that contain the delimiter into quotes, and add the cells that are"
        " missing.",
        message="The row has more or fewer cells than the header has columns.",
    ),
    "sku_missing": Words(
        title="SKU missing",
        short="without a SKU",
        advice="Fill in the SKU of the product.",
        message="The SKU is empty.",
    ),
    "sku_too_long": Words(
        title="SKU too long",
        short="with a SKU that is too long",
        advice="Shorten the SKU, or choose another column for it.",
        message=f'A SKU has at most {SKU_LENGTH} characters; "{{value}}" has more.',
    ),
    "name_missing": Words(
        title="Name missing",
        short="without a name",
        advice="Fill in the name of the product.",
        message="The name is empty, and a product needs one.",
    ),
    "name_too_long": Words(
        title="Name too long",
        short="with a name that is too long",
        advice="Shorten the name; a longer text belongs in the description.",
        message=f'A name has at most {NAME_LENGTH} characters; "{{value}}" has more.',
    ),
    "description_too_long": Words(
        title="Description too long",
        short="with a description that is too long",
        advice="Shorten the description.",
        message=f"A description has at most {DESCRIPTION_LENGTH:,} characters.",
    ),
    "price_invalid": Words(
        title="Price not a number",
        short="with a price that is not a number",
        advice="Write the price as a number, such as 12.50.",
        message='A price is a number such as 12.50; "{value}" is not.',
    ),
    "price_negative": Words(
        title="Price below zero",
        short="with a negative price",
        advice="Write a price of zero or more, or leave the cell empty.",
        message='A price cannot be below zero; "{value}" is.',
    ),
    "price_out_of_range": Words(
        title="Price too high",
        short="with a price that is too high",
        advice="Write a price with at most ten digits before the decimal point.",
        message='A price is at most 9999999999.99; "{value}" is more.',
    ),
    "active_invalid": Words(
        title="Active is neither yes nor no",
        short="where active is neither yes nor no",
        advice="Write yes or no, or leave the cell empty.",
        message='Active is a word such as true, no or published; "{value}" is not.',
    ),
    "attribute_too_long": Words(
        title="Attribute too long",
        short="with an attribute that is too long",
        advice="Shorten the text of the attribute, or ignore its column.",
        message=f"An attribute has at most {DESCRIPTION_LENGTH:,} characters.",
    ),
    "already_exists": Words(
        title="Product exists already",
        short="already in the catalogue",
        advice="Let the import update existing products, or remove the row.",
        message='A product with the SKU "{value}" exists already.',
    ),
    "not_found": Words(
        title="No such product",
        short="not in the catalogue",
        advice="Let the import add new products, or correct the SKU.",
        message='There is no product with the SKU "{value}".',
    ),
}

# One separator before exactly three digits: thousands in one country, decimals in another.
_AMBIGUOUS_PRICE: Final = re.compile(r"[^0-9.,]*[1-9][0-9]{0,2}[.,][0-9]{3}[^0-9.,]*")
_AMBIGUOUS_PRICE_MESSAGE: Final = (
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
    """The requested mapping does not work; `errors` is {column: message}."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(errors)
        self.errors = errors

    def __str__(self) -> str:
        return " ".join(f'"{column}": {message}' for column, message in self.errors.items())


def message_of(code: str, value: str = "") -> str:
    """A row's fault in one sentence; `value` is the cell, or the SKU, that is at fault."""
    if code == "price_invalid" and _AMBIGUOUS_PRICE.fullmatch(value):
        return _AMBIGUOUS_PRICE_MESSAGE.format(value=value)
    return ROW_WORDS[code].message.format(value=value)


def shortened(text: str, length: int = 60) -> str:
    """A text of at most `length` characters, for display; an ellipsis ends one that was cut."""
    return text if len(text) <= length else text[: length - 1] + "…"
