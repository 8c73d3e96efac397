"""How quick the page of products stays beside what else goes on."""

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
# How often the product page is opened, and the seconds between two openings.
VISITS, PAUSE = 100, 0.05
# Until everybody has opened a page and found a rhythm.
SETTLING_SECONDS = 5
# Below, nobody waits.
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
    """Somebody who is logged in."""
    visitor = Visitor()
    visitor.force_login(User.objects.get_or_create(username="benchmark")[0])
    return visitor.cookies[settings.SESSION_COOKIE_NAME].value


def _visits(
    url: str, session: str, most: int | None = None, until: Callable[[], bool] = lambda: False
) -> tuple[float, ...]:
    """Milliseconds of two visits or more, on connections of their own as after some reading."""
    times = []
    for number in count(1):
        started = time.perf_counter()
        answer = requests.get(
            f"{url}/products/", cookies={"sessionid": session}, timeout=TIMEOUT_SECONDS
        )
        times.append(1000 * (time.perf_counter() - started))
        answer.raise_for_status()
        if number == most or (number > 1 and until()):
            return tuple(times)
        time.sleep(PAUSE)
    raise AssertionError


@contextmanager
def _moving_imports() -> Iterator[list[int]]:
    """Imports whose numbers change as if they were read, at no cost for anybody else."""
    imports = [create(file=ContentFile(b"sku\n"), filename="watched.csv") for _ in range(JOBS)]
    numbers = [import_.pk for import_ in imports]
    over = Event()
    reading = Thread(target=_read_on, args=(numbers, over))
    reading.start()
    try:
        yield numbers
    finally:
        over.set()
        reading.join()
        for import_ in imports:
            stored_file.delete(import_.parts)
            import_.delete()


def _read_on(imports: list[int], over: Event) -> None:
    for step in count(1):
        if over.wait(0.25):
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
