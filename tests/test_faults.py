"""kill -9 at the worst moments: an import ends as if nothing had happened, within a minute."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.files.base import File
from django.core.management import call_command
from django.db import connection

from conftest import SharedWorker
from imports.models import Import
from imports.submitting import create, submit
from jobs import runner, wakeups
from products.models import Change
from tests import oracle
from tests.processes import Process, start_worker, wait_until

pytestmark = pytest.mark.faults

ROWS = 60_000
# Small ranges, so that there is a middle of applying to be killed in.
SMALL_RANGES = {"IMPORT_RANGE_ROWS": "5000"}


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("faults") / "sample.csv"
    call_command("sample_products", str(path), rows=ROWS, seed=3, duplicates=2)
    with path.open("a") as file:
        file.write("LAST-1,Lamp,,twelve,yes\nLAST-2,,no name,1.00,yes\n")
    return path


@pytest.fixture
def victims(
    transactional_db: None,
    empty_broker: None,
    stack_env: dict[str, str],
    shared_worker: SharedWorker,
) -> Iterator[Callable[[], Process]]:
    """Starts workers of this test's own, which it may kill."""
    shared_worker.send_away()
    started: list[Process] = []

    def start() -> Process:
        started.append(start_worker(stack_env | SMALL_RANGES))
        return started[-1]

    yield start
    for worker in started:
        worker.stop()


def begin(sample: Path, user: User) -> Import:
    with sample.open("rb") as data:
        return submit(file=File(data), filename="sample.csv", user=user)


def status(import_: Import) -> str:
    import_.refresh_from_db()
    return import_.status


def assert_undisturbed(import_: Import, sample: Path, seconds: float = 60) -> None:
    """The import ends in time, and as plain Python expects."""
    wait_until(lambda: status(import_) in Import.ENDED, seconds=seconds, what="the end")
    assert import_.status == "completed", import_.error_detail
    expected, counts = oracle.expect(sample.read_bytes())
    progress = import_.progress
    assert {name: getattr(progress, name) for name in counts} == counts
    assert oracle.catalogue() == expected
    assert not Change.objects.exists(), "nothing was written twice"
    assert import_.rejects.count() == counts["rejected"]
    wait_until(lambda: not staging_tables(import_), what="the staging tables to go")


def staging_tables(import_: Import) -> list[str]:
    own = f"imports_staging_{import_.pk}_"
    return [name for name in connection.introspection.table_names() if name.startswith(own)]


def test_killed_while_reading(victims: Callable[[], Process], sample: Path, user: User) -> None:
    worker = victims()
    import_ = begin(sample, user)
    wait_until(lambda: status(import_) == "reading" and import_.rows_read, what="reading")
    worker.kill()
    assert status(import_) == "reading"
    victims()
    assert_undisturbed(import_, sample)


def test_killed_while_applying(victims: Callable[[], Process], sample: Path, user: User) -> None:
    worker = victims()
    import_ = begin(sample, user)
    wait_until(lambda: import_.ledger.count() >= 3, what="some ranges")
    worker.kill()
    assert status(import_) == "applying"
    done = import_.ledger.count()
    victims()
    assert_undisturbed(import_, sample)
    assert import_.ledger.count() > done


def test_a_child_killed_again_and_again(
    victims: Callable[[], Process], sample: Path, user: User
) -> None:
    worker = victims()
    import_ = begin(sample, user)
    for ranges in (2, 5):
        wait_until(lambda: import_.ledger.count() >= ranges, what="some ranges")  # noqa: B023
        for child in worker.children():
            child.kill()
    assert_undisturbed(import_, sample)


@pytest.mark.parametrize("times", [2, 20])
def test_the_same_wake_up_many_times_at_once(
    victims: Callable[[], Process], sample: Path, user: User, times: int
) -> None:
    import_ = begin(sample, user)
    for _ in range(times - 1):
        wakeups.wake(import_.pk)
    victims()
    victims()
    assert_undisturbed(import_, sample)


def test_the_same_range_many_times_at_once(
    transactional_db: None, sample: Path, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wakeups, "_send", lambda *_, **__: None)
    with sample.open("rb") as data:
        import_ = create(file=File(data), filename="sample.csv", created_by=user)

    def twenty_times(job_id: int, number: int) -> None:
        with ThreadPoolExecutor(8) as pool:
            for done in [pool.submit(run, job_id, number) for _ in range(20)]:
                done.result()

    def run(job_id: int, number: int) -> None:
        try:
            runner.run_range(job_id, number)
        finally:
            connection.close()

    runner.advance(import_.pk, spread=twenty_times)
    assert_undisturbed(import_, sample)


def test_a_database_that_lost_its_unlogged_tables(
    transactional_db: None, sample: Path, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a crash of PostgreSQL leaves them: there, and empty."""
    monkeypatch.setattr(wakeups, "_send", lambda *_, **__: None)
    with sample.open("rb") as data:
        import_ = create(file=File(data), filename="sample.csv", created_by=user, review=True)
    runner.advance(import_.pk)
    with connection.cursor() as cursor:
        for table in staging_tables(import_):
            cursor.execute(f"TRUNCATE {table}")
    runner.apply(import_)
    runner.advance(import_.pk)
    runner.advance(import_.pk, spread=runner.run_range)
    assert_undisturbed(import_, sample)
