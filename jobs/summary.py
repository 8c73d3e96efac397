"""What others are told of a job that has ended."""

from __future__ import annotations

from typing import Any, Final

from jobs.models import Job, LedgerLine

TOLD: Final = ("id", "status", "error_code", "error_detail")
TIMES: Final = ("created_at", "started_at", "finished_at")


def summary_of(job: Job) -> dict[str, Any]:
    """Its end, its counts, and whose it was."""
    progress = job.progress
    counts = {name: getattr(progress, name) for name in ("rows_read", *LedgerLine.COUNTS)}
    asked_by = job.created_by.get_username() if job.created_by else None
    return {
        **{name: getattr(job, name) for name in TOLD},
        **counts,
        "created_by": asked_by,
        **{name: getattr(job, name) for name in TIMES},
    }
