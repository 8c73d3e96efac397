"""The description of the machine."""

import re

import pytest

from benchmarks import machine


@pytest.mark.django_db
def test_it_says_what_figures_depend_on() -> None:
    assert re.fullmatch(
        r"\d+ cores, \d+ GiB, \w+, Python 3\.\S+, PostgreSQL [\d.]+, load \d+\.\d\d",
        machine.describe(),
    )
