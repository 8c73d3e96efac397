"""The numbers of processes and threads: by the cores at hand, unless the environment sets them.

The settings use it, and so does what starts the processes; it needs neither.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

CPU_QUOTA = Path("/sys/fs/cgroup/cpu.max")
# A pool for pages and one for receivers of webhooks: most of their threads wait.
WEB_THREADS = 8
WEBHOOK_THREADS = 40
# Beyond these, pages only take cores from the database.
MAX_WEB_PROCESSES = 4
# For psql, `manage.py`, and PostgreSQL's own reserve.
SPARE_CONNECTIONS = 20


def cores() -> int:
    """The number of cores that this process may use; in a container that can be few of many."""
    allowed = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else ()
    found = len(allowed) or os.cpu_count() or 1
    with suppress(OSError, ValueError):
        quota, period = map(int, CPU_QUOTA.read_text().split())
        found = min(found, max(quota // period, 1))
    return found


def web_threads() -> int:
    return _number("WEB_THREADS", WEB_THREADS)


def web_processes() -> int:
    return _number("WEB_CONCURRENCY", max(2, min(cores(), MAX_WEB_PROCESSES)))


def worker_processes() -> int:
    return _number("WORKER_PROCESSES", max(2, cores()))


def webhook_threads() -> int:
    return _number("WEBHOOK_THREADS", WEBHOOK_THREADS)


def connections() -> int:
    """The most connections to the database that the whole product has open at the same time.

    A worker process has a second one, for the lease of what it reads.
    """
    web, worker = web_processes() * web_threads(), worker_processes() * 2
    return web + worker + webhook_threads() + SPARE_CONNECTIONS


def _number(name: str, default: int) -> int:
    return int(os.environ.get(name) or default)
