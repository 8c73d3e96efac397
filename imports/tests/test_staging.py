from __future__ import annotations

from collections.abc import Iterable
from contextlib import nullcontext

import pytest
from django.db import OperationalError, connection
from psycopg import errors
from pytest_django.fixtures import Settings

from imports import staging
from jobs.errors import NotPrepared

pytestmark = pytest.mark.django_db(transaction=True)

TABLE = staging.table_name(1, 1)


@pytest.fixture(autouse=True)
def _no_tables() -> Iterable[None]:
    yield
    staging.drop_all(1)


def stage(skus: Iterable[str]) -> None:
    with staging.filling(TABLE, ["line", "sku", "name"], ",") as copy:
        for line, sku in enumerate(skus, start=2):
            copy.write(f"{line},{sku},Name\n")


def intact(table: str = TABLE) -> bool:
    with connection.cursor() as cursor:
        return staging.is_intact(table, cursor)


def test_ranges_are_of_about_equal_size_and_cover_every_key(settings: Settings) -> None:
    settings.IMPORT_RANGE_ROWS, settings.CELERY_WORKER_CONCURRENCY = 100, 2
    stage(f"SKU-{number * 7919 % 10_000:05}" for number in range(1000))
    bounds = staging.cut(TABLE, 1000)
    assert len(bounds) == 9
    assert bounds == sorted(bounds)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM {TABLE} WHERE record > 0"
            ' GROUP BY width_bucket(key COLLATE "C", %s)',
            [bounds],
        )
        sizes = [size for (size,) in cursor.fetchall()]
    assert sum(sizes) == 1000
    assert max(sizes) <= 200


@pytest.mark.parametrize(("processes", "ranges"), [(1, 5), (2, 6), (3, 6), (4, 8), (8, 8)])
def test_each_worker_process_gets_as_many_ranges(
    settings: Settings, processes: int, ranges: int
) -> None:
    settings.IMPORT_RANGE_ROWS, settings.CELERY_WORKER_CONCURRENCY = 20, processes
    stage(f"SKU-{number:03}" for number in range(100))
    assert len(staging.cut(TABLE, 100)) == ranges - 1


def test_a_small_table_is_one_range() -> None:
    stage(["A", "B"])
    assert staging.cut(TABLE, 2) == []


def test_one_sku_repeated_is_not_cut_apart(settings: Settings) -> None:
    settings.IMPORT_RANGE_ROWS = 10
    stage(["A"] * 100)
    assert len(staging.cut(TABLE, 100)) <= 1


def test_a_table_of_rejects_alone_is_one_range() -> None:
    stage([])
    assert staging.cut(TABLE, 0) == []


def test_a_table_is_intact_until_it_is_emptied() -> None:
    assert not intact("imports_staging_0_0")
    stage([])
    assert intact()
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {TABLE}")
    assert not intact()


def test_filling_is_all_or_nothing() -> None:
    def broken() -> Iterable[str]:
        yield "A"
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        stage(broken())
    assert TABLE not in connection.introspection.table_names()


def test_dropping_takes_every_attempt_of_one_job_alone() -> None:
    for job, token in [(1, 1), (1, 2), (11, 1)]:
        with staging.filling(staging.table_name(job, token), ["line"], ","):
            pass
    staging.drop_all(1)
    tables = connection.introspection.table_names()
    assert [name for name in tables if "staging_1_" in name or "staging_11_" in name] == [
        "imports_staging_11_1"
    ]
    staging.drop_all(11)


@pytest.mark.parametrize(
    ("cause", "goes_on"), [(errors.LockNotAvailable, True), (errors.AdminShutdown, False)]
)
def test_an_attempt_whose_session_was_ended_stages_nothing_more(
    monkeypatch: pytest.MonkeyPatch, cause: type[errors.OperationalError], goes_on: bool
) -> None:
    def drop_all(_import_id: int) -> None:
        raise OperationalError from cause()

    with (
        monkeypatch.context() as patch,
        nullcontext() if goes_on else pytest.raises(OperationalError),
    ):
        patch.setattr("imports.staging.drop_all", drop_all)
        staging.drop_earlier_attempts(1)


def test_a_table_that_is_gone_can_not_be_cut() -> None:
    with pytest.raises(NotPrepared):
        staging.cut(TABLE, 1_000_000)
