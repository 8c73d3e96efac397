"""The time for which a person waits after uploading a file."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks import catalogue, files
from benchmarks.api import Client
from benchmarks.case import Goal, Sample, Samples, Scale, case
from benchmarks.processes import JOB_SECONDS, wait_until, web, worker

LARGE, SMALL = 500_000, 100
# The time between two requests; short beside the times that are measured.
PAUSE_SECONDS = 0.01


@case("small-import", Goal("ms to completed", at_most=400, aim=150), runs=20)
def small_import(scale: Scale) -> Iterator[Samples]:
    """From the request to the end, which includes the upload."""
    file = files.sample(SMALL)
    with worker(), web() as url:
        client = Client(url)
        while True:
            catalogue.empty()
            started = time.monotonic()
            number = client.upload(file)
            _watch(client, number, lambda import_: import_["status"] == "completed")
            yield (_since(started),)
            catalogue.forget(number)


@case("first-progress", Goal("ms to progress", at_most=1000, aim=300))
def first_progress(scale: Scale) -> Iterator[Samples]:
    """From the answer that the file is accepted to the first progress above zero."""
    file = files.sample(scale.rows(LARGE))
    with worker(), web() as url:
        client = Client(url)
        while True:
            catalogue.empty()
            number = client.upload(file)
            accepted = time.monotonic()
            _watch(client, number, lambda import_: import_["percent"] > 0)
            yield (_since(accepted),)
            catalogue.forget(number)


def _watch(client: Client, number: int, until: Callable[[dict[str, Any]], bool]) -> None:
    wait_until(lambda: until(client.look(number)), seconds=JOB_SECONDS, pause=PAUSE_SECONDS)


def _since(moment: float) -> Sample:
    return Sample(1000 * (time.monotonic() - moment))
