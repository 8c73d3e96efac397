from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now
from pytest_django.fixtures import Settings

from jobs import ending, requests, runner
from jobs.models import Job
from jobs.sweeper import sweep
from jobs.tests.fake import FakeKind
from jobs.tests.wakeups import Wakeups


def test_cancelling_waits_for_the_range_that_is_running(
    job: Job, kind: FakeKind, wakeups: Wakeups, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply_range = kind.apply_range
    seen: list[str] = []

    def cancelled_meanwhile(*args: Any, **kwargs: Any) -> Any:
        other = connection.copy()
        with other.cursor() as cursor:
            cursor.execute("UPDATE jobs_job SET cancel_requested_at = now()")
            cursor.execute(
                "SELECT pg_try_advisory_xact_lock(hashtextextended('job:' || %s, 0))", [job.pk]
            )
            seen.append("free" if cursor.fetchone()[0] else "held")
        other.close()
        return apply_range(*args, **kwargs)

    monkeypatch.setattr(kind, "apply_range", cancelled_meanwhile)
    runner.advance(job.pk)
    job.refresh_from_db()
    assert seen == ["held"]
    assert (job.status, job.progress.created) == ("cancelled", 1)


def test_progress_never_goes_back_when_a_job_fails(
    job: Job, kind: FakeKind, wakeups: Wakeups
) -> None:
    runner.advance(job.pk)
    percent = Job.objects.get(pk=job.pk).progress.percent
    assert percent > 35
    ending.fail(job, "interrupted", "")
    assert Job.objects.get(pk=job.pk).progress.percent == percent


def test_a_job_that_ended_is_not_stalled(job: Job, kind: FakeKind, wakeups: Wakeups) -> None:
    requests.cancel(job)
    Job.objects.update(woken_at=Now() - timedelta(days=1))
    assert not Job.objects.stalled().exists()


def test_what_is_prepared_after_the_end_is_removed_by_the_sweeper(
    job: Job,
    kind: FakeKind,
    wakeups: Wakeups,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever prepares notices a cancellation a moment later, and may write until then."""
    settings.JOB_STALL_SECONDS = 0
    prepare = kind.prepare

    def cancelled_meanwhile(lease: Any) -> Any:
        assert requests.cancel(job)
        return prepare(lease)

    monkeypatch.setattr(kind, "prepare", cancelled_meanwhile)
    runner.advance(job.pk)
    job.refresh_from_db()
    assert kind.events == ["finish", "clean up", "prepare"]
    assert (job.status, job.cleaned_up) == ("cancelled", False)
    sweep()
    job.refresh_from_db()
    assert kind.events[3:] == ["clean up"]
    assert job.cleaned_up
