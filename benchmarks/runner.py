"""Runs a case as often as its median needs."""

from __future__ import annotations

import sys
from contextlib import closing
from itertools import islice

from benchmarks.case import Case, Outcome, Samples, Scale


def run(case: Case, scale: Scale, runs: int | None = None) -> list[Outcome]:
    """Take `runs` samples, or as many as the case wants; returns one outcome for each goal."""
    # Closing the generator stops the processes that it has started.
    with closing(case.sample(scale)) as samples:  # type: ignore[type-var]
        taken = [_reported(case, each) for each in islice(samples, runs or case.runs)]
    return [
        Outcome(case.name, goal, list(of_goal))
        for goal, of_goal in zip(case.goals, zip(*taken, strict=True), strict=True)
    ]


def _reported(case: Case, samples: Samples) -> Samples:
    """The same samples; prints them on the error stream, because a whole run takes minutes."""
    for goal, sample in zip(case.goals, samples, strict=True):
        reference = "" if sample.reference is None else f" of {sample.reference:.6g}"
        sys.stderr.write(f"{case.name}, {goal.what}: {sample.subject:.6g}{reference}\n")
    return samples
