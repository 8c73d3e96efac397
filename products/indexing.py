"""The indexes that the list is searched and sorted by, beside the catalogue.

The same indexes on the products would make a large load several times slower, and every change of a
price a little. So words and sort keys are in tables of their own. Triggers update them with small
writes, in the same transaction; a large write leaves a row in the backlog. While there is a row,
pages read the products themselves, which is slower and gives the same results.
"""

from __future__ import annotations

from typing import Final

from django.db import connection

from jobs import locks
from jobs.models import Job
from products.models import Backlog

# The products of one transaction: a job that starts meanwhile waits for no more than that.
CHUNK_SIZE: Final = 5_000

ONE_AT_A_TIME: Final = "SELECT pg_try_advisory_xact_lock(hashtextextended('products.indexing', 0))"

NEXT_HIGH: Final = """
SELECT max(id) FROM (
    SELECT id FROM products_product WHERE id > %(low)s ORDER BY id LIMIT %(chunk)s
) chunk
"""

# Writes only rows that differ. The versions keep a statement that read a product before an edit
# from undoing the edit.
TAKE_WORDS: Final = """
INSERT INTO products_words (product_id, version, sku, name, description)
SELECT p.id, p.version, p.sku, p.name, p.description
FROM products_product p LEFT JOIN products_words t ON t.product_id = p.id
WHERE p.id > %(low)s AND p.id <= %(high)s
  AND (t.sku, t.name, t.description) IS DISTINCT FROM (p.sku, p.name, p.description)
ON CONFLICT (product_id) DO UPDATE
SET version = excluded.version, sku = excluded.sku, name = excluded.name,
    description = excluded.description
WHERE products_words.version <= excluded.version
"""

TAKE_SORT_KEYS: Final = """
INSERT INTO products_sortkeys (
    product_id, version, name, price, active, created_at, updated_at
)
SELECT p.id, p.version, lower(p.name), p.price, p.active, p.created_at, p.updated_at
FROM products_product p LEFT JOIN products_sortkeys t ON t.product_id = p.id
WHERE p.id > %(low)s AND p.id <= %(high)s
  AND (t.name, t.price, t.active, t.created_at, t.updated_at)
      IS DISTINCT FROM (lower(p.name), p.price, p.active, p.created_at, p.updated_at)
ON CONFLICT (product_id) DO UPDATE
SET version = excluded.version, name = excluded.name, price = excluded.price,
    active = excluded.active, created_at = excluded.created_at, updated_at = excluded.updated_at
WHERE products_sortkeys.version <= excluded.version
"""

# Deletes the rows of products that no longer exist; they do no harm, but take space.
DELETE_ORPHANS: Final = """
DELETE FROM {table} t
WHERE t.product_id > %(low)s AND (%(high)s::bigint IS NULL OR t.product_id <= %(high)s)
  AND NOT EXISTS (SELECT FROM products_product p WHERE p.id = t.product_id)
"""

STATEMENTS: Final = (
    TAKE_WORDS,
    TAKE_SORT_KEYS,
    DELETE_ORPHANS.format(table="products_words"),
    DELETE_ORPHANS.format(table="products_sortkeys"),
)


def catch_up() -> None:
    """Index what large writes have left; does nothing while a job runs, because jobs go first."""
    backlog = Backlog.objects.filter(pk__in=list(Backlog.objects.values_list("pk", flat=True)))
    low: int | None = 0
    # If the rows are gone, another process has done the work.
    while low is not None and backlog.exists():
        if Job.objects.filter(Job.MOVES).exists():
            return
        with locks.transaction_with_idle_timeout(), connection.cursor() as cursor:
            cursor.execute(ONE_AT_A_TIME)
            if not cursor.fetchone()[0]:
                return
            cursor.execute(NEXT_HIGH, {"low": low, "chunk": CHUNK_SIZE})
            high: int | None = cursor.fetchone()[0]
            for statement in STATEMENTS:
                cursor.execute(statement, {"low": low, "high": high})
            low = high
    backlog.delete()
