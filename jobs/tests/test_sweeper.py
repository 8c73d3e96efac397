from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import OperationalError
from django.db.models.functions import Now
from pytest_django.fixtures import Settings

from jobs import requests
from jobs.models import Job, LedgerLine
from jobs.sweeper import sweep
from jobs.tests.fake import FakeKind
from jobs.tests.wakeups import Wakeups

AGO = Now() - timedelta(hours=1)
SOON = Now() + timedelta(hours=1)


def set_up(job: Job, **fields: object) -> None:
    Job.objects.filter(pk=job.pk).update(**fields)


@pytest.mark.parametrize(
    ("fields", "is_woken"),
    [
        ({"woken_at": AGO}, True),
        ({"woken_at": Now()}, False),
        ({"status": "reading", "lease_expires_at": AGO, "woken_at": AGO}, True),
        ({"status": "reading", "lease_expires_at": SOON, "woken_at": AGO}, False),
        ({"status": "applying", "prepared_at": AGO, "woken_at": AGO}, True),
        ({"status": "applying", "prepared_at": AGO, "woken_at": Now()}, False),
        ({"status": "review", "prepared_at": AGO, "woken_at": AGO}, False),
        ({"status": "completed", "finished_at": Now(), "woken_at": AGO}, False),
        ({"held": True, "woken_at": AGO}, False),
        ({"held": True, "woken_at": AGO, "cancel_requested_at": AGO}, True),
        (
            {
                "status": "review",
                "prepared_at": AGO,
                "woken_at": AGO,
                "cancel_requested_at": AGO,
            },
            True,
        ),
    ],
)
def test_what_stands_still_is_woken(
    job: Job, wakeups: Wakeups, fields: dict[str, object], *, is_woken: bool
) -> None:
    set_up(job, **fields)
    sweep()
    assert wakeups == ([("jobs.advance", (job.pk,))] if is_woken else [])
    sweep()
    assert len(wakeups) == is_woken, "not again before some time has passed"


def test_a_job_with_a_recent_ledger_line_is_left_alone(job: Job, wakeups: Wakeups) -> None:
    set_up(job, status="applying", prepared_at=AGO, woken_at=AGO)
    LedgerLine.objects.create(job=job, number=1)
    sweep()
    assert wakeups == []


def test_a_job_that_fails_every_time_is_given_up(
    job: Job, kind: FakeKind, wakeups: Wakeups, settings: Settings
) -> None:
    tries = settings.JOB_MAX_TRIES
    set_up(job, status="reading", lease_expires_at=AGO, woken_at=AGO, tries=tries)
    sweep()
    job.refresh_from_db()
    assert (job.status, job.error_code) == ("failed", "interrupted")
    assert wakeups == []


def test_the_last_reason_is_kept_when_a_job_is_given_up(
    job: Job, wakeups: Wakeups, settings: Settings
) -> None:
    reason = {"error_code": "database_error", "error_detail": "disk full"}
    tries = settings.JOB_MAX_TRIES
    set_up(job, status="reading", lease_expires_at=AGO, woken_at=AGO, tries=tries, **reason)
    sweep()
    job.refresh_from_db()
    assert (job.error_code, job.error_detail) == ("database_error", "disk full")


def test_what_somebody_still_looks_at_is_cleaned_up_later(
    job: Job, kind: FakeKind, wakeups: Wakeups, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up(job, status="review", prepared_at=Now())

    def clean_up(_: int) -> None:
        raise OperationalError("canceling statement due to lock timeout")

    with monkeypatch.context() as patch:
        patch.setattr(kind, "clean_up", clean_up)
        assert requests.cancel(job)
    job.refresh_from_db()
    assert (job.status, job.cleaned_up) == ("cancelled", False)
    Job.objects.update(finished_at=AGO)
    sweep()
    job.refresh_from_db()
    assert job.cleaned_up


def test_an_interrupted_clean_up_is_made_up_for(job: Job, kind: FakeKind, wakeups: Wakeups) -> None:
    set_up(job, status="completed", finished_at=AGO)
    sweep()
    assert kind.events == ["clean up"]
    sweep()
    assert kind.events == ["clean up"]


WEEK = Now() - timedelta(days=7, seconds=1)
ALMOST_A_WEEK = Now() - timedelta(days=6, hours=23)


@pytest.mark.parametrize(
    ("fields", "is_ended"),
    [
        ({"held": True, "stage_started_at": WEEK}, True),
        ({"held": True, "stage_started_at": ALMOST_A_WEEK}, False),
        ({"status": "review", "prepared_at": WEEK, "stage_started_at": WEEK}, True),
        ({"status": "review", "prepared_at": WEEK, "stage_started_at": ALMOST_A_WEEK}, False),
        ({"status": "pending", "stage_started_at": WEEK, "woken_at": Now()}, False),
    ],
)
def test_what_waits_for_a_person_too_long_is_cancelled(
    job: Job, kind: FakeKind, wakeups: Wakeups, fields: dict[str, object], *, is_ended: bool
) -> None:
    set_up(job, **fields)
    sweep()
    job.refresh_from_db()
    assert (job.status == "cancelled") is is_ended
    assert (job.error_code == "expired") is is_ended
    assert kind.events == (["finish", "clean up"] if is_ended else [])
    assert wakeups == []


def test_how_long_a_person_is_waited_for_is_a_setting(
    job: Job, wakeups: Wakeups, settings: Settings
) -> None:
    settings.JOB_WAIT_DAYS = 100
    set_up(job, held=True, stage_started_at=WEEK)
    sweep()
    job.refresh_from_db()
    assert job.status == "pending"
