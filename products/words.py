"""The words that a search looks into, indexed by their trigrams beside the catalogue.

An index on the products themselves would cost an import many times what the import takes, and
every change of a price its share. So the texts stand in a table of their own: triggers keep it
up with small writes, in their transaction, and a large write leaves a line in the backlog. While
there is one, searches read the products themselves, which is slower and as right.
"""

from __future__ import annotations

from typing import Final

from django.db import connection, transaction

from jobs.models import Job
from products.models import Backlog

# Products looked at in one transaction.
CHUNK: Final = 20_000

ONE_AT_A_TIME: Final = "SELECT pg_try_advisory_xact_lock(hashtextextended('products.words', 0))"

NEXT_HIGH: Final = """
SELECT max(id) FROM (
    SELECT id FROM products_product WHERE id > %(low)s ORDER BY id LIMIT %(chunk)s
) chunk
"""

# What differs only: after a load of prices that is nothing. Versions keep a look at the products
# from before somebody's edit from undoing it.
TAKE_IN: Final = """
INSERT INTO products_words (product_id, version, sku, name, description)
SELECT p.id, p.version, p.sku, p.name, p.description
FROM products_product p LEFT JOIN products_words w ON w.product_id = p.id
WHERE p.id > %(low)s AND p.id <= %(high)s
  AND (w.sku, w.name, w.description) IS DISTINCT FROM (p.sku, p.name, p.description)
ON CONFLICT (product_id) DO UPDATE
SET version = excluded.version, sku = excluded.sku, name = excluded.name,
    description = excluded.description
WHERE products_words.version <= excluded.version
"""

# Words of products that are gone; harmless, but in the way.
DROP_GONE: Final = """
DELETE FROM products_words w
WHERE w.product_id > %(low)s AND (%(high)s::bigint IS NULL OR w.product_id <= %(high)s)
  AND NOT EXISTS (SELECT FROM products_product p WHERE p.id = w.product_id)
"""


def catch_up() -> None:
    """Take in what large writes have left; does nothing while a job moves, which comes first."""
    lines = list(Backlog.objects.values_list("pk", flat=True))
    low: int | None = 0
    while lines and low is not None:
        if Job.objects.filter(status__in=Job.MOVING).exists():
            return
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(ONE_AT_A_TIME)
            if not cursor.fetchone()[0]:
                return
            cursor.execute(NEXT_HIGH, {"low": low, "chunk": CHUNK})
            high: int | None = cursor.fetchone()[0]
            if high is not None:
                cursor.execute(TAKE_IN, {"low": low, "high": high})
            cursor.execute(DROP_GONE, {"low": low, "high": high})
            low = high
    Backlog.objects.filter(pk__in=lines).delete()
