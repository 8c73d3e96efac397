from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction

from jobs import runner
from jobs.models import Job, LedgerLine
from products import catalogue
from products.bulk import start_bulk_delete
from products.models import Product
from products.writes import last_writes

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("unsent")]


@pytest.fixture
def product(user: User) -> Product:
    return catalogue.create_product(sku="A", name="Lamp", changed_by=user)


def delete_all(user: User) -> None:
    job = start_bulk_delete(filters={}, confirm=None, requested_by=user)
    runner.advance_alone(job.pk)


WRITERS: dict[str, Callable[[Product, User], object]] = {
    "edited": lambda product, user: catalogue.update_product(
        product_id=product.pk, changed_by=user, name="Desk"
    ),
    "created": lambda _, user: catalogue.create_product(sku="B", name="Lamp", changed_by=user),
    "deleted": lambda product, user: catalogue.delete_product(
        product_id=product.pk, changed_by=user
    ),
    "deleted by the hundred": lambda _, user: delete_all(user),
}


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
def test_every_write_is_noticed(
    product: Product, user: User, write: Callable[[Product, User], object]
) -> None:
    before = last_writes()
    assert last_writes() == before
    write(product, user)
    assert last_writes() != before


def test_a_write_that_changes_nothing_is_none(product: Product, user: User) -> None:
    before = last_writes()
    catalogue.update_product(product_id=product.pk, changed_by=user, name="Lamp")
    job = Job.objects.create(kind="import")
    LedgerLine.objects.create(job=job, number=1, unchanged=7, rejected=2, duplicate=1)
    assert last_writes() == before


def test_a_write_under_way_is_noticed_when_it_is_done(product: Product, user: User) -> None:
    other = connection.copy()
    other.set_autocommit(False)
    with other.cursor() as cursor:
        cursor.execute(
            "INSERT INTO products_change (product_id, action, version) VALUES (%s, 'updated', 1)",
            [product.pk],
        )
    catalogue.create_product(sku="B", name="Lamp", changed_by=user)
    before = last_writes()
    other.commit()
    other.close()
    assert last_writes() != before


def test_it_looks_at_no_more_than_the_last_changes_of_people(product: Product) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO products_change (product_id, action, version, job_id)"
            " SELECT 1, 'updated', number, 1 FROM generate_series(1, 20000) number"
        )
        cursor.execute("ANALYZE products_change")
        cursor.execute(
            "EXPLAIN SELECT id FROM products_change WHERE job_id IS NULL ORDER BY id DESC LIMIT 100"
        )
        assert "change_by_person" in "\n".join(line for (line,) in cursor.fetchall())
