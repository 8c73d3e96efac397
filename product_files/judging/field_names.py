"""What a column can give, as mappings write it: a field, an attribute, or nothing."""

from __future__ import annotations

from typing import Final

from products.fields import FIELD_NAMES, LABELS, NAME_LENGTH
from products.sku import SKU_TRIM

ATTRIBUTE: Final = "attribute:"
IGNORE: Final = "ignore"


def field_named(text: str) -> str | None:
    """The field, `attribute:<name>` or `ignore` in its one spelling; None if it is none of them."""
    text = text.strip(SKU_TRIM)
    if text.startswith(ATTRIBUTE):
        name = text.removeprefix(ATTRIBUTE).strip(SKU_TRIM)
        return ATTRIBUTE + name if 0 < len(name) <= NAME_LENGTH and "\0" not in name else None
    return text if text in (*FIELD_NAMES, IGNORE) else None


def spoken(field: str) -> str:
    """A field or an attribute within a sentence: `the price`."""
    if field.startswith(ATTRIBUTE):
        return f'the attribute "{field.removeprefix(ATTRIBUTE)}"'
    label = LABELS[field]
    return f"the {label if label.isupper() else label.lower()}"
