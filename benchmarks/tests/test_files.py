"""The files that are imported."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from benchmarks import files


@pytest.fixture(autouse=True)
def _folder_of_its_own(settings: Settings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_sample_has_the_rows_asked_for_and_repeats_some_skus() -> None:
    skus = [row["sku"].lower() for row in _rows(files.sample(1000))]
    assert len(skus) == 1000 > len(set(skus))


def test_a_sample_without_duplicates_has_none() -> None:
    skus = [row["sku"].lower() for row in _rows(files.sample(1000, duplicates=0))]
    assert len(skus) == len(set(skus))


def test_a_sample_is_written_once() -> None:
    written = files.sample(10).stat().st_mtime_ns
    assert files.sample(10).stat().st_mtime_ns == written


def test_with_other_prices_nothing_else_differs() -> None:
    before, after = _rows(files.sample(200)), _rows(files.sample_with_other_prices(200))
    for row in before:
        row["price"] = str(Decimal(row["price"]) + files.CENT)
    assert before == after
