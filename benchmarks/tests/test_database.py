"""The server's side of a measurement."""

import pytest
from django.db import connection

from benchmarks import database

pytestmark = pytest.mark.django_db(transaction=True)


def _last_checkpoint() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT checkpoint_lsn FROM pg_control_checkpoint()")
        return str(cursor.fetchone()[0])


def _add(sku: str) -> None:
    database.execute(f"INSERT INTO products_product (sku, name) VALUES ('{sku}', 'Mug')")


def test_settling_is_a_checkpoint() -> None:
    before = _last_checkpoint()
    database.settle()
    assert _last_checkpoint() != before


def test_wal_is_counted_in_bytes() -> None:
    before = database.wal_position()
    _add("A-1")
    assert 0 < database.wal_position() - before < 1_000_000


def test_ids_are_counted_from_the_last_time_it_was_emptied() -> None:
    database.empty("products_product")
    assert database.ids_used("products_product") == 0
    _add("A-1")
    _add("A-2")
    # A session takes a block of them at once.
    assert database.ids_used("products_product") >= 2
    database.empty("products_product")
    assert database.ids_used("products_product") == 0
