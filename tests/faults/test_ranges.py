"""A range that fails every time: it is given up, the others stand, and `retry` goes on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.db import connection

from jobs import requests
from tests.faults.undisturbed import assert_undisturbed, begin, status
from tests.faults.victims import Victims, children_of, inside_a_range, middle_product
from tests.processes import wait_until
from webhooks.models import Event

pytestmark = pytest.mark.faults

# Fewer than by default, for the pauses between them double.
TRIES = 3


@contextmanager
def refused(product_id: int) -> Iterator[None]:
    """The database itself refuses to change a product."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE 'Product % stays as it is', new.id; END $$"
        )
        cursor.execute(
            "CREATE TRIGGER refuse BEFORE UPDATE ON products_product FOR EACH ROW"
            f" WHEN (new.id = {product_id}) EXECUTE FUNCTION refuse()"
        )
        try:
            yield
        finally:
            cursor.execute("DROP FUNCTION refuse CASCADE")


def test_a_range_that_the_database_refuses(
    victims: Victims, small_sample: Path, user: User
) -> None:
    victims(JOB_MAX_TRIES=str(TRIES))
    import_ = begin(small_sample, user)
    product_id = middle_product()
    with refused(product_id):
        wait_until(lambda: status(import_) == "failed", seconds=60, what="giving up")
    assert import_.error_code == "database_error"
    assert f"Product {product_id} stays as it is" in import_.error_detail
    (number,) = import_.outstanding_ranges()
    assert import_.ranges.get(number=number).tries == TRIES
    assert Event.objects.filter(type="import.failed", data__id=import_.pk).count() == 1
    assert requests.retry(import_)
    assert_undisturbed(import_, small_sample)


def test_a_range_that_kills_its_worker_every_time(
    victims: Victims, small_sample: Path, user: User
) -> None:
    worker = victims(JOB_MAX_TRIES=str(TRIES))
    import_ = begin(small_sample, user)
    for tries in range(1, TRIES + 1):
        with inside_a_range(import_):
            (number,) = import_.outstanding_ranges()
            assert import_.ranges.get(number=number).tries == tries
            for child in children_of(worker):
                child.kill()
    wait_until(lambda: status(import_) == "failed", seconds=60, what="giving up")
    assert import_.error_code == "interrupted"
    assert import_.outstanding_ranges() == [number]
    assert Event.objects.filter(type="import.failed", data__id=import_.pk).count() == 1
    assert requests.retry(import_)
    assert_undisturbed(import_, small_sample)
