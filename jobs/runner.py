"""How a job runs: prepared once under a lease, applied range by range, brought to its end.

Every function may run any number of times, at once or in a row, and after any interruption:
what is done is in the database, and what the database has is not done again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from itertools import pairwise

from django.conf import settings
from django.db import DatabaseError, OperationalError, connection, transaction
from django.db.models import DurationField, ExpressionWrapper, F, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Greatest, Now

from jobs import locks, wakeups
from jobs.errors import Conflict, JobError, LeaseLost, NotPrepared, in_words
from jobs.kinds import Kind, Preparation, kind_of
from jobs.leases import Lease, claim
from jobs.models import Job, LedgerLine, Range

logger = logging.getLogger(__name__)

Spread = Callable[[int, int], None]


def start(job: Job) -> None:
    """Wake a worker for a new job as soon as the current transaction is committed."""
    transaction.on_commit(partial(wakeups.wake, job.pk))


def advance(job_id: int, *, spread: Spread = wakeups.wake_range) -> None:
    """Take a job as far as one process can; `spread` gives the other ranges to other processes."""
    if lease := claim(job_id):
        _prepare(lease)
    job = Job.objects.get(pk=job_id)
    if job.status == Job.Status.APPLYING and job.prepared_at:
        _run_ranges(job, spread)
    settle(job_id)


def _run_ranges(job: Job, spread: Spread) -> None:
    outstanding = job.outstanding_ranges()
    for number in outstanding[1:]:
        spread(job.pk, number)
    for number in outstanding[:1]:
        run_range(job.pk, number)


# --- Preparing ----------------------------------------------------------------------------


def _prepare(lease: Lease) -> None:
    job = Job.objects.get(pk=lease.job_id)
    kind = kind_of(job.kind)
    try:
        with lease:
            preparation = kind.prepare(lease)
            _publish(lease, kind, preparation)
    except JobError as error:
        fail(job, error.code, error.detail, token=lease.token)
    except LeaseLost as lost:
        logger.warning("Stopped: %s.", lost)
    except Exception as error:
        _release(lease, error)
        raise


def _publish(lease: Lease, kind: Kind, preparation: Preparation) -> None:
    with locks.no_silent_transaction():
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
    """Let the sweeper try again soon; if it gives up, this is the reason."""
    connection.close_if_unusable_or_obsolete()
    Job.objects.filter(pk=lease.job_id, lease_token=lease.token).update(
        lease_expires_at=Now(), lease_backend_pid=None, **_reason(error)
    )


def _reason(error: Exception) -> dict[str, str]:
    return {"error_code": "database_error", "error_detail": in_words(error)}


# --- Applying -----------------------------------------------------------------------------


def run_range(job_id: int, number: int) -> None:
    """Do one range unless it is done or being done, and settle the job if it was the last."""
    with locks.only_one_at(job_id, number) as held:
        if held and number in Job(pk=job_id).outstanding_ranges():
            _try_range(job_id, number)
    settle(job_id)


def _try_range(job_id: int, number: int) -> None:
    range_ = Range.objects.filter(job=job_id, number=number)
    if not range_.filter(tries__lt=settings.JOB_MAX_TRIES).update(tries=F("tries") + 1):
        return give_up(Job.objects.get(pk=job_id))
    try:
        _apply_in_spite_of_others(job_id, number)
    except NotPrepared:
        Job.objects.filter(pk=job_id, status=Job.Status.APPLYING).update(prepared_at=None)
        wakeups.wake(job_id)
    except Exception as error:
        logger.exception("Range %s of job %s failed.", number, job_id)
        connection.close_if_unusable_or_obsolete()
        _try_again_later(job_id, number, error)


def _apply(job_id: int, number: int, *, lock_first: bool) -> None:
    with locks.no_silent_transaction():
        locks.share(job_id)
        job = Job.objects.get(pk=job_id)
        if job.status != Job.Status.APPLYING or job.cancel_requested_at or not job.prepared_at:
            return
        line = LedgerLine.objects.create(job=job, number=number)
        range_ = job.ranges.get(number=number)
        counts = kind_of(job.kind).apply_range(job, range_, lock_first=lock_first)
        LedgerLine.objects.filter(pk=line.pk).update(**counts, done_at=Now())


def _apply_in_spite_of_others(job_id: int, number: int) -> None:
    """Others may write the same rows at the same time: look again, and then keep them out."""
    for is_repeat in (False, *[True] * (MAX_CONFLICTS - 1)):
        try:
            return _apply(job_id, number, lock_first=is_repeat)
        except Conflict:
            continue
        except DatabaseError as error:
            if getattr(error.__cause__, "sqlstate", None) not in CONFLICTS:
                raise
    return _apply(job_id, number, lock_first=True)


MAX_CONFLICTS = 10

INTERRUPTED = "The work was interrupted too many times, so it was given up."

# Unique violation, serialization failure, deadlock.
CONFLICTS = ("23505", "40001", "40P01")


def _try_again_later(job_id: int, number: int, error: Exception) -> None:
    # If the end can't be written now either, this is still the reason when it can.
    Job.objects.filter(pk=job_id, status=Job.Status.APPLYING).update(**_reason(error))
    tries = Range.objects.values_list("tries", flat=True).get(job=job_id, number=number)
    if tries < settings.JOB_MAX_TRIES:
        wakeups.wake_range(job_id, number, delay_seconds=2**tries)
    else:
        give_up(Job.objects.get(pk=job_id))


# --- Ending -------------------------------------------------------------------------------


def settle(job_id: int) -> None:
    """End a job whose ranges are all done, or that is to be cancelled and has none running."""
    with locks.no_silent_transaction():
        job = Job.objects.select_for_update(no_key=True).get(pk=job_id)
        ended = _cancel_if_asked(job) or _complete_if_done(job)
        if ended:
            _finish(job)
    if ended:
        clean_up(job)


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
    """End a job that fails every time, with the reason of the last try, if that told one."""
    fail(job, job.error_code or "interrupted", job.error_detail or INTERRUPTED)


def fail(job: Job, code: str, detail: str, *, token: int | None = None) -> None:
    """End a job with a reason, once none of its ranges is running.

    With a `token`, only while that lease is held.
    """
    with locks.no_silent_transaction():
        locks.exclude(job.pk)
        job = Job.objects.select_for_update(no_key=True).get(pk=job.pk)
        if token is not None and not job.has_lease(token):
            return
        failed = job.move(
            to=Job.Status.FAILED,
            come_from=Job.MOVING,
            error_code=code,
            error_detail=detail,
            lease_expires_at=None,
        )
        if failed:
            _finish(job)
    if failed:
        clean_up(job)


def expire(job: Job) -> None:
    """Cancel a job that has waited for a person for too long."""
    reason = {"error_code": "expired", "error_detail": EXPIRED}
    forgotten = Job.objects.forgotten().filter(pk=job.pk)
    if forgotten.update(cancel_requested_at=Now(), **reason):
        settle(job.pk)


EXPIRED = "Nobody continued it for a long time, so it was cancelled."


def _finish(job: Job) -> None:
    job.refresh_from_db()
    kind_of(job.kind).finish(job)


def clean_up(job: Job) -> None:
    """Remove what an ended job no longer needs; the sweeper repeats it where it is interrupted, or
    where somebody still looks at it."""
    try:
        kind_of(job.kind).clean_up(job.pk)
    except OperationalError as error:
        logger.warning("Job %s is cleaned up later: %s", job.pk, error)
        return
    Job.objects.filter(pk=job.pk, status__in=Job.ENDED).update(cleaned_up=True)


# --- What people ask for ------------------------------------------------------------------


def request_cancel(job: Job) -> bool:
    """Stop before the next range; what is applied stands. False where the job has ended."""
    asked = Job.objects.filter(pk=job.pk, status__in=Job.ACTIVE).update(cancel_requested_at=Now())
    settle(job.pk)
    return bool(asked)


def apply(job: Job) -> bool:
    """Go on after a review. False where the job is not waiting for one."""
    moved = job.move(
        to=Job.Status.APPLYING, come_from=(Job.Status.REVIEW,), woken_at=Now(), waited=_waited()
    )
    if moved:
        start(job)
    return moved


def begin(job: Job) -> bool:
    """Start a job that is held, or prepare one anew that waits for a review.

    False where it waits for neither: it was applied, begun or cancelled meanwhile. What the new
    attempt shall find is written in the same transaction, after this.
    """
    with transaction.atomic():
        # What was told counts the lines that go now.
        told = job.progress.percent
        begun = (
            Job.objects.waiting()
            .filter(pk=job.pk)
            .update(
                status=Job.Status.PENDING,
                held=False,
                # Whoever prepared it before may still be on its way out.
                lease_token=F("lease_token") + 1,
                lease_expires_at=None,
                waited=_waited(),
                stage=Job.Stage.WAITING,
                stage_started_at=Now(),
                percent=Greatest(F("percent"), Value(told)),
                prepared_at=None,
                rows_read=0,
                bytes_read=0,
                woken_at=Now(),
                tries=0,
            )
        )
        if begun:
            job.ledger.all().delete()
            job.ranges.all().delete()
            start(job)
    return bool(begun)


def _waited() -> Combinable:
    """How long persons were waited for, the wait that ends now included."""
    return ExpressionWrapper(F("waited") + Now() - F("stage_started_at"), DurationField())


def retry(job: Job) -> bool:
    """Go on with a cancelled or interrupted job, keeping what is applied. False where it can't."""
    job.refresh_from_db(fields=["status", "error_code"])
    if not job.is_retryable:
        return False
    with transaction.atomic():
        moved = job.move(
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
        if moved:
            job.ranges.update(tries=0)
            start(job)
    return moved


def _has_applied(job: Job) -> bool:
    """Whether a range was done; before that a job starts over, with its review if it has one."""
    return job.ledger.filter(number__gt=0).exists()
