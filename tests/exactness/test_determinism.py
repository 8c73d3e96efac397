"""One table and one set of counts: whatever the workers, the ranges, and their order."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conftest import SharedWorker
from imports.models import Import
from products.models import Change
from tests import oracle
from tests.exactness.engine import Engine, counts_of, rejects_of
from tests.processes import Process, start_worker, wait_until

ROWS = 240
OPTIONS: dict[str, Any] = {
    "blank": "keep",
    "missing": "deactivate",
    "mapping": {"size": "attribute:size"},
}


def file() -> bytes:
    """Each SKU about five times, in two cases; every twentieth row is bad."""
    chance = random.Random(5)
    rows = ["sku,name,price,size,active"]
    for number in range(ROWS):
        sku = f"{chance.choice(['sku', 'SKU'])}-{chance.randrange(ROWS // 5)}"
        price = "x" if number % 20 == 0 else chance.choice(["", "1", "2.50"])
        name, size = chance.choice(["Lamp", "Desk", ""]), chance.choice(["", "L", "XL"])
        rows.append(f"{sku},{name},{price},{size},{chance.choice(['', 'yes', 'no'])}")
    return "\n".join(rows).encode()


def stored() -> list[dict[str, Any]]:
    """Half of the products that the file names, and as many that it does not."""
    return [
        {"sku": f"sku-{number}", "name": "Lamp", "price": 1, "attributes": {"size": "L"}}
        for number in range(ROWS // 10, ROWS // 5 + ROWS // 20)
    ]


def result_of(import_: Import) -> tuple[Any, ...]:
    import_.refresh_from_db()
    assert import_.status == "completed", import_.error_detail
    progress = import_.progress
    images = Change.objects.filter(job=import_.pk).values_list(
        "action", *oracle.ProductValues._fields
    )
    return (
        oracle.table_hash(),
        counts_of(progress) | {"removed": progress.removed},
        rejects_of(import_),
        sorted(map(repr, images)),
    )


@pytest.fixture
def undisturbed(engine: Engine) -> tuple[Any, ...]:
    """The result of one worker and one range, which is what plain Python expects."""
    outcome = oracle.foresee(file(), engine.begin(stored()), **OPTIONS)
    import_ = engine.run(file(), **OPTIONS)
    result = result_of(import_)
    assert oracle.catalogue() == outcome.catalogue
    assert result[1] == outcome.counts | {"removed": outcome.removed}
    assert min(result[1].values()) > 0, "everything that can happen does"
    return result


def test_neither_workers_nor_ranges_nor_their_order_make_a_difference(
    engine: Engine, undisturbed: tuple[Any, ...]
) -> None:
    cases = [(1, 1), (1, 7), (2, 7), (4, 1), (4, 50), (16, 3)]
    for seed, (workers, range_rows) in enumerate(cases):
        engine.begin(stored())
        import_ = engine.run(file(), workers=workers, range_rows=range_rows, seed=seed, **OPTIONS)
        assert import_.ranges.count() > min(ROWS / range_rows, ROWS / 5) / 2 - 1, "several ranges"
        assert result_of(import_) == undisturbed, (workers, range_rows, seed)


@pytest.fixture
def four_processes(
    engine: Engine, empty_broker: None, stack_env: dict[str, str], shared_worker: SharedWorker
) -> Iterator[Process]:
    shared_worker.send_away()
    worker = start_worker(stack_env | {"IMPORT_RANGE_ROWS": "7"}, concurrency=4)
    yield worker
    worker.stop()


def test_nor_do_four_processes_of_celery(
    engine: Engine, undisturbed: tuple[Any, ...], four_processes: Process, tmp_path: Path
) -> None:
    engine.begin(stored())
    import_ = engine.send(file(), **OPTIONS)
    wait_until(lambda: _is_ended(import_), seconds=60, what="the end")
    assert import_.ranges.count() > 20
    assert result_of(import_) == undisturbed


def _is_ended(import_: Import) -> bool:
    import_.refresh_from_db()
    return import_.is_ended
