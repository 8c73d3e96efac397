"""The import of half a million rows against the expert's two statements, from the same state."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks import catalogue, files
from benchmarks.case import Goal, Sample, Samples, Scale, case
from benchmarks.catalogue import Run
from benchmarks.limit import BARE, Limit
from benchmarks.processes import worker

ROWS = 500_000


def _pairs(limit: Limit, *files: Path) -> Iterator[tuple[list[Run], list[Run]]]:
    """Both sides import the files one after the other into empty tables; again and again."""
    with worker(), limit:
        while True:
            catalogue.empty()
            limit.empty()
            yield [catalogue.take(file) for file in files], [limit.take(file) for file in files]


@case("import-load", Goal("time ÷ limit", at_most=1.0, aim=0.85))
def load(scale: Scale) -> Iterator[Samples]:
    """A file into an empty catalogue."""
    file = files.sample(scale.rows(ROWS))
    for (ours,), (limit,) in _pairs(Limit(), file):
        yield (Sample(ours.seconds, limit.seconds),)


@case("import-load-bare", Goal("time ÷ bare limit", at_most=2.2, aim=1.5))
def load_bare(scale: Scale) -> Iterator[Samples]:
    """The same, to measure the cost of our indexes and checks."""
    file = files.sample(scale.rows(ROWS))
    for (ours,), (limit,) in _pairs(Limit(BARE), file):
        yield (Sample(ours.seconds, limit.seconds),)


@case("import-wal", Goal("WAL ÷ limit", at_most=1.2, aim=1.05))
def wal(scale: Scale) -> Iterator[Samples]:
    """The same, in bytes of WAL."""
    file = files.sample(scale.rows(ROWS))
    for (ours,), (limit,) in _pairs(Limit(), file):
        yield (Sample(ours.wal_bytes, limit.wal_bytes),)


@case(
    "import-noop",
    Goal("time ÷ limit", at_most=0.8, aim=0.6),
    Goal("WAL ÷ load", at_most=0.02, aim=0.005),
    Goal("ids used", at_most=0, aim=0),
)
def noop(scale: Scale) -> Iterator[Samples]:
    """The same file a second time: nothing changes."""
    file = files.sample(scale.rows(ROWS))
    for (first, again), (_, limit) in _pairs(Limit(), file, file):
        yield (
            Sample(again.seconds, limit.seconds),
            Sample(again.wal_bytes, first.wal_bytes),
            Sample(again.ids),
        )


@case("import-change", Goal("time ÷ limit", at_most=1.1, aim=0.9))
def change(scale: Scale) -> Iterator[Samples]:
    """The same products, with every price changed."""
    rows = scale.rows(ROWS)
    for (_, ours), (_, limit) in _pairs(
        Limit(), files.sample(rows), files.sample_with_other_prices(rows)
    ):
        yield (Sample(ours.seconds, limit.seconds),)


@case("import-workers", Goal("time, 2 workers ÷ 1", at_most=0.8, aim=0.65))
def workers(scale: Scale) -> Iterator[Samples]:
    """A file into an empty catalogue, by two processes and by one."""
    file = files.sample(scale.rows(ROWS))
    while True:
        two, one = (_load_with(concurrency, file) for concurrency in (2, 1))
        yield (Sample(two.seconds, one.seconds),)


def _load_with(concurrency: int, file: Path) -> Run:
    catalogue.empty()
    with worker(concurrency=concurrency):
        return catalogue.take(file)
