"""Applying: each range is one task and one transaction, which begins with its ledger line."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import F
from django.db.models.functions import Now

from jobs import locks, wakeups
from jobs.conflicts import CONFLICTS_OF_A_RANGE, is_conflict
from jobs.ending import give_up, settle
from jobs.errors import Conflict, NotPrepared, in_words
from jobs.kinds import kind_of
from jobs.models import Job, LedgerLine, Range

logger = logging.getLogger(__name__)

# Has somebody do the range of this number of this job.
Spread = Callable[[int, int], None]

# Tries in a row at a range that conflicts with what others write.
MAX_CONFLICTS: Final = 10


def run_ranges(job: Job, spread: Spread) -> None:
    """Do the first range that is outstanding here, after `spread` was given all others."""
    outstanding = job.outstanding_ranges()
    logger.info("Job %s: applying, %s ranges outstanding.", job.pk, len(outstanding))
    for number in outstanding[1:]:
        spread(job.pk, number)
    for number in outstanding[:1]:
        run_range(job.pk, number)


def run_range(job_id: int, number: int) -> None:
    """Do one range unless it is done or being done, and settle the job if it was the last."""
    with locks.try_to_hold_range(job_id, number) as is_ours:
        if is_ours and number in Job(pk=job_id).outstanding_ranges():
            _try_range(job_id, number)
    settle(job_id)


def _try_range(job_id: int, number: int) -> None:
    range_ = Range.objects.filter(job=job_id, number=number)
    if not range_.filter(tries__lt=settings.JOB_MAX_TRIES).update(tries=F("tries") + 1):
        return give_up(Job.objects.get(pk=job_id))
    try:
        _apply_despite_conflicts(job_id, number)
    except NotPrepared:
        Job.objects.filter(pk=job_id, status=Job.Status.APPLYING).update(prepared_at=None)
        wakeups.wake(job_id)
    except Exception as error:
        logger.exception("Job %s: range %s failed.", job_id, number)
        connection.close_if_unusable_or_obsolete()
        _try_again_later(job_id, number, error)


def _apply_despite_conflicts(job_id: int, number: int) -> None:
    """Others may write the same rows at the same time: look again, and then keep them out."""
    for is_repeat in (False, *[True] * (MAX_CONFLICTS - 1)):
        try:
            return _apply(job_id, number, lock_first=is_repeat)
        except (Conflict, DatabaseError) as error:
            if not is_conflict(error, CONFLICTS_OF_A_RANGE):
                raise
    return _apply(job_id, number, lock_first=True)


def _apply(job_id: int, number: int, *, lock_first: bool) -> None:
    with locks.transaction_with_idle_timeout():
        locks.share(job_id)
        job = Job.objects.get(pk=job_id)
        if job.status != Job.Status.APPLYING or job.cancel_requested_at or not job.prepared_at:
            return
        line = LedgerLine.objects.create(job=job, number=number)
        range_ = job.ranges.get(number=number)
        counts = kind_of(job.kind).apply_range(job, range_, lock_first=lock_first)
        LedgerLine.objects.filter(pk=line.pk).update(**counts, done_at=Now())


def _try_again_later(job_id: int, number: int, error: Exception) -> None:
    # If the end can't be written now either, this is still the reason when it can.
    Job.objects.filter(pk=job_id, status=Job.Status.APPLYING).update(
        error_code="database_error", error_detail=in_words(error)
    )
    tries = Range.objects.values_list("tries", flat=True).get(job=job_id, number=number)
    if tries < settings.JOB_MAX_TRIES:
        wakeups.wake_range(job_id, number, delay_seconds=2**tries)
    else:
        give_up(Job.objects.get(pk=job_id))
