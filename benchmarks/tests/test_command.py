"""The command line."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from benchmarks import command
from benchmarks.case import Goal, Sample, Samples, Scale, case
from products.models import Product

pytestmark = pytest.mark.django_db


@case("good", Goal("ms", at_most=100, aim=50))
def good(scale: Scale) -> Iterator[Samples]:
    while True:
        yield (Sample(scale.rows(100)),)


@case("bad", Goal("ms", at_most=10, aim=5))
def bad(scale: Scale) -> Iterator[Samples]:
    while True:
        yield (Sample(100),)


@pytest.fixture(autouse=True)
def _two_cases(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "CASES", {"good": good, "bad": bad})
    monkeypatch.setattr(command, "call_command", lambda *_, **__: None)


def test_without_a_name_every_case_runs(capsys: pytest.CaptureFixture[str]) -> None:
    command.main([])
    rows = capsys.readouterr().out.splitlines()
    assert [row.split()[0] for row in rows[2:]] == ["good", "bad"]


@pytest.mark.parametrize(
    ("arguments", "status"), [(["good"], 0), (["good", "bad"], 1), (["bad", "--small"], 0)]
)
def test_the_exit_status_tells_of_a_miss(arguments: list[str], status: int) -> None:
    assert command.main(arguments) == status


def test_json_is_all_there_is_on_the_output(capsys: pytest.CaptureFixture[str]) -> None:
    command.main(["--json", "--runs", "3"])
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(line["case"], len(line["samples"])) for line in lines] == [("good", 3), ("bad", 3)]


def test_small_means_few_rows_and_few_runs(capsys: pytest.CaptureFixture[str]) -> None:
    command.main(["good", "--small", "--json"])
    (line,) = capsys.readouterr().out.splitlines()
    assert [sample["subject"] for sample in json.loads(line)["samples"]] == [1, 1]


def test_an_unknown_case_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        command.main(["other"])
    assert "good" in capsys.readouterr().err


def test_a_catalogue_in_use_is_left_alone() -> None:
    Product.objects.create(sku="A-1", name="Mug")
    assert command.main(["good"]) == 2
