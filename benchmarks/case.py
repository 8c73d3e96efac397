"""A case of the benchmarks, and its outcome."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Goal:
    """The ratio that a case must reach, and the one that it aims for; lower is better."""

    # The two sides of the ratio, or the unit of a figure without a reference.
    what: str
    at_most: float
    aim: float


@dataclass(frozen=True)
class Sample:
    """One run of the subject, and one of its reference right beside it, if it has one."""

    subject: float
    reference: float | None = None

    @property
    def ratio(self) -> float:
        return self.subject if self.reference is None else self.subject / self.reference


# One sample for each goal, in the order of the goals.
Samples = tuple[Sample, ...]


@dataclass(frozen=True)
class Scale:
    """The share of the full number of rows that is used: all, or a little for a quick check."""

    divisor: int = 1

    def rows(self, full: int) -> int:
        return full // self.divisor


@dataclass(frozen=True)
class Case:
    """A benchmark: `sample` is a generator without an end."""

    name: str
    goals: tuple[Goal, ...]
    runs: int
    sample: Callable[[Scale], Iterator[Samples]]


@dataclass(frozen=True)
class Outcome:
    """The result of one goal of a case."""

    case: str
    goal: Goal
    samples: list[Sample]

    @property
    def ratios(self) -> list[float]:
        return [sample.ratio for sample in self.samples]

    @property
    def ratio(self) -> float:
        return median(self.ratios)

    @property
    def is_met(self) -> bool:
        return self.ratio <= self.goal.at_most


def case(
    name: str, *goals: Goal, runs: int = 5
) -> Callable[[Callable[[Scale], Iterator[Samples]]], Case]:
    """Make a case from a generator that runs subject and reference in turn for each sample."""
    return lambda sample: Case(name, goals, runs, sample)
