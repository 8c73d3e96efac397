from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from pytest_django import DjangoCaptureOnCommitCallbacks

from jobs import requests, runner
from jobs.models import Job, Range
from products import bulk, catalogue
from products.bulk import WrongNumber, start_bulk_delete
from products.models import BulkDelete, Change, Product
from products.tests.conftest import MakeProduct
from webhooks.event_types import EVENT_TYPES
from webhooks.models import Endpoint, Event


@pytest.fixture
def wakeups(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The jobs for which a worker was woken."""
    woken: list[int] = []
    monkeypatch.setattr("jobs.wakeups.wake", woken.append)
    return woken


def start(confirm: int | None = None, **filters: str) -> BulkDelete:
    user, _ = User.objects.get_or_create(username="ana")
    return start_bulk_delete(filters=filters, confirm=confirm, requested_by=user)


def rows(table: str) -> list[tuple[Any, ...]]:
    columns = "sku, name, description, price, active, attributes::text, version, created_at,"
    columns += " updated_at, created_in_id, changed_in_id"
    key = "id" if table == "products_product" else "product_id"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {key}, {columns} FROM {table} ORDER BY 1")
        return list(cursor.fetchall())


def test_a_worker_is_woken_once_the_job_is_committed(
    make_product: MakeProduct,
    wakeups: list[int],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    make_product("A")
    with django_capture_on_commit_callbacks(execute=True):
        job = start(sku="a")
        assert not wakeups
    assert wakeups == [job.pk]


def test_a_wrong_number_starts_nothing(make_product: MakeProduct, wakeups: list[int]) -> None:
    make_product("A")
    with pytest.raises(WrongNumber) as caught:
        start(confirm=2)
    assert caught.value.count == 1
    assert not BulkDelete.objects.exists()


# --- Through the runner -------------------------------------------------------------------


def run(job: BulkDelete) -> Job:
    """Bring the job to its end in this process, one range after the other."""
    runner.advance_alone(job.pk)
    return Job.objects.get(pk=job.pk)


@pytest.fixture
def in_ranges_of_three(settings: Any) -> None:
    settings.IMPORT_RANGE_ROWS = 3


@pytest.mark.usefixtures("in_ranges_of_three", "wakeups")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("count", [0, 1, 3, 4, 6, 10])
def test_everything_is_deleted_and_kept_exactly(make_product: MakeProduct, count: int) -> None:
    job = Job.objects.create(kind="import")
    for number in range(count):
        make_product(
            f"{'aB'[number % 2]}{number}",
            price=number or None,
            version=number + 1,
            attributes={"n": str(number)},
            created_in=job,
            changed_in=job,
        )
    before = rows("products_product")
    done = run(start(confirm=count))
    assert (done.status, done.rows_read, done.ledger.get(number=1).removed) == (
        "completed",
        count,
        min(count, 3),
    )
    assert done.ranges.count() == max(1, -(-count // 3))
    assert not Product.objects.exists()
    assert rows("products_change") == before
    assert set(Change.objects.values_list("action", "job", "changed_by")) <= {
        ("deleted", done.pk, None)
    }


@pytest.mark.usefixtures("in_ranges_of_three", "wakeups")
@pytest.mark.django_db(transaction=True)
def test_the_filters_say_what_goes(make_product: MakeProduct) -> None:
    for number in range(8):
        make_product(f"S{number}", active=number % 2 == 0, name="100% lamp")
    done = run(start(active="false", name="% L"))
    assert (done.rows_read, done.ranges.count()) == (4, 2)
    left = Product.objects.in_key_order().values_list("sku", flat=True)
    assert list(left) == ["S0", "S2", "S4", "S6"]
    assert Change.objects.count() == 4


@pytest.mark.usefixtures("in_ranges_of_three", "wakeups")
@pytest.mark.django_db(transaction=True)
def test_a_resumed_delete_counts_what_it_deleted_before(make_product: MakeProduct) -> None:
    for number in range(8):
        make_product(f"S{number}")
    job = start(confirm=8)
    runner.advance(job.pk, spread=lambda *_: None)  # one range alone
    assert requests.cancel(job)
    assert requests.retry(job)
    done = run(job)
    assert (done.status, done.rows_read, done.progress.removed) == ("completed", 8, 8)


@pytest.mark.usefixtures("wakeups")
@pytest.mark.django_db(transaction=True)
def test_what_came_later_is_kept(make_product: MakeProduct) -> None:
    make_product("A")
    job = start()
    make_product("B")
    run(job)
    assert Product.objects.get().sku == "B"


@pytest.mark.usefixtures("wakeups")
@pytest.mark.django_db(transaction=True)
def test_what_does_not_match_any_more_is_kept(make_product: MakeProduct) -> None:
    product = make_product("A", active=False)
    make_product("B", active=False)
    job = start(active="false")
    catalogue.update_product(product_id=product.pk, changed_by=None, active=True)
    run(job)
    assert Product.objects.get() == product


@pytest.mark.parametrize("lock_first", [False, True])
def test_a_range_deletes_its_own_keys_alone(
    make_product: MakeProduct, wakeups: list[int], lock_first: bool
) -> None:
    for sku in "abCd":
        make_product(sku)
    with transaction.atomic():
        counts = bulk.kind.apply_range(start(), Range(low="a", high="c"), lock_first=lock_first)
    assert counts == {"removed": 2}
    assert set(Product.objects.values_list("sku", flat=True)) == {"a", "d"}


@pytest.mark.django_db(transaction=True)
def test_a_worker_does_it(make_product: MakeProduct, worker: object) -> None:
    for number in range(5):
        make_product(f"S{number}")
    job = start(confirm=5)
    wait_until(lambda: Job.objects.get(pk=job.pk).is_ended)
    assert Job.objects.get(pk=job.pk).status == "completed"
    assert not Product.objects.exists()


def wait_until(happened: Callable[[], bool]) -> None:
    for _ in range(200):
        if happened():
            return
        threading.Event().wait(0.1)
    pytest.fail("It did not happen.")


@pytest.mark.django_db(transaction=True)
def test_its_end_is_told_once_with_its_counts(
    make_product: MakeProduct, wakeups: list[int]
) -> None:
    Endpoint.objects.create(url="https://example.com/", event_types=["products.bulk_deleted"])
    for sku in "ABC":
        make_product(sku)
    job = start(confirm=3)
    for _ in range(2):
        runner.advance_alone(job.pk)
    event = Event.objects.get()
    assert event.type == "products.bulk_deleted"
    told = {name: event.data[name] for name in ("id", "status", "removed", "created_by")}
    assert told == {"id": job.pk, "status": "completed", "removed": 3, "created_by": "ana"}
    assert event.data.keys() == EVENT_TYPES["products.bulk_deleted"].example.keys()
