from __future__ import annotations

import logging

import pytest

from jobs import applying, requests, runner
from jobs.models import Job
from jobs.tests.fake import ALL_RANGES, FakeKind
from jobs.tests.wakeups import Wakeups, deliver


def test_a_job_is_prepared_applied_range_by_range_and_ended(
    job: Job, kind: FakeKind, wakeups: Wakeups
) -> None:
    requests.start(job)
    assert wakeups == [("jobs.advance", (job.pk,))]
    deliver(wakeups)
    job.refresh_from_db()
    assert (job.status, job.percent, job.rows_read) == ("completed", 100, 5)
    assert (job.progress.created, job.progress.rejected) == (3, 2)
    assert kind.events[:2] == ["prepare", "publish"]
    assert sorted(kind.events[2:5]) == ALL_RANGES
    assert kind.events[5:] == ["finish", "clean up"]
    assert job.cleaned_up
    # The session is at other work, so nobody may end it.
    assert job.lease_backend_pid is None


def test_a_wake_up_delivered_again_changes_nothing(
    job: Job, kind: FakeKind, wakeups: Wakeups
) -> None:
    runner.advance(job.pk)
    deliver(wakeups)
    before = list(Job.objects.values())
    events = list(kind.events)
    runner.advance(job.pk)
    applying.run_range(job.pk, 2)
    assert list(Job.objects.values()) == before
    assert kind.events == events


def test_the_log_names_a_job_once_in_each_phase(
    job: Job, kind: FakeKind, wakeups: Wakeups, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "jobs")
    runner.advance_alone(job.pk)
    assert [record.message for record in caplog.records] == [
        f"Job {job.pk}: preparing, attempt 1.",
        f"Job {job.pk}: applying, 3 ranges outstanding.",
        f"Job {job.pk}: completed.",
    ]
