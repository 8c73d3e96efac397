"""What all long operations share: the job, its ranges of SKU keys, the ledger of ranges done.

The row in PostgreSQL is the truth and a Celery message only a wake-up. So every transition is a
conditional update; if it changes nothing, another process was faster. See docs/states.md.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now
from django.utils import timezone

from jobs.progress import Progress, progress_of

ENDED_STATUSES: Final = ["completed", "failed", "cancelled"]


class JobQuerySet(models.QuerySet["Job"]):
    def active(self) -> JobQuerySet:
        return self.filter(status__in=Job.ACTIVE)

    def to_clean_up(self) -> JobQuerySet:
        """Jobs that ended a while ago and whose clean-up was interrupted."""
        since = Now() - timedelta(seconds=settings.JOB_STALL_SECONDS)
        return self.filter(cleaned_up=False, finished_at__lt=since)

    def stalled(self) -> JobQuerySet:
        """Jobs that should move, but nobody prepares them and no range was done for a while."""
        since = Now() - timedelta(seconds=settings.JOB_STALL_SECONDS)
        recent = LedgerLine.objects.filter(job=OuterRef("pk"), done_at__gt=since)
        is_not_leased = Q(lease_expires_at=None) | Q(lease_expires_at__lt=Now())
        should_move = Job.MOVES | Q(status__in=Job.ACTIVE, cancel_requested_at__isnull=False)
        return self.filter(
            should_move, is_not_leased, ~Exists(recent), cleaned_up=False, woken_at__lt=since
        )

    def waiting(self) -> JobQuerySet:
        """Jobs that wait for a person."""
        return self.filter(Job.WAITS, cancel_requested_at=None)

    def forgotten(self) -> JobQuerySet:
        """Jobs that have waited for a person for settings.JOB_WAIT_DAYS."""
        since = Now() - timedelta(days=settings.JOB_WAIT_DAYS)
        return self.waiting().filter(cleaned_up=False, stage_started_at__lt=since)


class Job(models.Model):
    """One long operation: who asked for it, how far it has come, and who works on it now."""

    class Status(models.TextChoices):
        PENDING = "pending"
        READING = "reading"
        REVIEW = "review"
        APPLYING = "applying"
        COMPLETED = "completed"
        FAILED = "failed"
        CANCELLED = "cancelled"

    MOVING: Final = (Status.PENDING, Status.READING, Status.APPLYING)
    ACTIVE: Final = (*MOVING, Status.REVIEW)
    ENDED: Final = (Status.COMPLETED, Status.FAILED, Status.CANCELLED)
    # What goes on by itself, and what waits for a person.
    MOVES: Final = Q(status__in=MOVING, held=False)
    IS_HELD: Final = Q(status=Status.PENDING, held=True)
    WAITS: Final = IS_HELD | Q(status=Status.REVIEW)
    # Codes of failures after which another try may succeed.
    RETRYABLE: Final = ("file_gone", "interrupted", "database_error")

    class Stage(models.TextChoices):
        """What is going on, in more detail than the status."""

        WAITING = "waiting"
        READING = "reading"
        PREPARING = "preparing"
        REVIEW = "review"
        APPLYING = "applying"
        ENDED = "ended"

    STAGES: Final = {
        Status.PENDING: Stage.WAITING,
        Status.READING: Stage.READING,
        Status.REVIEW: Stage.REVIEW,
        Status.APPLYING: Stage.APPLYING,
    }

    kind = models.CharField(max_length=30)
    status = models.CharField(max_length=20, choices=Status, default=Status.PENDING)
    stage = models.CharField(max_length=20, choices=Stage, default=Stage.WAITING)
    stage_started_at = models.DateTimeField(db_default=Now())
    percent = models.PositiveSmallIntegerField(default=0)
    rows_read = models.PositiveBigIntegerField(default=0)
    bytes_read = models.PositiveBigIntegerField(default=0)
    error_code = models.CharField(max_length=40, blank=True, default="")
    error_detail = models.TextField(blank=True, default="")

    # Waits for a person to choose how it is done; see jobs.requests.begin.
    held = models.BooleanField(default=False)
    # How long it has waited for people, which does not count as its duration.
    waited = models.DurationField(default=timedelta)

    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    # Null while it still has to be prepared; see jobs.preparing.
    prepared_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    cancel_requested_at = models.DateTimeField(null=True)

    # The lease of the one process that prepares; its token fences out all earlier holders.
    lease_token = models.PositiveIntegerField(default=0)
    lease_expires_at = models.DateTimeField(null=True)
    lease_backend_pid = models.IntegerField(null=True)
    lease_backend_start = models.DateTimeField(null=True)

    woken_at = models.DateTimeField(db_default=Now())
    # Attempts at preparing; after settings.JOB_MAX_TRIES without success the job is given up.
    tries = models.PositiveSmallIntegerField(default=0)
    # True once the job has ended and what it no longer needs is removed.
    cleaned_up = models.BooleanField(default=False)

    objects = JobQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="job_status_is_known",
                condition=Q(
                    status__in=["pending", "reading", "review", "applying", *ENDED_STATUSES]
                ),
            ),
            models.CheckConstraint(
                name="job_is_at_100_percent_only_when_completed",
                condition=Q(percent__lt=100) | Q(percent=100, status="completed"),
            ),
            models.CheckConstraint(
                name="job_has_an_end_when_ended",
                condition=Q(status__in=ENDED_STATUSES) ^ Q(finished_at__isnull=True),
            ),
        ]
        indexes = [
            # The sweeper's queries every few seconds: the few jobs that it may have to act on.
            models.Index(name="job_not_cleaned_up", fields=["id"], condition=Q(cleaned_up=False)),
            # The history pages: newest first, one kind at a time.
            models.Index(name="job_history", fields=["kind", "-id"]),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def is_ended(self) -> bool:
        return self.status in self.ENDED

    @property
    def is_held(self) -> bool:
        """Whether it waits for a person before it is prepared."""
        return self.held and self.status == self.Status.PENDING

    @property
    def is_moving(self) -> bool:
        return self.status in self.MOVING and not self.held

    @property
    def is_waiting(self) -> bool:
        """Whether it waits for a person."""
        waits = self.is_held or self.status == self.Status.REVIEW
        return waits and self.cancel_requested_at is None

    @property
    def is_retryable(self) -> bool:
        """Whether it stopped for a reason other than what was asked for."""
        is_broken = self.status == self.Status.FAILED and self.error_code in self.RETRYABLE
        return is_broken or self.status == self.Status.CANCELLED

    @property
    def progress(self) -> Progress:
        """How far the job has come; one query, unless the ledger is prefetched."""
        counts = dict.fromkeys(LedgerLine.COUNTS, 0)
        for line in self.ledger.all():
            for name in counts:
                counts[name] += getattr(line, name)
        return progress_of(self, counts, timezone.now())

    def has_lease(self, token: int) -> bool:
        return self.lease_token == token and self.status in self.MOVING

    def outstanding_ranges(self) -> list[int]:
        """The numbers of the ranges that have no ledger line, ascending."""
        done = LedgerLine.objects.filter(job=OuterRef("job"), number=OuterRef("number"))
        ranges = self.ranges.filter(~Exists(done)).order_by("number")
        return list(ranges.values_list("number", flat=True))

    def move(self, *, to: Job.Status, come_from: tuple[Job.Status, ...], **fields: Any) -> bool:
        """Change the status if it still is one of `come_from`; False if somebody was faster."""
        ended = to in self.ENDED
        changes = {
            "status": to,
            "stage": Job.Stage.ENDED if ended else Job.STAGES[to],
            "stage_started_at": Now(),
            "finished_at": Now() if ended else None,
            **fields,
        }
        return bool(Job.objects.filter(pk=self.pk, status__in=come_from).update(**changes))


class Range(models.Model):
    """One piece of a job: the SKU keys above `low`, up to and including `high`.

    Null means unbounded. Bounds are stored before the first range runs and never change, so
    every attempt at a range sees the same rows.
    """

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="ranges")
    number = models.PositiveIntegerField()
    low = models.TextField(null=True, db_collation="C")
    high = models.TextField(null=True, db_collation="C")
    # Attempts so far; after settings.JOB_MAX_TRIES without a ledger line the job is given up.
    tries = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="range_is_stored_once", fields=["job", "number"]),
        ]

    def __str__(self) -> str:
        return f"range {self.number} of job {self.job_id}"


class LedgerLine(models.Model):
    """What one range did; its unique key is what makes a range happen once.

    Line 0 belongs to preparing: the rows that were rejected while the file was read.
    """

    COUNTS: Final = ("created", "updated", "unchanged", "duplicate", "rejected", "removed")

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="ledger")
    number = models.PositiveIntegerField()
    created = models.PositiveBigIntegerField(default=0)
    updated = models.PositiveBigIntegerField(default=0)
    unchanged = models.PositiveBigIntegerField(default=0)
    duplicate = models.PositiveBigIntegerField(default=0)
    rejected = models.PositiveBigIntegerField(default=0)
    removed = models.PositiveBigIntegerField(default=0)
    done_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(name="ledger_has_a_range_once", fields=["job", "number"]),
        ]

    def __str__(self) -> str:
        return f"ledger line {self.number} of job {self.job_id}"
