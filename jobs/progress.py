"""How far a job is, summed from its ledger; counts are never incremented on the job itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jobs.models import Job

# Preparing fills the bar up to here, applying the rest; about how long the two take.
PREPARED_PERCENT = 35


@dataclass(frozen=True, kw_only=True)
class Progress:
    """One look at a job. None where there is nothing to tell yet."""

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
    # Milliseconds until a page should look again; None while nothing moves by itself.
    poll_ms: int | None


def progress_of(job: Job, counts: Mapping[str, int], now: datetime) -> Progress:
    """Look at a job at a time, given the sums of its ledger by LedgerLine.COUNTS."""
    settled = _settled(counts)
    percent = max(job.percent, _percent(job, settled))
    elapsed = ((job.finished_at or now) - job.created_at - job.waited).total_seconds()
    return Progress(
        percent=percent,
        rows_read=job.rows_read,
        rows_per_second=_rows_per_second(job, settled, now, elapsed),
        eta_seconds=_eta_seconds(job, percent, elapsed),
        took_seconds=elapsed if job.is_ended else None,
        poll_ms=_poll_ms(job, elapsed),
        **counts,
    )


def _settled(counts: Mapping[str, int]) -> int:
    """Rows of the file that are dealt with; without a file, the products that are removed."""
    return sum(counts.values()) - counts["removed"] or counts["removed"]


def _percent(job: Job, settled: int) -> int:
    if job.status == "completed" or not job.rows_read or not settled:
        return job.percent
    share = settled / job.rows_read
    return min(99, PREPARED_PERCENT + int(share * (100 - PREPARED_PERCENT)))


def _rows_per_second(job: Job, settled: int, now: datetime, elapsed: float) -> int | None:
    if job.is_ended and job.started_at and job.finished_at:
        # A review that waited for a person is in the first, a free worker in the second.
        return _rate(job.rows_read, min(_seconds(job.started_at, job.finished_at), elapsed))
    if job.stage == "applying":
        return _rate(settled, _seconds(job.stage_started_at, now))
    if job.stage == "reading":
        return _rate(job.rows_read, _seconds(job.stage_started_at, now))
    return None


def _seconds(since: datetime, until: datetime) -> float:
    return (until - since).total_seconds()


def _rate(rows: int, seconds: float) -> int | None:
    return round(rows / seconds) if rows and seconds > 0 else None


def _eta_seconds(job: Job, percent: int, elapsed: float) -> int | None:
    """As if the bar went on at its pace so far; its first steps say too little."""
    if not job.is_moving or percent < 3:
        return None
    return round(elapsed * (100 - percent) / percent)


def _poll_ms(job: Job, elapsed: float) -> int | None:
    """Often in the first seconds, when most jobs end; a page left open asks less and less."""
    if not job.is_moving:
        return None
    return 300 if elapsed < 10 else 1_000 if elapsed < 60 else 3_000
