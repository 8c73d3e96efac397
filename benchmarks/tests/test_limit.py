"""The expert by hand: fair, and right."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from pytest_django.fixtures import Settings

from benchmarks import catalogue, files
from benchmarks.limit import BARE, Limit
from tests.processes import Process

INDEXES = """
SELECT replace(pg_get_indexdef(indexrelid), relname, '') ~ 'UNIQUE',
       regexp_replace(pg_get_indexdef(indexrelid), '.* USING ', '')
FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
WHERE indrelid = %s::regclass ORDER BY 2
"""
CHECKS = """
SELECT pg_get_constraintdef(oid) FROM pg_constraint
WHERE conrelid = %s::regclass AND contype = 'c' ORDER BY 1
"""
COLUMNS = "sku, name, description, price, active, attributes, version"


@pytest.fixture(autouse=True)
def _folder_of_its_own(transactional_db: None, settings: Settings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


@pytest.fixture
def limit() -> Iterator[Limit]:
    with Limit() as limit:
        yield limit


def _rows(query: str, *parameters: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return list(cursor.fetchall())


def _content(table: str) -> list[tuple[object, ...]]:
    return _rows(f"SELECT {COLUMNS} FROM {table} ORDER BY lower(sku)")


def test_its_table_has_our_indexes_and_checks(limit: Limit) -> None:
    for query in (INDEXES, CHECKS):
        assert _rows(query, limit.table) == _rows(query, catalogue.PRODUCTS) != []


def test_the_bare_table_has_two_indexes_and_no_checks() -> None:
    with Limit(BARE) as bare:
        assert len(_rows(INDEXES, bare.table)) == 2
        assert _rows(CHECKS, bare.table) == []


@pytest.mark.parametrize("others", [False, True], ids=["once", "and then with other prices"])
def test_it_leaves_what_we_leave(limit: Limit, worker: Process, others: bool) -> None:
    for file in (files.sample(300), *[files.sample_with_other_prices(300)] * others):
        catalogue.take(file)
        limit.take(file)
    assert _content(limit.table) == _content(catalogue.PRODUCTS) != []


def test_a_second_time_changes_nothing(limit: Limit) -> None:
    limit.take(files.sample(100))
    before = _content(limit.table)
    limit.take(files.sample(100))
    assert _content(limit.table) == before


def test_its_cost_is_told(limit: Limit) -> None:
    run = limit.take(files.sample(100))
    assert 0 < run.seconds < 60
    assert run.wal_bytes > 10_000
