"""The speed of the page of products while other work runs beside it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count, cycle
from threading import Event, Thread

import requests
from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.db import connection
from django.db.models.functions import Now
from django.test import Client as Visitor

from benchmarks import catalogue, database, files
from benchmarks.api import TIMEOUT_SECONDS, Client
from benchmarks.case import Goal, Sample, Samples, Scale, case
from benchmarks.cases.pages import fill, p95
from benchmarks.processes import running, web, worker
from imports import stored_file
from imports.intake.submitting import create
from imports.models import Import
from jobs.models import Job
from products import indexing

PRODUCTS, IMPORTED = 50_000, 500_000
PAGES, JOBS = 200, 4
# The number of visits to the page of products, and the seconds between two of them.
VISITS, PAUSE_SECONDS = 100, 0.05
# The time until all pages are open and poll at their usual intervals.
SETTLING_SECONDS = 5
# People don't notice a wait that is shorter.
QUICK_MS = 150


@case("watchers", Goal("p95 ÷ nobody watching", at_most=2, aim=1.3))
def watchers(scale: Scale) -> Iterator[Samples]:
    """The page of products while 200 pages watch four young imports that never end."""
    catalogue.empty()
    fill(scale.rows(PRODUCTS))
    pages, visits = max(JOBS, scale.rows(PAGES)), max(3, scale.rows(VISITS))
    with _moving_imports() as imports, web() as url:
        session = _session()
        watching = ["-m", "benchmarks.watching", url, session, str(pages), *map(str, imports)]
        while True:
            alone = p95(_visits(url, session, visits))
            _make_young(imports)
            with running(watching, _after(SETTLING_SECONDS * pages / PAGES)):
                beside = p95(_visits(url, session, visits))
            yield (Sample(beside, alone),)


@case("pages-under-import", Goal("p95 ÷ idle or 150 ms", at_most=3, aim=2), runs=3)
def pages_under_import(scale: Scale) -> Iterator[Samples]:
    """The page of products while an import changes the price of every one."""
    rows, visits = scale.rows(IMPORTED), max(3, scale.rows(VISITS))
    catalogue.empty()
    with worker(), web() as url:
        session, client = _session(), Client(url)
        catalogue.take(files.sample(rows))
        for file in cycle((files.sample_with_other_prices(rows), files.sample(rows))):
            indexing.catch_up()
            database.settle()
            idle = p95(_visits(url, session, visits))
            number = client.upload(file)
            ended = Job.objects.filter(pk=number, finished_at__isnull=False).exists
            beside = p95(_visits(url, session, until=ended))
            catalogue.forget(number)
            yield (Sample(beside, max(idle, QUICK_MS)),)


def _session() -> str:
    """The session of a user who is logged in."""
    visitor = Visitor()
    visitor.force_login(User.objects.get_or_create(username="benchmark")[0])
    return visitor.cookies[settings.SESSION_COOKIE_NAME].value


def _visits(
    url: str, session: str, max_visits: int | None = None, until: Callable[[], bool] = lambda: False
) -> tuple[float, ...]:
    """The milliseconds of two visits or more, each on its own connection like a reader's."""
    times = []
    for number in count(1):
        started = time.perf_counter()
        response = requests.get(
            f"{url}/products/", cookies={"sessionid": session}, timeout=TIMEOUT_SECONDS
        )
        times.append(1000 * (time.perf_counter() - started))
        response.raise_for_status()
        if number == max_visits or (number > 1 and until()):
            return tuple(times)
        time.sleep(PAUSE_SECONDS)
    raise AssertionError


@contextmanager
def _moving_imports() -> Iterator[list[int]]:
    """Imports whose counts change as if they were being read, at no cost for anything else."""
    imports = [create(file=ContentFile(b"sku\n"), filename="watched.csv") for _ in range(JOBS)]
    numbers = [import_.pk for import_ in imports]
    is_over = Event()
    reading = Thread(target=_keep_reading, args=(numbers, is_over))
    reading.start()
    try:
        yield numbers
    finally:
        is_over.set()
        reading.join()
        for import_ in imports:
            stored_file.delete(import_.parts)
            import_.delete()


def _keep_reading(imports: list[int], is_over: Event) -> None:
    for step in count(1):
        if is_over.wait(0.25):
            connection.close()  # the thread's own
            return
        Job.objects.filter(pk__in=imports).update(
            status=Import.Status.READING,
            stage=Job.Stage.READING,
            rows_read=step * 1000,
            percent=min(34, step // 10),
        )


def _make_young(imports: list[int]) -> None:
    Job.objects.filter(pk__in=imports).update(created_at=Now(), stage_started_at=Now())


def _after(seconds: float) -> Callable[[], bool]:
    moment = time.monotonic() + seconds
    return lambda: time.monotonic() > moment
