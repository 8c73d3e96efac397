"""The peers do what they are measured for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from benchmarks import files, peers

Work = Callable[[Path], None]


@pytest.fixture
def file(transactional_db: None, settings: Settings, tmp_path: Path) -> Iterator[Path]:
    settings.VAR_DIR = tmp_path
    with peers.peer_table():
        yield files.sample(40, duplicates=0)


@pytest.mark.parametrize(
    "work",
    [peers.bulk_create, peers.import_export, partial(peers.update_or_create, rows=40)],
    ids=["bulk_create", "import_export", "update_or_create"],
)
def test_each_takes_every_row_and_takes_it_again(file: Path, work: Work) -> None:
    work(file)
    work(file)
    assert peers.PeerProduct.objects.count() == 40
    product = peers.PeerProduct.objects.order_by("pk")[0]
    assert file.read_text().splitlines()[1].startswith(f"{product.sku},{product.name},")


def test_a_loop_may_stop_early(file: Path) -> None:
    peers.update_or_create(file, 10)
    assert peers.PeerProduct.objects.count() == 10


def test_time_is_taken_on_an_empty_table(file: Path) -> None:
    counts: list[int] = []
    peers.bulk_create(file)
    assert peers.seconds(lambda: counts.append(peers.PeerProduct.objects.count())) > 0
    assert counts == [0]
