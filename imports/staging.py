"""The staging table of one attempt at reading: created, filled, cut into ranges, dropped."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from django.conf import settings
from django.db import OperationalError, ProgrammingError, connection, transaction
from django.db.backends.utils import CursorWrapper
from psycopg import Copy

from imports import sql
from jobs.errors import NotPrepared, sqlstate_of

logger = logging.getLogger(__name__)

LOCK_NOT_AVAILABLE: Final = "55P03"
UNDEFINED_TABLE: Final = "42P01"

# Keys that are read for each range: enough for ranges of nearly equal size, even if the file is
# sorted. PostgreSQL then picks whole pages, whose keys are neighbours.
KEYS_PER_RANGE = 1000


def table_name(job_id: int, token: int) -> str:
    """A table for each attempt alone: a reader that has lost its lease writes into no other."""
    return f"imports_staging_{job_id}_{token}"


@contextmanager
def filling(table: str, columns: Sequence[str], delimiter: str) -> Iterator[Copy]:
    """Create the table and fill these columns with CSV through COPY; all or nothing."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql.CREATE_STAGING.format(staging=table))
        copy_in = sql.COPY_STAGING.format(
            staging=table, columns=", ".join(columns), delimiter=delimiter
        )
        with cursor.copy(copy_in) as copy:
            yield copy


def cut(table: str, rows: int) -> list[str]:
    """Index the table for applying; returns the keys between ranges of about equal size.

    Raises NotPrepared if the table is gone.
    """
    count = _range_count(rows)
    if count < 2:
        return []
    percent = min(100, 100 * count * KEYS_PER_RANGE / rows)
    with connection.cursor() as cursor:
        try:
            cursor.execute(sql.INDEX_STAGING.format(staging=table))
            cursor.execute(sql.SELECT_SOME_KEYS.format(staging=table), {"percent": percent})
        except ProgrammingError as error:
            if sqlstate_of(error) == UNDEFINED_TABLE:
                raise NotPrepared(table) from error
            raise
        keys = [key for (key,) in cursor]
    return sorted({keys[len(keys) * i // count] for i in range(1, count)}) if keys else []


def _range_count(rows: int) -> int:
    """If there are several, the same number for each worker process, so that they end together."""
    count: int = -(-rows // settings.IMPORT_RANGE_ROWS)
    processes = settings.CELERY_WORKER_CONCURRENCY
    return -(-count // processes) * processes if count > 1 else count


def publish_rejects(job_id: int, token: int) -> None:
    """Keep the rows that reading has rejected, as rejects of the job; a second time adds none."""
    with connection.cursor() as cursor:
        table = table_name(job_id, token)
        cursor.execute(sql.PUBLISH_REJECTS.format(staging=table), {"job": job_id})


def is_intact(table: str, cursor: CursorWrapper) -> bool:
    """Whether the table still holds what was staged: a database crash empties it."""
    cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [table])
    if not cursor.fetchone()[0]:
        return False
    cursor.execute(sql.IS_STAGED.format(staging=table))
    return bool(cursor.fetchone()[0])


def drop_all(job_id: int) -> None:
    """Drop the tables of every attempt of a job; waits at most five seconds for one in use."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '5s'")
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relname LIKE %s",
            [rf"imports\_staging\_{job_id}\_%"],
        )
        for (table,) in cursor.fetchall():
            cursor.execute(f"DROP TABLE IF EXISTS {connection.ops.quote_name(table)}")


def drop_earlier_attempts(job_id: int) -> None:
    """Drop the tables of all attempts before a new one; one in use is dropped when the job ends.

    Raises OperationalError if the session was ended: whoever did that has taken the job over.
    """
    try:
        drop_all(job_id)
    except OperationalError as error:
        if sqlstate_of(error) != LOCK_NOT_AVAILABLE:
            raise
        logger.warning("Job %s keeps its earlier rows for now: %s", job_id, error)
