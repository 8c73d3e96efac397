from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError
from django.db.models.functions import Now

from jobs import requests, runner
from jobs.errors import JobError, LeaseLost, NotPrepared
from jobs.models import Job
from jobs.tests.fake import ALL_RANGES, FakeKind
from jobs.tests.wakeups import Wakeups, deliver


def test_a_job_that_can_not_be_done_fails_with_its_reason(
    job: Job, kind: FakeKind, wakeups: Wakeups
) -> None:
    kind.failures["prepare"] = [JobError("empty_file", "The file is empty.")]
    runner.advance(job.pk)
    job.refresh_from_db()
    assert (job.status, job.error_code, job.error_detail) == (
        "failed",
        "empty_file",
        "The file is empty.",
    )
    assert kind.events == ["prepare", "finish", "clean up"]
    assert not requests.retry(job), "another try would find the same file"


def test_losing_the_lease_while_preparing_publishes_nothing(
    job: Job, kind: FakeKind, wakeups: Wakeups
) -> None:
    kind.failures["prepare"] = [LeaseLost("taken over")]
    runner.advance(job.pk)
    job.refresh_from_db()
    assert job.status == "reading"
    assert not job.ranges.exists()
    assert not job.ledger.exists()


def test_a_preparer_that_was_taken_over_is_fenced_out(
    job: Job, kind: FakeKind, wakeups: Wakeups, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare = kind.prepare

    def taken_over_meanwhile(lease: Any) -> Any:
        Job.objects.filter(pk=job.pk).update(lease_token=99)
        return prepare(lease)

    monkeypatch.setattr(kind, "prepare", taken_over_meanwhile)
    runner.advance(job.pk)
    assert "publish" not in kind.events
    assert not job.ranges.exists()


def test_a_database_error_while_preparing_leaves_the_job_to_the_sweeper(
    job: Job, kind: FakeKind, wakeups: Wakeups
) -> None:
    kind.failures["prepare"] = [DatabaseError("disk full")]
    with pytest.raises(DatabaseError):
        runner.advance(job.pk)
    Job.objects.update(woken_at=Now() - timedelta(days=1))
    assert job in Job.objects.stalled()
    runner.advance(job.pk)
    deliver(wakeups)
    job.refresh_from_db()
    assert (job.status, job.error_code) == ("completed", "")


def test_lost_preparation_is_made_again_with_the_same_ranges(
    job: Job, kind: FakeKind, wakeups: Wakeups
) -> None:
    kind.failures[ALL_RANGES[1]] = [NotPrepared("emptied")]
    runner.advance(job.pk)
    bounds = list(job.ranges.order_by("number").values_list("low", "high"))
    deliver(wakeups)
    job.refresh_from_db()
    assert job.status == "completed"
    assert kind.events.count("prepare") == 2
    assert kind.events.count(ALL_RANGES[0]) == 1, "what the ledger has is not done again"
    assert list(job.ranges.order_by("number").values_list("low", "high")) == bounds
    assert (job.progress.created, job.progress.rejected) == (3, 2)


def test_an_error_after_the_end_is_not_its_reason(
    job: Job, kind: FakeKind, wakeups: Wakeups, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cancelled_meanwhile(_: Any) -> Any:
        assert requests.cancel(job)
        raise DatabaseError("no such table")

    monkeypatch.setattr(kind, "prepare", cancelled_meanwhile)
    with pytest.raises(DatabaseError):
        runner.advance(job.pk)
    job.refresh_from_db()
    assert (job.status, job.error_code, job.lease_expires_at) == ("cancelled", "", None)
