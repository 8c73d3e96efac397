"""The pages that delete many products at once."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from jobs import runner
from jobs.labels import labels_of
from products.models import BulkDelete, Product
from products.tests.conftest import MakeProduct

DELETE = "/products/delete/"


@pytest.fixture(autouse=True)
def _unsent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing goes to a broker: tests run the job themselves."""
    monkeypatch.setattr("jobs.wakeups._send", lambda *args, **kwargs: None)


def words(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def test_all_products_once_their_number_is_typed(client: Client, make_product: MakeProduct) -> None:
    make_product("A")
    make_product("B")
    assert "This deletes <strong>2 products</strong>" in words(client.get(DELETE))
    answer = client.post(DELETE, {"confirm": " 2 "})
    job = BulkDelete.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/products/deletions/{job.pk}/")
    assert job.filters == {}
    assert "Deleting products" in words(client.get(answer["Location"]))


def test_those_that_match_the_filters_of_the_address(
    client: Client, make_product: MakeProduct
) -> None:
    make_product("A", name="Lamp")
    make_product("B", name="Rug")
    asked = f"{DELETE}?name=lamp&sku=&ordering=price"
    page = words(client.get(asked))
    assert "This deletes <strong>1 product</strong>" in page
    assert "name contains <strong>lamp</strong>" in page
    client.post(asked, {"confirm": "1"})
    assert BulkDelete.objects.get().filters == {"name": "lamp"}


@pytest.mark.parametrize(("typed", "status"), [("3", 409), ("", 422), ("two", 422), ("-1", 422)])
def test_another_number_deletes_nothing(
    client: Client, make_product: MakeProduct, typed: str, status: int
) -> None:
    make_product("A")
    make_product("B")
    answer = client.post(DELETE, {"confirm": typed})
    assert answer.status_code == status
    assert "Delete 2 products" in words(answer)
    assert ("The number is now 2, so nothing was deleted." in words(answer)) == (status == 409)
    assert not BulkDelete.objects.exists()


def test_a_number_may_be_typed_as_it_is_shown(client: Client, make_product: MakeProduct) -> None:
    make_product("A")
    answer = client.post(DELETE, {"confirm": "1,234"})
    assert answer.status_code == 409, "a number, but not the right one"


def test_filters_that_make_no_sense_lead_back_to_the_list(client: Client) -> None:
    answer = client.get(f"{DELETE}?price_min=cheap")
    assert (answer.status_code, answer["Location"]) == (302, "/products/?price_min=cheap")


def test_the_dialog_leads_the_whole_window_to_the_job(
    client: Client, make_product: MakeProduct
) -> None:
    make_product("A")
    answer = client.post(DELETE, {"confirm": "1"}, headers={"HX-Request": "true"})
    assert answer["HX-Redirect"] == f"/products/deletions/{BulkDelete.objects.get().pk}/"


@pytest.mark.django_db(transaction=True)
def test_progress_until_the_end(client: Client, make_product: MakeProduct) -> None:
    make_product("A", name="Lamp")
    make_product("B", name="Rug")
    client.post(f"{DELETE}?name=lamp", {"confirm": "1"})
    job = BulkDelete.objects.get()
    page = f"/products/deletions/{job.pk}/"
    first = client.get(f"{page}progress/")
    assert b'data-poll-ms="300"' in first.content
    again = client.get(f"{page}progress/", headers={"if-none-match": first["ETag"]})
    assert again.status_code == 304

    runner.advance(job.pk)
    done = words(client.get(page))
    assert "1 product deleted" in done
    assert "100 %" in done
    assert b"data-poll-ms" not in client.get(f"{page}progress/").content
    assert list(Product.objects.values_list("sku", flat=True)) == ["B"]
    assert labels_of([job.pk])[job.pk].url == page


@pytest.mark.django_db(transaction=True)
def test_it_can_be_stopped_and_continued(client: Client, make_product: MakeProduct) -> None:
    make_product("A")
    client.post(DELETE, {"confirm": "1"})
    job = BulkDelete.objects.get()
    page = f"/products/deletions/{job.pk}/"
    assert client.post(f"{page}cancel/").status_code == 302
    runner.advance(job.pk)
    assert "Stopped on request." in words(client.get(page))
    assert Product.objects.exists()
    assert "already" in words(client.post(f"{page}cancel/", follow=True))

    client.post(f"{page}retry/")
    runner.advance(job.pk)
    assert not Product.objects.exists()
    assert "can&#x27;t be continued" in words(client.post(f"{page}retry/", follow=True))
