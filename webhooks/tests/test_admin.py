from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from webhooks.delivering import send_due
from webhooks.models import Attempt, Delivery, Endpoint
from webhooks.tests.conftest import Happen

MODELS = ("endpoint", "event", "delivery", "attempt")


@pytest.fixture
def operator(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create(username="root", is_staff=True, is_superuser=True))
    return client


def test_everything_can_be_looked_at_and_no_secret_is_shown(
    operator: Client, happen: Happen, endpoint: Endpoint
) -> None:
    endpoint.rotate_secret()
    delivery = happen()
    send_due(endpoint.pk)
    keys = (endpoint.pk, delivery.event_id, delivery.pk, Attempt.objects.get().pk)
    for model, pk in zip(MODELS, keys, strict=True):
        for path in ("", f"{pk}/change/"):
            answer = operator.get(f"/admin/webhooks/{model}/{path}")
            assert answer.status_code == 200, (model, path)
            assert "whsec_" not in answer.content.decode()
        assert operator.get(f"/admin/webhooks/{model}/add/").status_code == 403
        assert operator.post(f"/admin/webhooks/{model}/{pk}/delete/").status_code == 403


@pytest.mark.parametrize("model", MODELS)
def test_a_list_counts_no_whole_table_and_needs_no_query_a_row(
    operator: Client, happen: Happen, endpoint: Endpoint, model: str
) -> None:
    def queries() -> list[str]:
        with CaptureQueriesContext(connection) as captured:
            assert operator.get(f"/admin/webhooks/{model}/").status_code == 200
        return [query["sql"] for query in captured.captured_queries]

    happen()
    send_due(endpoint.pk)
    few = queries()
    for _ in range(5):
        happen()
    send_due(endpoint.pk)
    assert len(queries()) == len(few)
    counts = [sql for sql in few if "COUNT(" in sql]
    assert counts
    assert all("LIMIT" in sql for sql in counts)


def test_a_delivery_is_found_by_the_id_that_receivers_see(
    operator: Client, happen: Happen, endpoint: Endpoint
) -> None:
    found, other = happen(), happen()
    answer = operator.get("/admin/webhooks/delivery/", {"q": found.event.message_id})
    page = answer.content.decode()
    assert found.event.message_id in page
    assert other.event.message_id not in page
    assert Delivery.objects.count() == 2
