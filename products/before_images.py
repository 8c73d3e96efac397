"""Before-images: what is kept of a product when it changes, column by column."""

from __future__ import annotations

from typing import Final

from products.fields import COLUMN_NAMES

# The same names in the table of products and in that of changes.
IMAGE_COLUMNS: Final = (
    "version",
    *COLUMN_NAMES,
    "created_at",
    "updated_at",
    "created_in_id",
    "changed_in_id",
)


def keep_before_images(products: str, *, action: str, job: str) -> str:
    """SQL that keeps each row of the relation `products`, which has all columns of products.

    `action` and `job` are expressions: what is about to happen to them, and in which job.
    """
    columns = ", ".join(IMAGE_COLUMNS)
    return f"""
    INSERT INTO products_change (product_id, action, job_id, {columns})
    SELECT id, {action}, {job}, {columns}
    FROM {products}
"""
