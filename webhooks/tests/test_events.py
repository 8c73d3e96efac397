from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import transaction
from pytest_django import DjangoAssertNumQueries

from webhooks.events import NoTransaction, emit
from webhooks.models import Endpoint, Event
from webhooks.tests.conftest import Wakeups

pytestmark = pytest.mark.django_db(transaction=True)


def listen(**fields: object) -> Endpoint:
    return Endpoint.objects.create(url="https://example.com/", **fields)


def test_an_event_is_stored_and_a_worker_woken_after_the_commit(wakeups: Wakeups) -> None:
    listen()
    with transaction.atomic():
        when = datetime(2026, 3, 1, tzinfo=UTC)
        emit("import.completed", {"price": Decimal("1.50"), "when": when})
        assert wakeups == []
    event = Event.objects.get()
    assert event.data == {"price": "1.50", "when": "2026-03-01T00:00:00Z"}
    assert (event.type, event.dispatched_at) == ("import.completed", None)
    assert event.message_id.startswith("msg_")
    assert wakeups == [("webhooks.dispatch", ())]


def test_what_is_rolled_back_was_never_told(wakeups: Wakeups) -> None:
    listen()
    with transaction.atomic():
        emit("import.completed", {})
        transaction.set_rollback(True)
    assert not Event.objects.exists()
    assert wakeups == []


def test_outside_of_a_transaction_it_is_refused() -> None:
    listen()
    with pytest.raises(NoTransaction):
        emit("import.completed", {})


def test_a_type_that_is_not_known_is_refused() -> None:
    with transaction.atomic(), pytest.raises(KeyError):
        emit("import.exploded", {})


@pytest.mark.parametrize(
    "fields", [{"is_active": False}, {"event_types": ["product.created"]}, None]
)
def test_where_nobody_listens_one_query_is_all(
    fields: dict[str, object] | None,
    wakeups: Wakeups,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    if fields:
        listen(**fields)
    with transaction.atomic(), django_assert_num_queries(1):
        emit("import.completed", {})
    assert not Event.objects.exists()
    assert wakeups == []


@pytest.mark.parametrize(
    "types", [[], ["import.completed"], ["product.created", "import.completed"]]
)
def test_an_endpoint_listens_to_what_it_names_or_to_all(types: list[str]) -> None:
    listen(event_types=types)
    with transaction.atomic():
        emit("import.completed", {})
    assert Event.objects.count() == 1
