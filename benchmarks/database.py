"""The server's side of a measurement: the same state before each run, and what it wrote."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection

# No part of what is measured: a place to have something dropped.
SCRATCH = "product_importer_scratch"


def settle() -> None:
    """Leave nothing to do from before: no dead rows, no stale statistics, no unwritten pages."""
    execute("VACUUM (ANALYZE)", f"CREATE DATABASE {SCRATCH} TEMPLATE template0")
    # Dropping a database is a checkpoint, for which PostgreSQL asks no right of its own.
    execute(f"DROP DATABASE {SCRATCH}")


def empty(*tables: str) -> None:
    execute(f"TRUNCATE {', '.join(tables)} RESTART IDENTITY")


def execute(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def wal_position() -> int:
    """Bytes of WAL that this server has ever written."""
    return _number("SELECT pg_current_wal_insert_lsn() - '0/0'")


def ids_used(table: str) -> int:
    """How many ids sessions have taken, in blocks, since the table was emptied."""
    return _number(
        "SELECT coalesce(last_value, 0) FROM pg_sequences"
        " WHERE format('%%I.%%I', schemaname, sequencename) = pg_get_serial_sequence(%s, 'id')",
        [table],
    )


def _number(query: str, parameters: Iterable[str] = ()) -> int:
    with connection.cursor() as cursor:
        cursor.execute(query, list(parameters))
        return int(cursor.fetchone()[0])
