"""The outcomes as a table for people and as lines of JSON for programs."""

from __future__ import annotations

import json

from benchmarks.case import Outcome, Sample

ROW = "{:18} {:26} {:>9} {:>19} {:>9} {:>7}  {}"
HEADINGS = ROW.format("case", "what", "median", "min to max", "at most", "aim", "").rstrip()


def as_row(outcome: Outcome, *, judged: bool) -> str:
    """One line of the table; it has a verdict only if `judged`."""
    goal, ratios = outcome.goal, outcome.ratios
    span = f"{_short(min(ratios))} to {_short(max(ratios))}"
    verdict = ("ok" if outcome.is_met else "MISS") if judged else ""
    figures = (_short(outcome.ratio), span, f"{goal.at_most:g}", f"{goal.aim:g}")
    return ROW.format(outcome.case, goal.what, *figures, verdict).rstrip()


def as_json(outcome: Outcome, machine: str) -> str:
    goal = outcome.goal
    return json.dumps(
        {
            "case": outcome.case,
            "what": goal.what,
            "ratio": outcome.ratio,
            "at_most": goal.at_most,
            "aim": goal.aim,
            "samples": [_as_dict(sample) for sample in outcome.samples],
            "machine": machine,
        }
    )


def _as_dict(sample: Sample) -> dict[str, float | None]:
    return {"subject": sample.subject, "reference": sample.reference, "ratio": sample.ratio}


def _short(number: float) -> str:
    """Three significant figures, without an exponent: 1234, 12.3, 0.0123."""
    return f"{number:.0f}" if number >= 100 else f"{number:.3g}"
