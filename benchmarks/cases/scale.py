"""The cost of more rows, in memory and in seconds per row; and of a preview of all rows."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from django.core.files.base import File

from benchmarks import catalogue, database, files
from benchmarks.case import Goal, Sample, Samples, Scale, case
from benchmarks.limit import BARE, Limit
from benchmarks.memory import Peak
from benchmarks.processes import JOB_SECONDS, wait_until, worker
from imports import stored_file
from imports.intake.submitting import submit
from imports.models import Import, Preview
from jobs import requests

FEW, ROWS, MANY = 50_000, 500_000, 5_000_000
MB = 1_000_000


@case(
    "import-memory",
    Goal("peak, 5,000,000 rows ÷ 50,000", at_most=1.2, aim=1.05),
    Goal("MB at the peak of 5,000,000 rows", at_most=150, aim=120),
    runs=3,
)
def memory(scale: Scale) -> Iterator[Samples]:
    """The resident memory of the largest process of a worker."""
    few, many = files.sample(scale.rows(FEW)), files.sample(scale.rows(MANY))
    while True:
        peaks = [_peak_of(file) for file in (many, few)]
        yield Sample(*peaks), Sample(peaks[0] / MB)


@case("import-scale", Goal("time a row, 5,000,000 ÷ 500,000", at_most=1.3, aim=1.1), runs=3)
def rate(scale: Scale) -> Iterator[Samples]:
    """A file into an empty catalogue, and one with ten times as many rows."""
    sizes = scale.rows(MANY), scale.rows(ROWS)
    with worker():
        while True:
            many, some = (_seconds_of(files.sample(rows)) / rows for rows in sizes)
            yield (Sample(many, some),)


@case("preview", Goal("time ÷ bare limit's load", at_most=0.7, aim=0.5))
def preview(scale: Scale) -> Iterator[Samples]:
    """From the accepted file to the exact counts of its changes."""
    file = files.sample(scale.rows(ROWS))
    with worker(), Limit(BARE) as limit:
        while True:
            catalogue.empty()
            limit.empty()
            yield (Sample(_preview(file), limit.take(file).seconds),)


def _seconds_of(file: Path) -> float:
    catalogue.empty()
    return catalogue.take(file).seconds


def _peak_of(file: Path) -> int:
    with worker() as process, Peak(process) as peak:
        _seconds_of(file)
    return peak.bytes


def _preview(file: Path) -> float:
    database.settle()
    with file.open("rb") as content:
        import_ = submit(file=File(content), filename=file.name, user=None, review=True)
    started = time.monotonic()
    counted = Preview.objects.filter(pk=import_.pk, job__status=Import.Status.REVIEW)
    wait_until(counted.exists, seconds=JOB_SECONDS)
    seconds = time.monotonic() - started
    requests.cancel(import_)
    stored_file.delete(import_.parts)
    return seconds
