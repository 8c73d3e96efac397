"""What people ask of a job: to start it, cancel it, apply what it found, begin anew, retry.

Each is one conditional update, so of two people who ask at once the first is heard and the other
learns that nothing was left to do.
"""

from __future__ import annotations

from functools import partial

from django.db import transaction
from django.db.models import DurationField, ExpressionWrapper, F, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Greatest, Now

from jobs import wakeups
from jobs.ending import settle
from jobs.models import Job


def start(job: Job) -> None:
    """Wake a worker for a job as soon as the current transaction is committed."""
    transaction.on_commit(partial(wakeups.wake, job.pk))


def cancel(job: Job) -> bool:
    """Stop before the next range; what is applied stands. False if the job has ended already."""
    was_active = Job.objects.filter(pk=job.pk, status__in=Job.ACTIVE).update(
        cancel_requested_at=Now()
    )
    settle(job.pk)
    return bool(was_active)


def apply(job: Job) -> bool:
    """Go on after a review. False if the job is not waiting for one."""
    has_moved = job.move(
        to=Job.Status.APPLYING,
        come_from=(Job.Status.REVIEW,),
        woken_at=Now(),
        waited=_waited_until_now(),
    )
    if has_moved:
        start(job)
    return has_moved


def begin(job: Job) -> bool:
    """Start a job that is held, or prepare one anew that waits for a review.

    False if it waits for neither: it was applied, begun or cancelled in the meantime. What the
    new attempt is to find is written in the same transaction, after this.
    """
    with transaction.atomic():
        # Its percentage counts the ledger lines that go now.
        reported_percent = job.progress.percent
        has_begun = (
            Job.objects.waiting()
            .filter(pk=job.pk)
            .update(
                status=Job.Status.PENDING,
                held=False,
                # The process that prepared it before may still be on its way out.
                lease_token=F("lease_token") + 1,
                lease_expires_at=None,
                waited=_waited_until_now(),
                stage=Job.Stage.WAITING,
                stage_started_at=Now(),
                percent=Greatest(F("percent"), Value(reported_percent)),
                prepared_at=None,
                rows_read=0,
                bytes_read=0,
                woken_at=Now(),
                tries=0,
            )
        )
        if has_begun:
            job.ledger.all().delete()
            job.ranges.all().delete()
            start(job)
    return bool(has_begun)


def _waited_until_now() -> Combinable:
    """How long the job has waited for people, with the wait that ends now."""
    return ExpressionWrapper(F("waited") + Now() - F("stage_started_at"), DurationField())


def retry(job: Job) -> bool:
    """Go on with a cancelled or interrupted job, keeping what is applied. False if it can't be."""
    job.refresh_from_db(fields=["status", "error_code"])
    if not job.is_retryable:
        return False
    with transaction.atomic():
        has_moved = job.move(
            to=Job.Status.APPLYING if _has_applied(job) else Job.Status.PENDING,
            come_from=(Job.Status.FAILED, Job.Status.CANCELLED),
            prepared_at=None,
            cancel_requested_at=None,
            error_code="",
            error_detail="",
            tries=0,
            woken_at=Now(),
            cleaned_up=False,
        )
        if has_moved:
            job.ranges.update(tries=0)
            start(job)
    return has_moved


def _has_applied(job: Job) -> bool:
    """Whether a range was done; before that a job starts over, with its review if it has one."""
    return job.ledger.filter(number__gt=0).exists()
