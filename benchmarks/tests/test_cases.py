"""Every case, as small as it gets, on a worker that is there already."""

from __future__ import annotations

from contextlib import nullcontext
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pytest_django.fixtures import Settings

from benchmarks.case import Scale
from benchmarks.cases import CASES, beside, imports, peers, scale, waiting

if TYPE_CHECKING:
    from conftest import LiveStack

SCALE = Scale(divisor=5000)


@pytest.fixture(autouse=True)
def _processes_of_the_tests(
    live_stack: LiveStack, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.VAR_DIR = tmp_path
    for module in (beside, imports, peers, scale, waiting):
        monkeypatch.setattr(module, "worker", lambda **_: nullcontext(live_stack.worker.popen.pid))
    for module in (beside, waiting):
        monkeypatch.setattr(module, "web", lambda: nullcontext(live_stack.url))


@pytest.mark.parametrize("name", CASES)
def test_a_case_yields_a_sample_a_goal(name: str) -> None:
    case = CASES[name]
    for samples in islice(case.sample(SCALE), 2):
        assert len(samples) == len(case.goals)
        assert all(sample.ratio >= 0 for sample in samples)


def test_importing_again_uses_up_no_ids() -> None:
    ((_, _, ids),) = islice(imports.noop.sample(SCALE), 1)
    assert ids.subject == 0
