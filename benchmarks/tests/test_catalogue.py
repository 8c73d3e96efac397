"""The subject of the measurements."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from benchmarks import catalogue, files
from imports.models import Import
from products.models import Product
from tests.processes import Process


@pytest.fixture
def file(settings: Settings, tmp_path: Path) -> Path:
    settings.VAR_DIR = tmp_path
    return files.sample(50, duplicates=0)


def test_a_file_is_taken_and_its_cost_told(worker: Process, file: Path) -> None:
    run = catalogue.take(file)
    assert Product.objects.count() == 50
    assert run.seconds > 0
    assert run.wal_bytes > 5_000
    # The worker's session may have a block of them left.
    assert run.ids in (0, 1_000)


def test_nothing_is_kept_of_the_file(worker: Process, file: Path, settings: Settings) -> None:
    catalogue.take(file)
    (part,) = Import.objects.get().parts
    assert not Path(settings.MEDIA_ROOT, part).exists()


def test_a_rejected_row_would_make_the_figures_worthless(worker: Process, file: Path) -> None:
    with file.open("a") as lines:
        lines.write(",no SKU,,1.00,true\n")
    with pytest.raises(RuntimeError, match="every row"):
        catalogue.take(file)


@pytest.mark.django_db(transaction=True)
def test_a_catalogue_with_products_is_in_use_until_it_is_emptied() -> None:
    assert not catalogue.is_in_use()
    Product.objects.create(sku="A-1", name="Mug")
    assert catalogue.is_in_use()
    catalogue.empty()
    assert not catalogue.is_in_use()
