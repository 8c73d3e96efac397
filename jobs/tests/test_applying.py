from __future__ import annotations

import pytest
from django.db import DatabaseError
from pytest_django.fixtures import Settings

from jobs import requests, runner
from jobs.models import Job
from jobs.tests.fake import ALL_RANGES, FakeKind
from jobs.tests.wakeups import Wakeups, deliver


def test_a_range_that_fails_once_is_tried_again(job: Job, kind: FakeKind, wakeups: Wakeups) -> None:
    kind.failures[ALL_RANGES[0]] = [DatabaseError("a passing fault")]
    runner.advance(job.pk)
    deliver(wakeups)
    job.refresh_from_db()
    assert (job.status, job.progress.created) == ("completed", 3)


def test_a_range_that_always_fails_ends_the_job_and_retry_goes_on(
    job: Job, kind: FakeKind, wakeups: Wakeups, settings: Settings
) -> None:
    kind.failures[ALL_RANGES[1]] = [DatabaseError("no")] * settings.JOB_MAX_TRIES
    runner.advance(job.pk)
    deliver(wakeups)
    job.refresh_from_db()
    assert (job.status, job.error_code, job.error_detail) == ("failed", "database_error", "no")
    assert job.progress.created == 2, "the other ranges stand"
    assert requests.retry(job)
    deliver(wakeups)
    job.refresh_from_db()
    assert (job.status, job.error_code, job.progress.created) == ("completed", "", 3)
    assert kind.events.count(ALL_RANGES[0]) == 1


def test_a_range_whose_worker_is_lost_every_time_ends_the_job(
    job: Job, kind: FakeKind, wakeups: Wakeups, settings: Settings
) -> None:
    runner.advance(job.pk)
    job.ranges.filter(number=3).update(tries=settings.JOB_MAX_TRIES)
    deliver(wakeups)
    job.refresh_from_db()
    assert (job.status, job.error_code) == ("failed", "interrupted")


def test_the_last_reason_is_told_although_the_end_could_not_be_written_then(
    job: Job, kind: FakeKind, wakeups: Wakeups, settings: Settings
) -> None:
    kind.failures[ALL_RANGES[0]] = [DatabaseError("no")]
    runner.advance(job.pk)
    job.ranges.filter(number=1).update(tries=settings.JOB_MAX_TRIES)
    deliver(wakeups)
    job.refresh_from_db()
    assert (job.status, job.error_code, job.error_detail) == ("failed", "database_error", "no")


def test_a_reason_that_was_overcome_is_forgotten(
    job: Job, kind: FakeKind, wakeups: Wakeups
) -> None:
    kind.failures[ALL_RANGES[0]] = [DatabaseError("no")]
    runner.advance(job.pk)
    assert Job.objects.get(pk=job.pk).error_code == "database_error"
    deliver(wakeups)
    job.refresh_from_db()
    assert (job.status, job.error_code, job.error_detail) == ("completed", "", "")


@pytest.mark.parametrize("sqlstate", ["23505", "40001", "40P01"])
def test_a_conflict_with_somebody_else_is_tried_again_at_once(
    job: Job, kind: FakeKind, wakeups: Wakeups, settings: Settings, sqlstate: str
) -> None:
    class Conflict(Exception):
        pass

    cause = Conflict()
    cause.sqlstate = sqlstate  # type: ignore[attr-defined]
    error = DatabaseError("conflict")
    error.__cause__ = cause
    kind.failures[ALL_RANGES[0]] = [error] * 5
    runner.advance(job.pk)
    assert kind.events.count(ALL_RANGES[0]) == 6
    assert kind.locked_first == [True], "the first try is the only one that does not lock"
    assert job.ledger.filter(number=1).exists()
    assert job.ranges.get(number=1).tries == 1
