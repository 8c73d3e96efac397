"""The command line of the benchmarks: the cases, their size, and the form of the output."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable, Iterator
from functools import partial

from django.core.management import call_command

from benchmarks import catalogue, machine, report, runner
from benchmarks.case import Case, Outcome, Scale
from benchmarks.cases import CASES

# With --small: enough to check that everything works, too little to judge by.
SMALL, SMALL_RUNS = Scale(divisor=100), 2


def main(arguments: list[str]) -> int:
    """Run cases; the exit status is 1 if a case misses its goal, 2 if none can run."""
    options = _parser().parse_args(arguments)
    call_command("prepare", stdout=sys.stderr)
    if catalogue.is_in_use():
        sys.stderr.write(
            "Benchmarks empty the catalogue, and this one is in use. Nothing was changed."
            " Use an empty database.\n"
        )
        return 2
    show = _chosen_view(options)
    has_missed = False
    for outcome in _run_all(options):
        print(show(outcome), flush=True)
        has_missed |= not outcome.is_met
    return int(has_missed and not options.small)


def _parser() -> ArgumentParser:
    parser = ArgumentParser(prog="run.py bench", description="Measure ratios; lower is better.")
    parser.add_argument(
        "cases",
        nargs="*",
        type=_case,
        default=list(CASES.values()),
        metavar="case",
        help=f"all by default, or some of {', '.join(CASES)}",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object per line")
    parser.add_argument("--small", action="store_true", help="few rows, to check that it works")
    parser.add_argument("--runs", type=int, help="the number of samples per case")
    return parser


def _case(name: str) -> Case:
    if name not in CASES:
        raise ArgumentTypeError(f"there is no case {name!r}; the cases are {', '.join(CASES)}")
    return CASES[name]


def _chosen_view(options: Namespace) -> Callable[[Outcome], str]:
    if options.json:
        return partial(report.as_json, machine=machine.describe())
    print(machine.describe(), report.HEADINGS, sep="\n", flush=True)
    return partial(report.as_row, judged=not options.small)


def _run_all(options: Namespace) -> Iterator[Outcome]:
    scale = SMALL if options.small else Scale()
    runs = options.runs or (SMALL_RUNS if options.small else None)
    for case in options.cases:
        yield from runner.run(case, scale, runs)
