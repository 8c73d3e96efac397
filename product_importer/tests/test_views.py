from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from imports.models import Import
from products.models import Product
from webhooks.models import Endpoint


def make_import(**fields: Any) -> Import:
    return Import.objects.create(kind=Import.KIND, size_bytes=1, **fields)


def test_an_empty_system_has_an_overview(client: Client) -> None:
    response = client.get("/")
    assert response.status_code == 200
    assert response.context["product_count"] == 0


def test_the_overview_shows_what_runs_and_what_ran(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    Product.objects.create(sku="A", name="Lamp")
    running = make_import(filename="running.csv")
    ended = make_import(filename="ended.csv")
    waiting = make_import(filename="waiting.csv", status="review")
    ended.move(to=Import.Status.CANCELLED, come_from=Import.ACTIVE)
    with django_assert_max_num_queries(10):
        response = client.get("/")
    assert response.context["product_count"] == 1
    assert list(response.context["running"]) == [running]
    assert list(response.context["recent"]) == [ended]
    assert waiting not in response.context["running"]
    assert "Waiting for your review" in response.content.decode()
    assert "Your catalogue is empty" not in response.content.decode()


def test_the_overview_names_the_webhooks_that_fail(client: Client) -> None:
    Endpoint.objects.create(url="https://sound.example/")
    Endpoint.objects.create(url="https://broken.example/", failing_since=timezone.now())
    Endpoint.objects.create(url="https://gone.example/", disabled_reason="It answered 410.")
    page = client.get("/").content.decode()
    assert "2 webhooks need attention" in page
    assert "https://broken.example/" in page
    assert "It answered 410." in page
    assert "sound.example" not in page


def test_an_empty_catalogue_offers_a_sample_whatever_was_tried_before(client: Client) -> None:
    make_import(filename="refused.csv", status="failed", finished_at=timezone.now())
    page = client.get("/").content.decode()
    assert "Download a sample file" in page
    assert "refused.csv" in page


def test_the_api_is_described_from_files_of_our_own(client: Client) -> None:
    page = client.get("/api/docs/").content.decode()
    assert 'data-schema-url="/api/schema/"' in page
    assert "https://" not in page


@pytest.mark.parametrize(
    ("path", "target"),
    [("/upload/", "/imports/"), ("/imports", "/imports/")],
)
def test_other_ways_lead_to_the_imports(client: Client, path: str, target: str) -> None:
    assert client.get(path)["Location"] == target
