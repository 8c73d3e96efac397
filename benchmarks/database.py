"""The database server in a measurement: the same state before each run, and figures after it."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection

# A database that is created only to be dropped, which is a checkpoint.
SCRATCH = "product_importer_scratch"


def settle() -> None:
    """Finish all earlier work: no dead rows, no stale statistics, no unwritten pages."""
    execute("VACUUM (ANALYZE)", f"CREATE DATABASE {SCRATCH} TEMPLATE template0")
    # Dropping a database does a checkpoint without the permission that CHECKPOINT requires.
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
    """The number of ids that sessions have taken, in blocks, since the table was emptied."""
    return _number(
        "SELECT coalesce(last_value, 0) FROM pg_sequences"
        " WHERE format('%%I.%%I', schemaname, sequencename) = pg_get_serial_sequence(%s, 'id')",
        [table],
    )


def _number(query: str, parameters: Iterable[str] = ()) -> int:
    with connection.cursor() as cursor:
        cursor.execute(query, list(parameters))
        return int(cursor.fetchone()[0])
