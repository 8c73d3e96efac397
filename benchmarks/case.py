"""What a case is, and what comes out of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Goal:
    """What a case must reach, and what it would like to; lower is better."""

    # What is divided by what, or the unit of a figure that stands alone.
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


# One sample a goal, in the order of the goals.
Samples = tuple[Sample, ...]


@dataclass(frozen=True)
class Scale:
    """How much of the full number of rows is taken: all, or little to see that it works."""

    divisor: int = 1

    def rows(self, full: int) -> int:
        return full // self.divisor


@dataclass(frozen=True)
class Case:
    """A benchmark: `sample` goes on yielding for as long as it is asked."""

    name: str
    goals: tuple[Goal, ...]
    runs: int
    sample: Callable[[Scale], Iterator[Samples]]


@dataclass(frozen=True)
class Outcome:
    """What one goal of a case has come to."""

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
    """Make a case of a generator that runs subject and reference in turn, a pair a sample."""
    return lambda sample: Case(name, goals, runs, sample)
