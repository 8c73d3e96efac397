"""Advisory locks of PostgreSQL: who may work on a job, and on a range of it, right now."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.conf import settings
from django.db import DatabaseError, connection, transaction

_JOB_KEY = "hashtextextended('job:' || %s, 0)"
_RANGE_KEY = "hashtextextended('range:' || %s || ':' || %s, 0)"


def _ask(sql: str, *parameters: str | int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return bool(cursor.fetchone()[0])


def _patience() -> str:
    """Longer silence of a process that holds a lock: it is stopped or cut off, and PostgreSQL
    ends its session, so that it holds nobody up and somebody else can do its work."""
    return f"{settings.JOB_LEASE_SECONDS}s"


@contextmanager
def no_silent_transaction() -> Iterator[None]:
    """A transaction that keeps its row locks only while its process has something to say."""
    with transaction.atomic():
        _ask("SELECT set_config('idle_in_transaction_session_timeout', %s, true)", _patience())
        yield


@contextmanager
def only_one_at(job_id: int, number: int) -> Iterator[bool]:
    """Hold a range for the length of the block; yields False where another process holds it."""
    held = _ask(
        f"SELECT CASE WHEN pg_try_advisory_lock({_RANGE_KEY})"
        " THEN set_config('idle_session_timeout', %s, false) END IS NOT NULL",
        *(job_id, number, _patience()),
    )
    try:
        yield held
    finally:
        if held:
            _let_go(job_id, number)


def _let_go(job_id: int, number: int) -> None:
    with suppress(DatabaseError):  # a lost session has let go already
        _ask(
            f"SELECT pg_advisory_unlock({_RANGE_KEY}),"
            " set_config('idle_session_timeout', '0', false)",
            *(job_id, number),
        )


def share(job_id: int) -> None:
    """Keep the job from being ended by others until this transaction is over."""
    _ask(f"SELECT pg_advisory_xact_lock_shared({_JOB_KEY}) IS NULL", job_id)


def exclude(job_id: int) -> None:
    """Wait until no range of the job is running, and keep others out for this transaction."""
    _ask(f"SELECT pg_advisory_xact_lock({_JOB_KEY}) IS NULL", job_id)


def try_to_exclude(job_id: int) -> bool:
    """As `exclude`, without waiting: False where a range is running."""
    return _ask(f"SELECT pg_try_advisory_xact_lock({_JOB_KEY})", job_id)
