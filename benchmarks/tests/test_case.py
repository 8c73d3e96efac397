"""What comes out of a case."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchmarks.case import Goal, Outcome, Sample, Samples, Scale, case

GOAL = Goal("time ÷ limit", at_most=1.0, aim=0.8)


def test_a_ratio_is_subject_by_reference() -> None:
    assert Sample(3, 4).ratio == 0.75


def test_a_figure_without_reference_stands_alone() -> None:
    assert Sample(130).ratio == 130


def test_the_median_of_the_ratios_counts_not_the_ratio_of_medians() -> None:
    outcome = Outcome("load", GOAL, [Sample(1, 2), Sample(9, 10), Sample(30, 20)])
    assert outcome.ratio == 0.9


@pytest.mark.parametrize(("subject", "met"), [(0.9, True), (1.0, True), (1.01, False)])
def test_a_goal_is_met_up_to_its_limit(subject: float, met: bool) -> None:
    assert Outcome("load", GOAL, [Sample(subject)]).is_met is met


def test_a_scale_divides_the_rows() -> None:
    assert Scale(divisor=100).rows(500_000) == 5_000


def test_a_generator_becomes_a_case() -> None:
    @case("load", GOAL, runs=3)
    def load(scale: Scale) -> Iterator[Samples]:
        yield (Sample(scale.rows(10)),)

    assert (load.name, load.goals, load.runs) == ("load", (GOAL,), 3)
    assert list(load.sample(Scale())) == [(Sample(10),)]
