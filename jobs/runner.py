"""How a job runs: prepared once under a lease, applied range by range, brought to its end.

Each phase is a module of its own: jobs.preparing, jobs.applying, jobs.ending. What people ask for
in between is in jobs.requests, and docs/states.md shows what a job goes through.

Every function of these modules may run any number of times, at once or in a row, and after any
interruption: what is done is in the database, and what the database has is not done again.
"""

from __future__ import annotations

from jobs import wakeups
from jobs.applying import Spread, run_range, run_ranges
from jobs.ending import settle
from jobs.leases import claim
from jobs.models import Job
from jobs.preparing import prepare


def advance(job_id: int, *, spread: Spread = wakeups.wake_range) -> None:
    """Take a job as far as one process can; `spread` gives the other ranges to other processes."""
    if lease := claim(job_id):
        prepare(lease)
    job = Job.objects.get(pk=job_id)
    if job.status == Job.Status.APPLYING and job.prepared_at:
        run_ranges(job, spread)
    settle(job_id)


def advance_alone(job_id: int) -> None:
    """Take a job as far as it goes without a person, in this process: one range after another."""
    advance(job_id, spread=run_range)
