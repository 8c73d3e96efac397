"""Ending: a job is brought to its one end, others are told of it, and what it left is removed."""

from __future__ import annotations

import logging
from typing import Final

from django.db import OperationalError
from django.db.models.functions import Now

from jobs import locks
from jobs.kinds import kind_of
from jobs.models import Job

logger = logging.getLogger(__name__)

INTERRUPTED: Final = "It was interrupted too many times, so it was stopped."
EXPIRED: Final = "It waited too long for somebody to continue it, so it was cancelled."


def settle(job_id: int) -> None:
    """End a job whose ranges are all done, or that is to be cancelled and has none running."""
    with locks.transaction_with_idle_timeout():
        job = Job.objects.select_for_update(no_key=True).get(pk=job_id)
        was_leased = job.lease_expires_at is not None
        has_ended = _cancel_if_asked(job) or _complete_if_done(job)
        if has_ended:
            _finish(job)
    if has_ended:
        _leave(job, is_prepared_by_another=was_leased)


def _cancel_if_asked(job: Job) -> bool:
    if job.is_ended or not job.cancel_requested_at or not locks.try_to_exclude(job.pk):
        return False
    return job.move(to=Job.Status.CANCELLED, come_from=Job.ACTIVE, lease_expires_at=None)


def _complete_if_done(job: Job) -> bool:
    if job.status != Job.Status.APPLYING or not job.prepared_at or job.outstanding_ranges():
        return False
    return job.move(
        to=Job.Status.COMPLETED,
        come_from=(Job.Status.APPLYING,),
        percent=100,
        error_code="",
        error_detail="",
    )


def give_up(job: Job) -> None:
    """End a job that fails every time, with the reason of its last attempt if that left one."""
    fail(job, job.error_code or "interrupted", job.error_detail or INTERRUPTED)


def fail(job: Job, code: str, detail: str, *, token: int | None = None) -> None:
    """End a job with a reason, once none of its ranges is running.

    With a `token`, only while that lease is held.
    """
    with locks.transaction_with_idle_timeout():
        locks.exclude(job.pk)
        job = Job.objects.select_for_update(no_key=True).get(pk=job.pk)
        if token is not None and not job.has_lease(token):
            return
        was_leased = job.lease_expires_at is not None
        has_failed = job.move(
            to=Job.Status.FAILED,
            come_from=Job.MOVING,
            error_code=code,
            error_detail=detail,
            lease_expires_at=None,
        )
        if has_failed:
            _finish(job)
    if has_failed:
        _leave(job, is_prepared_by_another=was_leased and token is None)


def expire(job: Job) -> None:
    """Cancel a job that has waited for a person for too long."""
    forgotten = Job.objects.forgotten().filter(pk=job.pk)
    if forgotten.update(cancel_requested_at=Now(), error_code="expired", error_detail=EXPIRED):
        settle(job.pk)


def _finish(job: Job) -> None:
    job.refresh_from_db()
    kind_of(job.kind).finish(job)


def _leave(job: Job, *, is_prepared_by_another: bool) -> None:
    """Clean up; once more later if a process may go on with preparing before it notices."""
    logger.info("Job %s: %s.", job.pk, job.status)
    clean_up(job, is_final=not is_prepared_by_another)


def clean_up(job: Job, *, is_final: bool = True) -> None:
    """Remove what an ended job no longer needs.

    The sweeper repeats it unless it is final, if it is interrupted, or if somebody still looks at
    what is to go.
    """
    try:
        kind_of(job.kind).clean_up(job.pk)
    except OperationalError as error:
        logger.warning("Job %s: cleaned up later, since %s", job.pk, error)
        return
    Job.objects.filter(pk=job.pk, status__in=Job.ENDED).update(cleaned_up=is_final)
