"""The data of the event that reports the end of a job."""

from __future__ import annotations

from typing import Any, Final

from jobs.models import Job, LedgerLine

FIELDS: Final = ("id", "status", "error_code", "error_detail")
TIMES: Final = ("created_at", "started_at", "finished_at")


def summary_of(job: Job) -> dict[str, Any]:
    """Its end, its counts, and who asked for it; values as DjangoJSONEncoder takes them."""
    progress = job.progress
    counts = {name: getattr(progress, name) for name in ("rows_read", *LedgerLine.COUNTS)}
    created_by = job.created_by.get_username() if job.created_by else None
    return {
        **{name: getattr(job, name) for name in FIELDS},
        **counts,
        "created_by": created_by,
        **{name: getattr(job, name) for name in TIMES},
    }
