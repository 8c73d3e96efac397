"""Before-images: the columns of a product that are kept when it changes."""

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

    `action` and `job` are SQL expressions: the action that follows, and the id of its job.
    """
    columns = ", ".join(IMAGE_COLUMNS)
    return f"""
    INSERT INTO products_change (product_id, action, job_id, {columns})
    SELECT id, {action}, {job}, {columns}
    FROM {products}
"""
