"""docs/states.md agrees with the code: the states and the functions that it names exist."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

import pytest
from django.conf import settings
from django.db.models import TextChoices
from django.utils.module_loading import import_string

from jobs import ending, requests
from jobs.models import Job
from webhooks.models import Delivery

DOCUMENT = Path(__file__).parents[1] / "docs" / "states.md"
TEXT = DOCUMENT.read_text()
JOB, DELIVERY = TEXT.split("## A delivery\n")

APPS = "jobs|webhooks|imports|products"


def rows(text: str) -> Iterator[list[str]]:
    """The cells of every row of every table, without their heads."""
    lines = iter(text.splitlines())
    for line in lines:
        if line.startswith("|---"):
            for row in takewhile(lambda line: line.startswith("|"), lines):
                yield [cell.strip() for cell in row.strip("|").split(" | ")]


def words(text: str) -> set[str]:
    return set(re.findall(r"`([a-z_]+)`", text))


@pytest.mark.parametrize(
    ("text", "choices"), [(JOB, Job.Status), (JOB, Job.Stage), (DELIVERY, Delivery.Status)]
)
def test_every_state_is_in_the_tables(text: str, choices: type[TextChoices]) -> None:
    assert set(choices.values) <= words(" ".join(cell for row in rows(text) for cell in row[:2]))


@pytest.mark.parametrize(
    ("text", "statuses"),
    [(JOB.split("### Who changes")[1].split("###")[0], Job.Status), (DELIVERY, Delivery.Status)],
)
def test_transitions_lead_from_one_status_to_another(
    text: str, statuses: type[TextChoices]
) -> None:
    of_transitions = [row[:2] for row in rows(text) if len(row) == 4 and "yes" not in row]
    assert of_transitions
    assert words(str(of_transitions)) <= {*statuses.values}


def test_every_function_it_names_is_there() -> None:
    names = re.findall(rf"`((?:{APPS})\.[A-Za-z_.]+)`", TEXT)
    assert len(names) > 30
    for name in names:
        assert callable(_named(name)), name


def _named(name: str) -> object:
    """A function of a module, or a method of a class in one."""
    parent, _, method = name.rpartition(".")
    if parent.rpartition(".")[2][0].isupper():
        return getattr(import_string(parent), method)
    return import_string(name)


def test_every_setting_it_names_is_there() -> None:
    for name in set(re.findall(r"`((?:JOB|WEBHOOK)_[A-Z_]+)`", TEXT)):
        assert hasattr(settings, name), name


@pytest.mark.parametrize("module", [ending, requests])
def test_whatever_changes_the_state_of_a_job_is_named(module: object) -> None:
    functions = inspect.getmembers(module, inspect.isfunction)
    own = {
        f"{function.__module__}.{name}"
        for name, function in functions
        if not name.startswith("_") and inspect.getmodule(function) is module
    }
    assert own
    assert {name for name in own if f"`{name}`" not in JOB} == set()
