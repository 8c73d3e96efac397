from __future__ import annotations

import threading
from datetime import timedelta

from django.db import connection, transaction
from django.db.models.functions import Now

from jobs import requests, runner
from jobs.models import Job
from jobs.tests.fake import FakeKind
from jobs.tests.wakeups import Wakeups, deliver


def test_a_job_starts_only_when_its_transaction_is_committed(job: Job, wakeups: Wakeups) -> None:
    with transaction.atomic():
        requests.start(job)
        assert wakeups == []
    assert wakeups


def test_a_review_waits_until_it_is_applied(job: Job, kind: FakeKind, wakeups: Wakeups) -> None:
    kind.review = True
    runner.advance(job.pk)
    job.refresh_from_db()
    assert job.status == "review"
    assert not wakeups
    runner.advance(job.pk)
    assert requests.apply(job)
    assert not requests.apply(job)
    deliver(wakeups)
    job.refresh_from_db()
    assert job.status == "completed"


def test_a_job_that_was_cancelled_in_its_review_is_reviewed_again(
    job: Job, kind: FakeKind, wakeups: Wakeups
) -> None:
    kind.review = True
    runner.advance(job.pk)
    requests.cancel(job)
    job.refresh_from_db()
    assert requests.retry(job)
    deliver(wakeups)
    job.refresh_from_db()
    assert (job.status, job.progress.created) == ("review", 0)


def test_cancelling_stops_before_the_next_range(job: Job, kind: FakeKind, wakeups: Wakeups) -> None:
    runner.advance(job.pk)
    assert requests.cancel(job)
    deliver(wakeups)
    job.refresh_from_db()
    assert (job.status, job.progress.created) == ("cancelled", 1)
    assert kind.events.count("finish") == 1
    assert not requests.cancel(job)
    assert requests.retry(job)
    deliver(wakeups)
    job.refresh_from_db()
    assert (job.status, job.progress.created) == ("completed", 3)


def test_a_pending_job_is_cancelled_at_once(job: Job, kind: FakeKind, wakeups: Wakeups) -> None:
    assert requests.cancel(job)
    runner.advance(job.pk)
    job.refresh_from_db()
    assert job.status == "cancelled"
    assert "prepare" not in kind.events


def test_a_job_that_is_held_waits_until_it_is_begun(
    job: Job, kind: FakeKind, wakeups: Wakeups
) -> None:
    Job.objects.update(held=True, stage_started_at=Now() - timedelta(hours=1))
    runner.advance(job.pk)
    job.refresh_from_db()
    assert (job.status, kind.events, job.progress.poll_ms) == ("pending", [], None)
    assert not requests.apply(job)
    assert requests.begin(job)
    deliver(wakeups)
    job.refresh_from_db()
    assert job.status == "completed"
    assert job.waited >= timedelta(hours=1)
    assert (job.progress.took_seconds or 0) < 600, "what a person took is no part of it"
    assert not requests.begin(job)


def test_a_held_job_that_was_cancelled_is_held_again(
    job: Job, kind: FakeKind, wakeups: Wakeups
) -> None:
    Job.objects.update(held=True)
    assert requests.cancel(job)
    assert requests.retry(job)
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
    assert requests.begin(job)
    assert not requests.apply(job), "who was first decides"
    assert not job.ranges.exists()
    assert not job.ledger.exists()
    deliver(wakeups)
    job.refresh_from_db()
    assert (job.status, job.rows_read) == ("review", 5)
    assert job.lease_token > token + 1
    assert [event for event in kind.events if event == "prepare"] == ["prepare"] * 2
    assert requests.apply(job)
    assert not requests.begin(job), "who was first decides"
    deliver(wakeups)
    job.refresh_from_db()
    assert (job.status, job.progress.created, job.progress.rejected) == ("completed", 3, 2)


def test_a_job_that_is_to_be_cancelled_is_not_begun(
    job: Job, kind: FakeKind, wakeups: Wakeups
) -> None:
    Job.objects.update(held=True, cancel_requested_at=Now())
    assert not requests.begin(job)


def test_who_applies_while_it_is_begun_anew_comes_second(
    job: Job, kind: FakeKind, wakeups: Wakeups
) -> None:
    kind.review = True
    runner.advance(job.pk)
    applied: list[bool] = []

    def apply() -> None:
        applied.append(requests.apply(job))
        connection.close()

    thread = threading.Thread(target=apply)
    with transaction.atomic():
        assert requests.begin(job)
        thread.start()
        thread.join(0.5)
        assert applied == [], "it waits for who was first"
    thread.join()
    assert applied == [False]
    job.refresh_from_db()
    assert (job.status, wakeups) == ("pending", [("jobs.advance", (job.pk,))])
