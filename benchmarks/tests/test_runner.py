"""Running a case."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchmarks.case import Goal, Sample, Samples, Scale, case
from benchmarks.runner import run

TIME, IDS = Goal("time ÷ limit", at_most=1, aim=1), Goal("ids used", at_most=0, aim=0)

ended: list[str] = []


@case("noop", TIME, IDS, runs=3)
def noop(scale: Scale) -> Iterator[Samples]:
    try:
        for number in range(1, 100):
            yield Sample(number, 2), Sample(0)
    finally:
        ended.append("noop")


def test_each_goal_gets_its_samples() -> None:
    time, ids = run(noop, Scale())
    assert (time.case, time.goal, time.ratios) == ("noop", TIME, [0.5, 1.0, 1.5])
    assert (ids.goal, ids.ratios) == (IDS, [0, 0, 0])


def test_another_number_of_runs_can_be_asked_for() -> None:
    assert len(run(noop, Scale(), runs=5)[0].samples) == 5


def test_what_a_case_started_is_stopped() -> None:
    ended.clear()
    run(noop, Scale())
    assert ended == ["noop"]


def test_every_sample_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    run(noop, Scale(), runs=1)
    assert capsys.readouterr().err == "noop, time ÷ limit: 1 of 2\nnoop, ids used: 0\n"
