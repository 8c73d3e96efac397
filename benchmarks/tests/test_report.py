"""What is printed of an outcome."""

from __future__ import annotations

import json

from benchmarks import report
from benchmarks.case import Goal, Outcome, Sample

OUTCOME = Outcome(
    "import-load",
    Goal("time ÷ limit", at_most=1.0, aim=0.85),
    [Sample(3, 4), Sample(4, 5), Sample(9, 10)],
)


def test_a_row_has_the_median_its_span_and_a_verdict() -> None:
    words = " ".join(report.as_row(OUTCOME, judged=True).split())
    assert words == "import-load time ÷ limit 0.8 0.75 to 0.9 1 0.85 ok"


def test_a_miss_is_plain_to_see() -> None:
    missed = Outcome("small-import", Goal("ms", at_most=400, aim=150), [Sample(512.3)])
    assert report.as_row(missed, judged=True).endswith("512 to 512       400     150  MISS")


def test_a_small_run_is_not_judged() -> None:
    assert report.as_row(OUTCOME, judged=False).endswith("0.85")


def test_json_has_what_the_contract_names() -> None:
    told = json.loads(report.as_json(OUTCOME, "2 cores"))
    assert told["samples"][0] == {"subject": 3, "reference": 4, "ratio": 0.75}
    del told["samples"]
    assert told == {
        "case": "import-load",
        "what": "time ÷ limit",
        "ratio": 0.8,
        "at_most": 1.0,
        "aim": 0.85,
        "machine": "2 cores",
    }
