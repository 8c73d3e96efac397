from __future__ import annotations

import time
from contextlib import suppress

import pytest
from django.db import Error, connection, transaction
from pytest_django.fixtures import Settings

from jobs import locks

pytestmark = pytest.mark.django_db(transaction=True)


def ask_elsewhere(sql: str, *parameters: int) -> object:
    """The answer of another session."""
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute(sql, parameters)
            return cursor.fetchone()[0]
    finally:
        other.close()


def take_range(job: int, number: int) -> object:
    return ask_elsewhere(f"SELECT pg_try_advisory_lock({locks._RANGE_KEY})", job, number)


def take_job(job: int) -> object:
    return ask_elsewhere(f"SELECT pg_try_advisory_xact_lock({locks._JOB_KEY})", job)


def setting(name: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting(%s)", [name])
        return str(cursor.fetchone()[0])


def test_one_process_at_a_range_others_at_other_ranges() -> None:
    with locks.try_to_hold_range(1, 1) as held:
        assert held
        assert not take_range(1, 1)
        assert take_range(1, 2)
        assert take_range(2, 1)
    assert take_range(1, 1)


def test_who_does_not_get_a_range_does_not_let_it_go() -> None:
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_lock({locks._RANGE_KEY})", [1, 1])
        with locks.try_to_hold_range(1, 1) as held:
            assert not held
        assert not take_range(1, 1)
        cursor.execute("SELECT pg_advisory_unlock_all()")
    other.close()
    with locks.try_to_hold_range(1, 1) as held:
        assert held


def test_a_silent_holder_is_cut_off_and_only_then(settings: Settings) -> None:
    settings.JOB_LEASE_SECONDS = 7
    with locks.try_to_hold_range(1, 1):
        assert setting("idle_session_timeout") == "7s"
    assert setting("idle_session_timeout") == "0"


def test_who_does_not_get_a_range_may_be_silent() -> None:
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_lock({locks._RANGE_KEY})", [1, 1])
        with locks.try_to_hold_range(1, 1) as held:
            assert not held
        assert setting("idle_session_timeout") == "0"
    other.close()


def test_a_transaction_ends_when_its_process_falls_silent(settings: Settings) -> None:
    settings.JOB_LEASE_SECONDS = 1
    with suppress(Error), locks.transaction_with_idle_timeout():
        assert setting("idle_in_transaction_session_timeout") == "1s"
        time.sleep(2)
        assert not connection.is_usable()
    connection.close()
    assert setting("idle_in_transaction_session_timeout") != "1s"


def test_a_range_is_let_go_when_the_work_fails() -> None:
    with pytest.raises(ZeroDivisionError), locks.try_to_hold_range(1, 1):
        raise ZeroDivisionError
    assert take_range(1, 1)


def test_ranges_share_a_job_and_its_end_excludes_them() -> None:
    with transaction.atomic():
        locks.share(1)
        assert ask_elsewhere(f"SELECT pg_try_advisory_xact_lock_shared({locks._JOB_KEY})", 1)
        assert not take_job(1)
    with transaction.atomic():
        locks.exclude(1)
        assert not take_job(1)
    with transaction.atomic():
        assert locks.try_to_exclude(1)
        assert not take_job(1)
    assert take_job(1)
