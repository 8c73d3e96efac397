from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models.functions import Now
from pytest_django.fixtures import Settings

from jobs import runner
from jobs.errors import JobError, LeaseLost, NotPrepared
from jobs.models import Job
from jobs.tests.fake import FakeKind

Wakeups = list[tuple[str, tuple[int, ...]]]

ALL_RANGES = ["range 1: None..h", "range 2: h..p", "range 3: p..None"]


def deliver(wakeups: Wakeups) -> None:
    """Hand out the messages as a worker would, until there are none."""
    tasks: dict[str, Any] = {"jobs.advance": runner.advance, "jobs.run_range": runner.run_range}
    while wakeups:
        task, args = wakeups.pop(0)
        tasks[task](*args)


def test_a_job_is_prepared_applied_range_by_range_and_ended(
    job: Job, kind: FakeKind, wakeups: Wakeups
) -> None:
    runner.start(job)
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
    runner.run_range(job.pk, 2)
    assert list(Job.objects.values()) == before
    assert kind.events == events


def test_a_job_starts_only_when_its_transaction_is_committed(job: Job, wakeups: Wakeups) -> None:
    with transaction.atomic():
        runner.start(job)
        assert wakeups == []
    assert wakeups


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
    assert not runner.retry(job), "another try would find the same file"


def test_a_review_waits_until_it_is_applied(job: Job, kind: FakeKind, wakeups: Wakeups) -> None:
    kind.review = True
    runner.advance(job.pk)
    job.refresh_from_db()
    assert job.status == "review"
    assert not wakeups
    runner.advance(job.pk)
    assert runner.apply(job)
    assert not runner.apply(job)
    deliver(wakeups)
    job.refresh_from_db()
    assert job.status == "completed"


def test_a_job_that_was_cancelled_in_its_review_is_reviewed_again(
    job: Job, kind: FakeKind, wakeups: Wakeups
) -> None:
    kind.review = True
    runner.advance(job.pk)
    runner.request_cancel(job)
    job.refresh_from_db()
    assert runner.retry(job)
    deliver(wakeups)
    job.refresh_from_db()
    assert (job.status, job.progress.created) == ("review", 0)


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
    assert runner.retry(job)
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


def test_cancelling_stops_before_the_next_range(job: Job, kind: FakeKind, wakeups: Wakeups) -> None:
    runner.advance(job.pk)
    assert runner.request_cancel(job)
    deliver(wakeups)
    job.refresh_from_db()
    assert (job.status, job.progress.created) == ("cancelled", 1)
    assert kind.events.count("finish") == 1
    assert not runner.request_cancel(job)
    assert runner.retry(job)
    deliver(wakeups)
    job.refresh_from_db()
    assert (job.status, job.progress.created) == ("completed", 3)


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
    runner.fail(job, "interrupted", "")
    assert Job.objects.get(pk=job.pk).progress.percent == percent


def test_a_pending_job_is_cancelled_at_once(job: Job, kind: FakeKind, wakeups: Wakeups) -> None:
    assert runner.request_cancel(job)
    runner.advance(job.pk)
    job.refresh_from_db()
    assert job.status == "cancelled"
    assert "prepare" not in kind.events


def test_a_job_that_ended_is_not_stalled(job: Job, kind: FakeKind, wakeups: Wakeups) -> None:
    runner.request_cancel(job)
    Job.objects.update(woken_at=Now() - timedelta(days=1))
    assert not Job.objects.stalled().exists()


def test_a_job_that_is_held_waits_until_it_is_begun(
    job: Job, kind: FakeKind, wakeups: Wakeups
) -> None:
    Job.objects.update(held=True, stage_started_at=Now() - timedelta(hours=1))
    runner.advance(job.pk)
    job.refresh_from_db()
    assert (job.status, kind.events, job.progress.poll_ms) == ("pending", [], None)
    assert not runner.apply(job)
    assert runner.begin(job)
    deliver(wakeups)
    job.refresh_from_db()
    assert job.status == "completed"
    assert job.waited >= timedelta(hours=1)
    assert (job.progress.took_seconds or 0) < 600, "what a person took is no part of it"
    assert not runner.begin(job)


def test_a_held_job_that_was_cancelled_is_held_again(
    job: Job, kind: FakeKind, wakeups: Wakeups
) -> None:
    Job.objects.update(held=True)
    assert runner.request_cancel(job)
    assert runner.retry(job)
    deliver(wakeups)
    job.refresh_from_db()
    assert (job.status, job.is_held) == ("pending", True)
    assert "prepare" not in kind.events


def test_a_review_begun_anew_forgets_what_was_prepared(
    job: Job, kind: FakeKind, wakeups: Wakeups
) -> None:
    kind.review = True
    runner.advance(job.pk)
    job.refresh_from_db()
    token = job.lease_token
    assert runner.begin(job)
    assert not runner.apply(job), "who was first decides"
    assert not job.ranges.exists()
    assert not job.ledger.exists()
    deliver(wakeups)
    job.refresh_from_db()
    assert (job.status, job.rows_read) == ("review", 5)
    assert job.lease_token > token + 1
    assert [event for event in kind.events if event == "prepare"] == ["prepare"] * 2
    assert runner.apply(job)
    assert not runner.begin(job), "who was first decides"
    deliver(wakeups)
    job.refresh_from_db()
    assert (job.status, job.progress.created, job.progress.rejected) == ("completed", 3, 2)


def test_a_job_that_is_to_be_cancelled_is_not_begun(
    job: Job, kind: FakeKind, wakeups: Wakeups
) -> None:
    Job.objects.update(held=True, cancel_requested_at=Now())
    assert not runner.begin(job)


def test_who_applies_while_it_is_begun_anew_comes_second(
    job: Job, kind: FakeKind, wakeups: Wakeups
) -> None:
    kind.review = True
    runner.advance(job.pk)
    applied: list[bool] = []

    def apply() -> None:
        applied.append(runner.apply(job))
        connection.close()

    thread = threading.Thread(target=apply)
    with transaction.atomic():
        assert runner.begin(job)
        thread.start()
        thread.join(0.5)
        assert applied == [], "it waits for who was first"
    thread.join()
    assert applied == [False]
    job.refresh_from_db()
    assert (job.status, wakeups) == ("pending", [("jobs.advance", (job.pk,))])
