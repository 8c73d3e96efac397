"""What a column can give: a field, an attribute or nothing. How mappings and people write it."""

from __future__ import annotations

from typing import Final

from product_files.faults import shortened
from products.fields import FIELD_NAMES, LABELS, NAME_LENGTH
from products.sku import SKU_TRIM

ATTRIBUTE: Final = "attribute:"
IGNORE: Final = "ignore"


def field_named(text: str) -> str | None:
    """The field, `attribute:<name>` or `ignore` in its one spelling; None for any other text."""
    text = text.strip(SKU_TRIM)
    if text.startswith(ATTRIBUTE):
        name = text.removeprefix(ATTRIBUTE).strip(SKU_TRIM)
        return ATTRIBUTE + name if 0 < len(name) <= NAME_LENGTH and "\0" not in name else None
    return text if text in (*FIELD_NAMES, IGNORE) else None


def label_of(field: str) -> str:
    """A field or an attribute as a heading: `Price`, `Colour (attribute)`."""
    if field.startswith(ATTRIBUTE):
        return f"{field.removeprefix(ATTRIBUTE)} (attribute)"
    return LABELS[field]


def noun_of(field: str) -> str:
    """The same within a sentence: `price`, `SKU`, `Colour (attribute)`."""
    label = label_of(field)
    return label.lower() if field in FIELD_NAMES and not label.isupper() else label


def no_such_field(text: str) -> str:
    """What is wrong with a text that names no field, for people."""
    if not text.startswith(ATTRIBUTE):
        return f'There is no field "{shortened(text)}".'
    if not text.removeprefix(ATTRIBUTE).strip(SKU_TRIM):
        return "Give the attribute a name."
    return f"The name of an attribute has at most {NAME_LENGTH} characters, none of them NUL."


def in_sentence(field: str) -> str:
    """The same with its article: `the price`, `the attribute "Colour"`."""
    if field.startswith(ATTRIBUTE):
        return f'the attribute "{field.removeprefix(ATTRIBUTE)}"'
    return f"the {noun_of(field)}"
