"""The same file again: PostgreSQL's own statistics show that nothing was written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import connection

from products.models import Product
from tests import oracle
from tests.exactness.engine import Engine, counts_of
from webhooks.models import Endpoint, Event

ROWS = 20_000
# The tables of the catalogue, and what goes with them.
COUNT_WRITES = """
SELECT relname, n_tup_ins, n_tup_upd, n_tup_del FROM pg_stat_user_tables
WHERE relname LIKE 'products\\_%' OR relname = 'imports_reject'
"""
IDS = "SELECT sequencename, last_value FROM pg_sequences WHERE sequencename LIKE 'products\\_%'"
# Creating, filling and dropping an unlogged table, and the job itself: catalogue entries and the
# beginnings of pages, whatever the number of rows.
WAL_BYTES = 400_000


def query(sql: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return sorted(cursor.fetchall())


def traces_of_writes() -> dict[str, Any]:
    """Everything that would differ after a write to the catalogue."""
    query("SELECT pg_stat_force_next_flush() IS NULL")
    return {
        "tuples": query(COUNT_WRITES),
        "ids": query(IDS),
        "products": list(Product.objects.order_by("pk").values()),
        "places": query("SELECT id, ctid::text, xmin::text FROM products_product"),
        "events": list(Event.objects.exclude(type__startswith="import.").values("type")),
    }


def wal_position() -> int:
    [(position,)] = query("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint")
    return int(position)


def test_the_same_file_again_writes_nothing(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "sample.csv"
    call_command("sample_products", str(path), rows=ROWS, seed=11, duplicates=2)
    Endpoint.objects.create(url="https://example.com/")
    first = engine.run(path.read_bytes(), range_rows=5_000)
    catalogue, counts = oracle.expect(path.read_bytes())
    assert (counts_of(first.progress), oracle.catalogue()) == (counts, catalogue)
    before = traces_of_writes()
    # PostgreSQL writes WAL for itself now and then, so the least of three counts.
    wal = min(_wal_of_another(engine, path.read_bytes(), counts) for _ in range(3))
    assert traces_of_writes() == before
    assert wal < WAL_BYTES, f"{wal / ROWS:.1f} bytes a row"


def _wal_of_another(engine: Engine, data: bytes, counts: dict[str, int]) -> int:
    before = wal_position()
    import_ = engine.run(data, range_rows=5_000)
    written = wal_position() - before
    unchanged = {"created": 0, "updated": 0, "unchanged": counts["created"]}
    assert counts_of(import_.progress) == counts | unchanged
    return written
