"""How far a job has come, summed from its ledger; the job itself has no counts to increment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jobs.models import Job

# Preparing fills the bar up to here and applying the rest, about in proportion to their durations.
PREPARED_PERCENT = 35


@dataclass(frozen=True, kw_only=True)
class Progress:
    """The progress of a job at one time. None means that a number is not known yet."""

    percent: int
    rows_read: int
    created: int
    updated: int
    unchanged: int
    duplicate: int
    rejected: int
    removed: int
    rows_per_second: int | None
    eta_seconds: int | None
    took_seconds: float | None
    # Milliseconds until a page should ask again; None while nothing moves by itself.
    poll_ms: int | None


def progress_of(job: Job, counts: Mapping[str, int], now: datetime) -> Progress:
    """The progress of a job at a time, given the sums of its ledger by LedgerLine.COUNTS."""
    rows_done = _rows_done(counts)
    percent = max(job.percent, _percent(job, rows_done))
    elapsed = ((job.finished_at or now) - job.created_at - job.waited).total_seconds()
    return Progress(
        percent=percent,
        rows_read=job.rows_read,
        rows_per_second=_rows_per_second(job, rows_done, now, elapsed),
        eta_seconds=_eta_seconds(job, percent, elapsed),
        took_seconds=elapsed if job.is_ended else None,
        poll_ms=_poll_ms(job, elapsed),
        **counts,
    )


def _rows_done(counts: Mapping[str, int]) -> int:
    """The rows of the file that are done; without a file, the products that are removed."""
    return sum(counts.values()) - counts["removed"] or counts["removed"]


def _percent(job: Job, rows_done: int) -> int:
    if job.status == "completed" or not job.rows_read or not rows_done:
        return job.percent
    share = rows_done / job.rows_read
    return min(99, PREPARED_PERCENT + int(share * (100 - PREPARED_PERCENT)))


def _rows_per_second(job: Job, rows_done: int, now: datetime, elapsed: float) -> int | None:
    if job.is_ended and job.started_at and job.finished_at:
        # The first includes the wait for a person, the second the wait for a worker.
        return _rate(job.rows_read, min(_seconds(job.started_at, job.finished_at), elapsed))
    if job.stage == "applying":
        return _rate(rows_done, _seconds(job.stage_started_at, now))
    if job.stage == "reading":
        return _rate(job.rows_read, _seconds(job.stage_started_at, now))
    return None


def _seconds(since: datetime, until: datetime) -> float:
    return (until - since).total_seconds()


def _rate(rows: int, seconds: float) -> int | None:
    return round(rows / seconds) if rows and seconds > 0 else None


def _eta_seconds(job: Job, percent: int, elapsed: float) -> int | None:
    """Assumes that the bar goes on at its pace so far; its first steps are no basis for that."""
    if not job.is_moving or percent < 3:
        return None
    return round(elapsed * (100 - percent) / percent)


def _poll_ms(job: Job, elapsed: float) -> int | None:
    """Short in the first seconds, in which most jobs end; longer for a page that is left open."""
    if not job.is_moving:
        return None
    return 300 if elapsed < 10 else 1_000 if elapsed < 60 else 3_000
