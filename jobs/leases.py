"""The lease of the one process that prepares a job.

A lease is a token and a time. If the time has passed, another process takes the job over with the
next token, and every later write of the earlier holder is refused. It is renewed, and progress
reported, from a thread with a connection of its own, because COPY occupies the first.
"""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce, Greatest, Now

from jobs import locks
from jobs.errors import LeaseLost
from jobs.models import Job

BEAT_SECONDS = 0.2


class Lease:
    """The right to prepare one job, held for the length of a `with` block."""

    def __init__(self, job_id: int, token: int) -> None:
        self.job_id = job_id
        self.token = token
        self._progress: dict[str, Any] = {}
        self._lost = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat, name=f"lease-{job_id}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, failure: type[BaseException] | None, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        if failure:
            # Whoever takes the job over ends this session, so it must not go on to other work.
            connection.close()

    def report(self, *, stage: Job.Stage, percent: int, rows_read: int, bytes_read: int) -> None:
        """Report how far preparing is; the next beat writes it. Raises LeaseLost.

        `percent` is that of the whole job. None of the numbers ever goes down.
        """
        self.check()
        self._progress = {
            "stage": stage,
            "percent": Greatest(F("percent"), Value(percent)),
            "rows_read": Greatest(F("rows_read"), Value(rows_read)),
            "bytes_read": Greatest(F("bytes_read"), Value(bytes_read)),
        }

    def check(self) -> None:
        """Raise LeaseLost if the job was taken over or cancelled."""
        if self._lost.is_set():
            raise LeaseLost(f"the lease {self.token} of job {self.job_id} is lost")

    def renew(self) -> bool:
        """Extend the lease and write the progress; False if the lease is lost."""
        jobs = Job.objects.filter(
            pk=self.job_id,
            lease_token=self.token,
            status__in=Job.MOVING,
            # A beat that waited for the transaction which ended preparing comes too late.
            prepared_at=None,
            cancel_requested_at=None,
        )
        return bool(jobs.update(lease_expires_at=_expiry(), **self._progress))

    def _beat(self) -> None:
        try:
            while not self._stop.wait(BEAT_SECONDS):
                self._renew_or_note()
        finally:
            connection.close()

    def _renew_or_note(self) -> None:
        try:
            if not self.renew():
                self._lost.set()
        except DatabaseError:
            # The next beat opens a new connection; if none gets through, somebody takes over.
            connection.close()


def _expiry() -> Any:
    return Now() + timedelta(seconds=settings.JOB_LEASE_SECONDS)


def claim(job_id: int) -> Lease | None:
    """Take the lease of a job that has to be prepared; None if there is nothing to do.

    The database session of an earlier holder is ended, since a stopped process keeps its locks.
    """
    with locks.transaction_with_idle_timeout():
        job = Job.objects.select_for_update(no_key=True).filter(_claimable(), pk=job_id).first()
        if job is None:
            return None
        earlier = (job.lease_backend_pid, job.lease_backend_start)
        _take(job)
    _terminate(*earlier)
    return Lease(job.pk, job.lease_token)


def _claimable() -> Q:
    free = Q(lease_expires_at=None) | Q(lease_expires_at__lt=Now())
    return free & Job.MOVES & Q(prepared_at=None, cancel_requested_at=None)


def _take(job: Job) -> None:
    job.lease_token += 1
    pid, started_at = _own_session()
    reading = job.status == Job.Status.PENDING
    Job.objects.filter(pk=job.pk).update(
        status=Job.Status.READING if reading else job.status,
        stage=Job.Stage.READING,
        stage_started_at=Now(),
        started_at=Coalesce("started_at", Now()),
        lease_token=job.lease_token,
        lease_expires_at=_expiry(),
        lease_backend_pid=pid,
        lease_backend_start=started_at,
        tries=F("tries") + 1,
    )


def _own_session() -> tuple[int, datetime]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()"
        )
        pid, started_at = cursor.fetchone()
    return pid, started_at


def _terminate(pid: int | None, started_at: datetime | None) -> None:
    """End a database session; its start distinguishes it from a later one with the same number."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid = %s AND backend_start = %s AND pid <> pg_backend_pid()",
            [pid, started_at],
        )
