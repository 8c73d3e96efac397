"""Advisory locks of PostgreSQL: who may work on a job, and on a range of it, right now."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.conf import settings
from django.db import DatabaseError, connection, transaction

_JOB_KEY = "hashtextextended('job:' || %s, 0)"
_RANGE_KEY = "hashtextextended('range:' || %s || ':' || %s, 0)"


def _query(sql: str, *parameters: str | int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return bool(cursor.fetchone()[0])


def _idle_timeout() -> str:
    """How long a process that holds a lock may ask the database nothing.

    After that it counts as stopped or cut off: PostgreSQL ends its session, so that the lock is
    free and another process can do its work.
    """
    return f"{settings.JOB_LEASE_SECONDS}s"


@contextmanager
def transaction_with_idle_timeout() -> Iterator[None]:
    """A transaction that PostgreSQL ends, with its locks, if its process falls silent."""
    with transaction.atomic():
        _query(
            "SELECT set_config('idle_in_transaction_session_timeout', %s, true)", _idle_timeout()
        )
        yield


@contextmanager
def try_to_hold_range(job_id: int, number: int) -> Iterator[bool]:
    """Hold a range for the length of the block; yields False if another process holds it."""
    held = _query(
        f"SELECT CASE WHEN pg_try_advisory_lock({_RANGE_KEY})"
        " THEN set_config('idle_session_timeout', %s, false) END IS NOT NULL",
        *(job_id, number, _idle_timeout()),
    )
    try:
        yield held
    finally:
        if held:
            _release_range(job_id, number)


def _release_range(job_id: int, number: int) -> None:
    with suppress(DatabaseError):  # a session that is lost holds nothing
        _query(
            f"SELECT pg_advisory_unlock({_RANGE_KEY}),"
            " set_config('idle_session_timeout', '0', false)",
            *(job_id, number),
        )


def share(job_id: int) -> None:
    """Keep the job from being ended by others until this transaction is over."""
    _query(f"SELECT pg_advisory_xact_lock_shared({_JOB_KEY}) IS NULL", job_id)


def exclude(job_id: int) -> None:
    """Wait until no range of the job is running, and keep others out for this transaction."""
    _query(f"SELECT pg_advisory_xact_lock({_JOB_KEY}) IS NULL", job_id)


def try_to_exclude(job_id: int) -> bool:
    """Like `exclude`, but without waiting: False if a range is running."""
    return _query(f"SELECT pg_try_advisory_xact_lock({_JOB_KEY})", job_id)
