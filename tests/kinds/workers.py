"""Workers, broker and beat in one process: what a test does not deliver, nobody does."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from django.db import Error, connection
from django.db.models.functions import Now

from jobs import requests
from jobs.models import Job
from jobs.sweeper import sweep
from jobs.tests.wakeups import TASKS, Wakeups

# As often as a job may stand still before something is wrong with it.
MAX_SWEEPS = 20
# Time for another worker to get as far as it can beside the one that was interrupted.
HEAD_START_SECONDS = 0.5


class Killed(BaseException):
    """The process is gone: nothing that handles errors may see this."""


class Workers:
    """Delivers the messages of one job, as often as a test wants and whatever becomes of it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._messages: Wakeups = []
        self._others: list[threading.Thread] = []
        monkeypatch.setattr("jobs.wakeups._send", self._receive)

    def _receive(self, task: str, *args: int, delay_seconds: float = 0) -> None:
        self._messages.append((task, args))

    def run(self, job: Job, *, copies: int = 1, at_once: bool = False) -> str:
        """Bring a job to its end and clean up; returns its status. People agree to every review.

        Each message is delivered in as many copies, at once or one after another.
        """
        deliver = self._deliver_at_once if at_once else self._deliver_in_a_row
        self._messages = [("jobs.advance", (job.pk,))]
        for _ in range(MAX_SWEEPS):
            while self._messages:
                deliver(*self._messages.pop(0), copies)
            self._wait_for_others()
            job.refresh_from_db()
            if job.status == Job.Status.REVIEW:
                requests.apply(job)
            elif job.cleaned_up:
                return job.status
            else:
                self._beat()
        pytest.fail(f"the job is still {job.status} after {MAX_SWEEPS} sweeps")

    def _beat(self) -> None:
        """As if a lease had run out since; the sweeper then wakes what stands still."""
        Job.objects.exclude(lease_expires_at=None).update(lease_expires_at=Now())
        sweep()

    def _deliver_in_a_row(self, task: str, args: tuple[int, ...], copies: int) -> None:
        for _ in range(copies):
            _work(task, args)

    def _deliver_at_once(self, task: str, args: tuple[int, ...], copies: int) -> None:
        with ThreadPoolExecutor(copies) as pool:
            for done in [pool.submit(_work, task, args) for _ in range(copies)]:
                done.result()

    def meanwhile(self, work: Callable[[], object]) -> None:
        """Have somebody else do this, with a head start if nothing holds them up."""

        def alone() -> None:
            try:
                work()
            finally:
                connection.close()

        thread = threading.Thread(target=alone)
        self._others.append(thread)
        thread.start()
        thread.join(HEAD_START_SECONDS)

    def take_over(self, job: Job) -> None:
        """Do all of a job as the worker that finds its lease run out."""
        Job.objects.filter(pk=job.pk).exclude(lease_expires_at=None).update(lease_expires_at=Now())
        _work("jobs.advance", (job.pk,))
        for number in job.outstanding_ranges():
            _work("jobs.run_range", (job.pk, number))

    def _wait_for_others(self) -> None:
        while self._others:
            self._others.pop().join()


def _work(task: str, args: tuple[int, ...]) -> None:
    """One message in one worker, which may be lost with it."""
    try:
        TASKS[task](*args)
    except (Killed, Error, psycopg.Error):
        pass
    finally:
        connection.close()


def end_own_session() -> None:
    """What a crash of the server, or whoever takes over, does to the session of this process."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (own,) = cursor.fetchone()
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [own])
    other.close()
