"""What the API and the documents promise is there: nothing is announced before it is built."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.db.models.functions import Now
from rest_framework.test import APIClient

from imports.intake.submitting import create
from imports.models import Import, Profile
from jobs import requests, runner
from jobs.models import Job
from products import catalogue
from products.bulk import start_bulk_delete
from products.models import Product
from webhooks.dispatching import dispatch
from webhooks.event_types import EVENT_TYPES
from webhooks.models import Attempt, Delivery, Endpoint, Event
from webhooks.redelivering import send_test

pytestmark = pytest.mark.django_db(transaction=True)

DOCUMENT = Path(__file__).parents[1] / "docs" / "webhooks.md"
FILE = b"sku,name,price\nA,Lamp,1\nB,Desk,x\n"


@pytest.fixture(autouse=True)
def _nobody_is_woken(monkeypatch: pytest.MonkeyPatch) -> None:
    for wakeups in ("jobs.wakeups", "webhooks.wakeups"):
        monkeypatch.setattr(f"{wakeups}._send", lambda *_, **__: None)


@pytest.fixture
def endpoint(user: User) -> Endpoint:
    """Listens to everything, at a port where nobody answers."""
    return Endpoint.objects.create(url="http://127.0.0.1:9/", created_by=user)


def import_of(user: User, **options: Any) -> Import:
    return create(file=ContentFile(FILE), filename="a.csv", created_by=user, **options)


def do_everything(user: User, endpoint: Endpoint) -> None:
    """Cause every event that there is, each once."""
    profile = Profile.objects.create(name="supplier", created_by=user)
    runner.advance_alone(import_of(user).pk)
    runner.advance_alone(import_of(user, profile=profile).pk)
    runner.advance_alone(import_of(user, on_error="abort").pk)
    requests.cancel(import_of(user))
    product = catalogue.create_product(changed_by=user, sku="S", name="Sofa")
    catalogue.update_product(product_id=product.pk, changed_by=user, name="Bed")
    catalogue.delete_product(product_id=product.pk, changed_by=user)
    runner.advance_alone(
        start_bulk_delete(filters={"sku": "A"}, confirm=None, requested_by=user).pk
    )
    send_test(endpoint)


def test_every_type_of_event_is_sent_by_something(user: User, endpoint: Endpoint) -> None:
    do_everything(user, endpoint)
    assert set(Event.objects.values_list("type", flat=True)) == set(EVENT_TYPES)


def test_the_document_for_receivers_names_every_type_of_event_and_no_other() -> None:
    rows = re.findall(r"^\| (`[a-z].*?) \|", DOCUMENT.read_text(), re.MULTILINE)
    assert set(re.findall(r"`([a-z]+\.[a-z_]+)`", " ".join(rows))) == set(EVENT_TYPES)


@pytest.mark.parametrize(
    "collection", ["imports", "jobs", "products", "webhooks", "import-profiles"]
)
def test_no_field_of_the_api_is_always_null(
    user: User, endpoint: Endpoint, api: APIClient, collection: str
) -> None:
    do_everything(user, endpoint)
    runner.advance_alone(import_of(user).pk)
    in_the_middle_of_everything()
    objects = api.get(f"/api/{collection}/").json()["results"]
    assert set(objects[0]) - set(names_with_a_value(objects)) == set()


def test_no_field_of_a_delivery_is_always_null(
    user: User, endpoint: Endpoint, api: APIClient
) -> None:
    send_test(endpoint)
    dispatch()
    Delivery.objects.update(next_attempt_at=Now())
    Attempt.objects.update(status_code=200)
    objects = api.get(f"/api/webhooks/{endpoint.pk}/deliveries/").json()["results"]
    assert set(objects[0]) - set(names_with_a_value(objects)) == set()
    attempts = [attempt for delivery in objects for attempt in delivery["attempts"]]
    assert set(attempts[0]) - set(names_with_a_value(attempts)) == set()


def in_the_middle_of_everything() -> None:
    """A job that moves, a webhook that fails, a product of a job: what is null at other times."""
    hour_ago = Now() - timedelta(hours=1)
    ended = {"finished_at": None, "status": "applying", "stage": "applying", "percent": 50}
    Job.objects.filter(pk__in=Job.objects.order_by("-pk")[:1]).update(
        **ended, stage_started_at=hour_ago
    )
    Endpoint.objects.update(failing_since=hour_ago, previous_secret_until=Now())
    Product.objects.update(price=1)


def names_with_a_value(objects: list[dict[str, Any]]) -> Iterator[str]:
    for object_ in objects:
        yield from (name for name, value in object_.items() if value is not None)
