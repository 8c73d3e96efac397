"""Workers that may be killed, and the moments at which it hurts most."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager

import psutil
from django.db import connection

from imports.models import Import
from jobs import locks
from products.models import Product
from tests.faults.undisturbed import BEFORE, status
from tests.processes import Process, start_beat, start_worker, wait_until


class Victims:
    """Starts workers when called, beside one beat; kills what is left of them at the end."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self.env = dict(env)
        self._started: list[Process] = []

    def __call__(self, **env: str) -> Process:
        if not self._started:
            self._started.append(start_beat(self.env))
        self._started.append(start_worker(self.env | env, beat=False))
        return self._started[-1]

    def kill_all(self) -> None:
        for process in self._started:
            process.kill()
            process.stop()


# --- Who ----------------------------------------------------------------------------------


def parent_of(worker: Process) -> list[psutil.Process]:
    return [psutil.Process(worker.popen.pid)]


def children_of(worker: Process) -> list[psutil.Process]:
    """The processes that do the tasks."""
    return worker.children()


def all_of(worker: Process) -> list[psutil.Process]:
    return [*parent_of(worker), *worker.children()]


def signal_group(worker: Process, number: signal.Signals) -> None:
    os.killpg(worker.popen.pid, number)


# --- When ---------------------------------------------------------------------------------

Moment = Callable[[Import], AbstractContextManager[None]]


@contextmanager
def reading(import_: Import) -> Iterator[None]:
    wait_until(lambda: status(import_) == "reading" and import_.rows_read, what="reading")
    yield


@contextmanager
def publishing(import_: Import) -> Iterator[None]:
    """Everybody waits at the end of reading, in the transaction that makes it known."""
    with holding("LOCK TABLE imports_reject IN SHARE MODE") as held:
        held.wait_for_others()
        yield


@contextmanager
def between_ranges(import_: Import) -> Iterator[None]:
    """Some ranges are done, and everybody waits at the beginning of the next."""
    wait_until(lambda: import_.ledger.count() >= 3, what="some ranges")
    with holding(f"SELECT pg_advisory_xact_lock({locks._JOB_KEY})", import_.pk) as held:
        held.wait_for_others()
        yield


@contextmanager
def inside_a_range(import_: Import) -> Iterator[None]:
    """All other ranges are done, and one waits in the middle of its transaction."""
    with holding(ONE_PRODUCT, middle_product()) as held:
        held.wait_for_others()
        wait_until(lambda: len(import_.outstanding_ranges()) == 1, what="the other ranges")
        yield


ONE_PRODUCT = "SELECT FROM products_product WHERE id = %s FOR UPDATE"


def middle_product() -> int:
    """A product that the import will update, somewhere in the middle."""
    there = Product.objects.filter(name=BEFORE).order_by("pk")
    return there[there.count() // 2].pk


class Held:
    """A lock of a session beside the test's own."""

    def __init__(self, pid: int) -> None:
        self.pid = pid

    def waiting(self) -> list[int]:
        """The sessions that wait for it."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pid FROM pg_stat_activity WHERE %s = ANY(pg_blocking_pids(pid))", [self.pid]
            )
            return [pid for (pid,) in cursor.fetchall()]

    def wait_for_others(self) -> None:
        wait_until(self.waiting, what="somebody to wait for our lock")


@contextmanager
def holding(sql: str, *parameters: int) -> Iterator[Held]:
    """Hold a lock for the length of the block."""
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute(sql, parameters)
            cursor.execute("SELECT pg_backend_pid()")
            yield Held(cursor.fetchone()[0])
    finally:
        other.close()
