from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models.functions import Now

from jobs.errors import LeaseLost
from jobs.leases import claim
from jobs.models import Job
from tests.processes import wait_until


def report(lease: object, percent: int, rows: int = 10) -> None:
    lease.report(  # type: ignore[attr-defined]
        stage=Job.Stage.READING, percent=percent, rows_read=rows, bytes_read=rows * 10
    )


def expire(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(lease_expires_at=Now() - timedelta(seconds=1))


def test_a_job_is_claimed_by_one_process_only(job: Job) -> None:
    lease = claim(job.pk)
    assert lease
    assert claim(job.pk) is None
    job.refresh_from_db()
    assert (job.status, job.lease_token, job.tries) == ("reading", 1, 1)
    assert job.started_at


@pytest.mark.parametrize("status", ["review", "completed", "failed", "cancelled"])
def test_only_a_moving_job_is_claimed(job: Job, status: str) -> None:
    finished_at = None if status == "review" else Now()
    Job.objects.update(status=status, finished_at=finished_at)
    assert claim(job.pk) is None


def test_a_prepared_job_is_not_claimed(job: Job) -> None:
    Job.objects.update(status="applying", prepared_at=Now())
    assert claim(job.pk) is None


def test_a_job_that_lost_its_preparation_is_claimed_and_goes_on_applying(job: Job) -> None:
    Job.objects.update(status="applying", prepared_at=None)
    assert claim(job.pk)
    job.refresh_from_db()
    assert (job.status, job.stage) == ("applying", "reading")


def test_an_expired_lease_is_taken_over_with_the_next_token(job: Job) -> None:
    first = claim(job.pk)
    expire(job)
    second = claim(job.pk)
    assert first
    assert second
    assert second.token == first.token + 1
    assert not first.renew()
    assert second.renew()


def test_whoever_takes_over_ends_the_session_of_the_holder_before(job: Job) -> None:
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
        cursor.execute("SELECT backend_start FROM pg_stat_activity WHERE pid = %s", [pid])
        (started_at,) = cursor.fetchone()
        Job.objects.update(
            status="reading",
            lease_expires_at=Now() - timedelta(seconds=1),
            lease_backend_pid=pid,
            lease_backend_start=started_at,
        )
        assert claim(job.pk)
        wait_until(lambda: not _is_alive(pid), what="the session to end")
    other.close()


def test_a_session_that_only_has_the_number_of_the_earlier_one_is_left_alone(job: Job) -> None:
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
        Job.objects.update(
            status="reading",
            lease_expires_at=Now() - timedelta(seconds=1),
            lease_backend_pid=pid,
            lease_backend_start=Now() - timedelta(days=1),
        )
        assert claim(job.pk)
        assert _is_alive(pid)
        cursor.execute("SELECT 1")
    other.close()


def _is_alive(pid: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE pid = %s", [pid])
        return bool(cursor.fetchone()[0])


def test_the_beat_renews_the_lease_and_writes_progress(job: Job) -> None:
    lease = claim(job.pk)
    assert lease
    before = Job.objects.get(pk=job.pk).lease_expires_at
    with lease:
        report(lease, 20)
        wait_until(lambda: Job.objects.get(pk=job.pk).percent == 20, what="the beat")
    after = Job.objects.get(pk=job.pk)
    assert after.rows_read == 10
    assert before
    assert after.lease_expires_at
    assert after.lease_expires_at > before


def test_progress_never_goes_back(job: Job) -> None:
    lease = claim(job.pk)
    assert lease
    for percent, rows in [(30, 300), (10, 100)]:
        report(lease, percent, rows)
        lease.renew()
    job.refresh_from_db()
    assert (job.percent, job.rows_read, job.bytes_read) == (30, 300, 3000)


def test_a_holder_that_was_taken_over_learns_it_at_its_next_report(job: Job) -> None:
    lease = claim(job.pk)
    assert lease
    with lease:
        Job.objects.update(lease_token=lease.token + 1)
        wait_until(lease._lost.is_set, what="the beat")
        with pytest.raises(LeaseLost):
            report(lease, 1)


def test_a_late_beat_does_not_touch_a_job_that_is_prepared(job: Job) -> None:
    lease = claim(job.pk)
    assert lease
    report(lease, 20)
    Job.objects.update(
        status="applying", stage="applying", prepared_at=Now(), lease_expires_at=None
    )
    assert not lease.renew()
    job.refresh_from_db()
    assert (job.stage, job.lease_expires_at) == ("applying", None)


def test_a_holder_learns_that_its_job_was_cancelled(job: Job) -> None:
    lease = claim(job.pk)
    assert lease
    Job.objects.update(cancel_requested_at=Now())
    assert not lease.renew()


@pytest.mark.parametrize("ends_well", [True, False])
def test_a_session_goes_on_to_other_work_only_where_its_lease_ended_well(
    job: Job, ends_well: bool
) -> None:
    """Whoever takes over ends the session of a lease that did not."""
    lease = claim(job.pk)
    assert lease
    assert connection.connection
    with suppress(LeaseLost), lease:
        if not ends_well:
            raise LeaseLost
    assert bool(connection.connection) == ends_well
