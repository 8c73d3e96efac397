"""What the tests of faults share: files with bad rows too, and workers that may be killed.

They have a command of their own: `python3 run.py test -m faults`.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command

from conftest import SharedWorker
from tests.faults.undisturbed import stop_watching
from tests.faults.victims import Victims

# Small ranges, so that there is a middle of applying to be killed in.
SMALL_RANGES = {"IMPORT_RANGE_ROWS": "2000"}


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Large enough to be read for a while: no row with an attribute is plain."""
    plain = _sample(tmp_path_factory.mktemp("faults") / "plain.csv", rows=100_000)
    path = plain.with_name("sample.csv")
    with plain.open(newline="") as source, path.open("w", newline="") as target:
        header, *rows = csv.reader(source)
        csv.writer(target).writerows(
            [[*header, "attribute:colour"], *([*row, "red"] for row in rows)]
        )
    return path


@pytest.fixture(scope="session")
def small_sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """For what happens after reading, which starts sooner with it."""
    return _sample(tmp_path_factory.mktemp("faults") / "small.csv", rows=20_000)


def _sample(path: Path, *, rows: int) -> Path:
    call_command("sample_products", str(path), rows=rows, seed=3, duplicates=2)
    with path.open("a") as file:
        file.write("LAST-1,Lamp,,twelve,yes\nLAST-2,,no name,1.00,yes\n")
    return path


@pytest.fixture(autouse=True)
def _watching_ends(transactional_db: None) -> Iterator[None]:
    yield
    stop_watching()


@pytest.fixture
def victims(
    transactional_db: None,
    empty_broker: None,
    stack_env: dict[str, str],
    shared_worker: SharedWorker,
) -> Iterator[Victims]:
    """Starts workers of this test's own, which it may kill."""
    shared_worker.send_away()
    victims = Victims(stack_env | SMALL_RANGES)
    yield victims
    victims.kill_all()
