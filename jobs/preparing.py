"""Preparing: one process, under a lease, finds out what there is to do and cuts it into ranges."""

from __future__ import annotations

import logging
from itertools import pairwise

from django.db import connection
from django.db.models.functions import Now

from jobs import locks
from jobs.ending import fail
from jobs.errors import JobError, LeaseLost, in_words
from jobs.kinds import Kind, Preparation, kind_of
from jobs.leases import Lease
from jobs.models import Job, LedgerLine, Range

logger = logging.getLogger(__name__)


def prepare(lease: Lease) -> None:
    """Prepare the job of this lease; afterwards it is applied, waits for its review, or has failed.

    A lost lease changes nothing. Any other error is raised after the lease is released.
    """
    logger.info("Job %s: preparing, attempt %s.", lease.job_id, lease.token)
    job = Job.objects.get(pk=lease.job_id)
    kind = kind_of(job.kind)
    try:
        with lease:
            preparation = kind.prepare(lease)
            _publish(lease, kind, preparation)
    except JobError as error:
        fail(job, error.code, error.detail, token=lease.token)
    except LeaseLost as lost:
        logger.warning("Job %s: preparing stopped: %s.", lease.job_id, lost)
    except Exception as error:
        _release(lease, error)
        raise


def _publish(lease: Lease, kind: Kind, preparation: Preparation) -> None:
    with locks.transaction_with_idle_timeout():
        job = Job.objects.select_for_update(no_key=True).get(pk=lease.job_id)
        if not job.has_lease(lease.token):
            raise LeaseLost(f"job {job.pk} was taken over")
        _store_ranges(job, preparation)
        kind.publish(job)
        _end_preparing(job, preparation)


def _store_ranges(job: Job, preparation: Preparation) -> None:
    """The bounds of the first time stand, so that a second reading leads to the same ranges."""
    _, is_first_time = LedgerLine.objects.get_or_create(
        job=job, number=0, defaults=preparation.counts
    )
    if is_first_time:
        edges = [None, *preparation.bounds, None]
        Range.objects.bulk_create(
            Range(job=job, number=number, low=low, high=high)
            for number, (low, high) in enumerate(pairwise(edges), start=1)
        )


def _end_preparing(job: Job, preparation: Preparation) -> None:
    review = preparation.review and job.status != Job.Status.APPLYING
    job.move(
        to=Job.Status.REVIEW if review else Job.Status.APPLYING,
        come_from=Job.MOVING,
        prepared_at=Now(),
        rows_read=preparation.rows_read,
        bytes_read=preparation.bytes_read,
        lease_expires_at=None,
        # The session goes on to other work.
        lease_backend_pid=None,
        woken_at=Now(),
        tries=0,
        error_code="",
        error_detail="",
    )


def _release(lease: Lease, error: Exception) -> None:
    """Let the sweeper try again soon; if it gives the job up, this error is the reason."""
    connection.close_if_unusable_or_obsolete()
    leased = Job.objects.filter(pk=lease.job_id, lease_token=lease.token, status__in=Job.MOVING)
    leased.update(
        lease_expires_at=Now(),
        lease_backend_pid=None,
        error_code="database_error",
        error_detail=in_words(error),
    )
