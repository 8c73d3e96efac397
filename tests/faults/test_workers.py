"""kill -9 at the worst moments: an import ends as if nothing had happened, within a minute."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
from django.contrib.auth.models import User
from django.db import connection

from jobs import applying, requests, runner, wakeups
from tests.faults.undisturbed import assert_undisturbed, begin, staging_tables, status, stored
from tests.faults.victims import (
    Moment,
    Victims,
    all_of,
    between_ranges,
    children_of,
    inside_a_range,
    parent_of,
    publishing,
    reading,
)
from tests.processes import Process, wait_until

pytestmark = pytest.mark.faults

Who = Callable[[Process], list[psutil.Process]]


def kill(processes: list[psutil.Process]) -> None:
    assert processes
    for process in processes:
        process.kill()


@pytest.mark.parametrize("who", [parent_of, children_of, all_of])
def test_killed_while_reading(victims: Victims, sample: Path, user: User, who: Who) -> None:
    worker = victims()
    import_ = begin(sample, user)
    with reading(import_):
        kill(who(worker))
        assert status(import_) == "reading"
    if who in (parent_of, all_of):
        victims()
    assert_undisturbed(import_, sample)


@pytest.mark.parametrize("moment", [publishing, between_ranges, inside_a_range])
@pytest.mark.parametrize("who", [parent_of, children_of, all_of])
def test_killed_after_reading(
    victims: Victims, small_sample: Path, user: User, moment: Moment, who: Who
) -> None:
    worker = victims()
    import_ = begin(small_sample, user)
    with moment(import_):
        kill(who(worker))
        assert status(import_) in ("reading", "applying")
    if who is not children_of:
        victims()
    assert_undisturbed(import_, small_sample)


@pytest.mark.parametrize("who", [parent_of, children_of, all_of])
def test_killed_after_the_last_commit_and_before_its_acknowledgement(
    victims: Victims, small_sample: Path, user: User, who: Who
) -> None:
    worker = victims()
    import_ = begin(small_sample, user)
    with inside_a_range(import_):
        (last,) = import_.outstanding_ranges()
        # Whoever acknowledges is stopped, and so can't.
        parent = psutil.Process(worker.popen.pid)
        parent.suspend()
    wait_until(lambda: status(import_) == "completed", what="the last commit")
    kill(who(worker))
    if parent.is_running():
        parent.resume()
    victims()
    # The message comes again, as the broker has not heard of the end.
    applying.run_range(import_.pk, last)
    runner.advance(import_.pk)
    assert_undisturbed(import_, small_sample)


def test_a_child_killed_again_and_again(victims: Victims, sample: Path, user: User) -> None:
    worker = victims()
    import_ = begin(sample, user)
    for ranges in (2, 8, 14):
        wait_until(lambda: import_.ledger.count() >= ranges, what="some ranges")  # noqa: B023
        kill(children_of(worker))
    assert_undisturbed(import_, sample)


@pytest.mark.parametrize("times", [2, 20])
def test_the_same_wake_up_many_times_at_once(
    victims: Victims, sample: Path, user: User, times: int
) -> None:
    import_ = begin(sample, user)
    for _ in range(times - 1):
        wakeups.wake(import_.pk)
    victims()
    victims()
    assert_undisturbed(import_, sample)


def test_the_same_range_many_times_at_once(
    transactional_db: None, sample: Path, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wakeups, "_send", lambda *_, **__: None)
    import_ = stored(sample, user)

    def twenty_times(job_id: int, number: int) -> None:
        with ThreadPoolExecutor(8) as pool:
            for done in [pool.submit(run, job_id, number) for _ in range(20)]:
                done.result()

    def run(job_id: int, number: int) -> None:
        try:
            applying.run_range(job_id, number)
        finally:
            connection.close()

    runner.advance(import_.pk, spread=twenty_times)
    assert_undisturbed(import_, sample)


def test_a_database_that_lost_its_unlogged_tables(
    transactional_db: None, sample: Path, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a crash of PostgreSQL leaves them: there, and empty."""
    monkeypatch.setattr(wakeups, "_send", lambda *_, **__: None)
    import_ = stored(sample, user, review=True)
    runner.advance(import_.pk)
    with connection.cursor() as cursor:
        for table in staging_tables(import_):
            cursor.execute(f"TRUNCATE {table}")
    requests.apply(import_)
    runner.advance(import_.pk)
    runner.advance_alone(import_.pk)
    assert_undisturbed(import_, sample)
