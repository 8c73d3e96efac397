"""Database sessions that are ended, or can't be had: the work is taken up in new ones."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError, connection

from tests.faults.undisturbed import assert_undisturbed, begin
from tests.faults.victims import (
    Moment,
    Victims,
    between_ranges,
    inside_a_range,
    publishing,
    reading,
)
from tests.processes import wait_until

pytestmark = pytest.mark.faults

# Which sessions of the worker.
ALL = "true"
IDLE = "state = 'idle'"
WAITING = "wait_event_type = 'Lock'"
COPYING = "query LIKE '%COPY imports_staging%'"
LEASE = """query LIKE 'UPDATE "jobs_job" SET "lease_expires_at"%'"""


@pytest.fixture
def named_victims(victims: Victims) -> Victims:
    """Workers whose sessions have a name of their own, unlike those of the test."""
    victims.env["DATABASE_URL"] += "?application_name=victim"
    return victims


def end_sessions(which: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            f" WHERE application_name = 'victim' AND datname = current_database() AND {which}"
        )
        return int(cursor.fetchone()[0])


@pytest.mark.parametrize("which", [COPYING, LEASE, ALL], ids=["copying", "lease", "all"])
def test_sessions_ended_while_reading(
    named_victims: Victims, sample: Path, user: User, which: str
) -> None:
    named_victims()
    import_ = begin(sample, user)
    with reading(import_):
        wait_until(lambda: end_sessions(which), what="a session to end")
    assert_undisturbed(import_, sample)


@pytest.mark.parametrize("which", [WAITING, ALL], ids=["waiting", "all"])
@pytest.mark.parametrize("moment", [publishing, between_ranges, inside_a_range])
def test_sessions_ended_after_reading(
    named_victims: Victims, small_sample: Path, user: User, moment: Moment, which: str
) -> None:
    named_victims()
    import_ = begin(small_sample, user)
    with moment(import_):
        assert end_sessions(which)
    assert_undisturbed(import_, small_sample)


def test_idle_sessions_ended_before_the_import(
    named_victims: Victims, small_sample: Path, user: User
) -> None:
    named_victims()
    wait_until(lambda: end_sessions(IDLE), what="a sweep")
    import_ = begin(small_sample, user)
    assert_undisturbed(import_, small_sample)


@contextmanager
def no_new_sessions() -> Iterator[None]:
    with connection.cursor() as cursor:
        name = connection.ops.quote_name(connection.settings_dict["NAME"])
        cursor.execute(f"ALTER DATABASE {name} CONNECTION LIMIT 0")
        try:
            yield
        finally:
            cursor.execute(f"ALTER DATABASE {name} CONNECTION LIMIT -1")


@pytest.mark.parametrize("moment", [reading, publishing, between_ranges, inside_a_range])
def test_no_session_to_be_had_for_a_while(
    named_victims: Victims, sample: Path, user: User, moment: Moment
) -> None:
    named_victims()
    import_ = begin(sample, user)
    with moment(import_), no_new_sessions():
        assert end_sessions(ALL)
        other = connection.copy()
        with pytest.raises(OperationalError, match="too many connections"):
            other.ensure_connection()
        time.sleep(5)
        assert not end_sessions(ALL)
    assert_undisturbed(import_, sample)
