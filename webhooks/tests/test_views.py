from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.template.loader import render_to_string
from django.test import Client
from django.test.utils import CaptureQueriesContext

from webhooks.delivering import send_due
from webhooks.models import Delivery, Endpoint
from webhooks.tests.conftest import Happen
from webhooks.tests.receiver import Receiver, says

pytestmark = pytest.mark.django_db

LIST = "/webhooks/"
PUBLIC = "https://93.184.215.14/hooks"


def page_of(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_without_webhooks_the_page_says_what_they_are_for(client: Client) -> None:
    page = page_of(client, LIST)
    assert "No webhooks yet" in page
    assert "product.created" in page


def test_a_new_webhook_shows_its_secret_once(client: Client) -> None:
    answer = client.post(LIST, {"url": PUBLIC, "event_types": ["import.completed"]})
    endpoint = Endpoint.objects.get()
    path = f"{LIST}{endpoint.pk}/"
    assert (answer.status_code, answer["Location"]) == (302, path)
    assert endpoint.event_types == ["import.completed"]
    assert str(endpoint.created_by) == "ana"
    assert endpoint.secret not in str(dict(client.session))
    first = client.get(path)
    assert endpoint.secret in first.content.decode()
    assert "no-store" in first["Cache-Control"]
    assert endpoint.secret not in page_of(client, path)


def test_a_new_secret_is_shown_once_too(client: Client, endpoint: Endpoint) -> None:
    path = f"{LIST}{endpoint.pk}/"
    old = endpoint.secret
    assert client.post(f"{path}rotate-secret/")["Location"] == path
    endpoint.refresh_from_db()
    page = page_of(client, path)
    assert endpoint.secret in page
    assert old not in page
    assert endpoint.secret not in page_of(client, path)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"url": "http://10.0.0.1/"}, "which is not public"),
        ({"url": "example.com"}, "Give a whole web address"),
        ({"url": ""}, "This field is required"),
        ({"url": PUBLIC, "event_types": ["nonsense"]}, "nonsense is not one of"),
        ({"url": PUBLIC, "description": "x" * 256}, "at most 255"),
    ],
)
@pytest.mark.parametrize("path", [LIST, "edit"])
def test_what_can_t_be_used_is_told_in_place(
    client: Client, endpoint: Endpoint, path: str, fields: dict[str, Any], words: str
) -> None:
    before = Endpoint.objects.values().get()
    answer = client.post(f"{LIST}{endpoint.pk}/edit/" if path == "edit" else path, fields)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert Endpoint.objects.values().get() == before


def test_a_webhook_can_be_edited(client: Client, endpoint: Endpoint) -> None:
    path = f"{LIST}{endpoint.pk}/"
    assert endpoint.url in page_of(client, f"{path}edit/")
    form = {"url": PUBLIC, "event_types": ["import.failed"], "description": "ERP"}
    assert client.post(f"{path}edit/", form)["Location"] == path
    endpoint.refresh_from_db()
    assert (endpoint.url, endpoint.event_types) == (PUBLIC, ["import.failed"])


def test_a_webhook_can_be_switched_off_and_on(client: Client, endpoint: Endpoint) -> None:
    path = f"{LIST}{endpoint.pk}/"
    client.post(f"{path}switch/", {"is_active": "false"})
    assert not Endpoint.objects.get().is_active
    assert "Switch on" in page_of(client, path)
    Endpoint.objects.update(disabled_reason="The receiver answered 410 Gone.")
    assert "The receiver answered 410 Gone." in page_of(client, path)
    client.post(f"{path}switch/", {"is_active": "true"})
    assert Endpoint.objects.get().disabled_reason == ""


def test_deleting_asks_first_and_takes_the_log_along(
    client: Client, happen: Happen, endpoint: Endpoint
) -> None:
    happen()
    send_due(endpoint.pk)
    path = f"{LIST}{endpoint.pk}/delete/"
    assert "Delete this webhook?" in page_of(client, path)
    assert Endpoint.objects.exists()
    assert client.post(path)["Location"] == LIST
    assert not Endpoint.objects.exists()
    assert not Delivery.objects.exists()


def test_a_test_shows_in_place(client: Client, endpoint: Endpoint, receiver: Receiver) -> None:
    receiver.answer = says(500, b"<b>out of order</b>")
    answer = client.post(f"{LIST}{endpoint.pk}/test/", headers={"hx-request": "true"})
    part = answer.content.decode()
    assert "The receiver answered 500." in part
    assert "&lt;b&gt;out of order&lt;/b&gt;" in part
    assert 'hx-swap-oob="true"' in part
    assert "webhook.test" in part
    assert "<html" not in part


@pytest.mark.parametrize(
    ("status", "words"),
    [(204, "The test was delivered. The receiver answered 204"), (500, "not delivered")],
)
def test_a_test_works_as_a_plain_form(
    client: Client, endpoint: Endpoint, receiver: Receiver, status: int, words: str
) -> None:
    receiver.answer = says(status)
    answer = client.post(f"{LIST}{endpoint.pk}/test/", follow=True)
    assert words in answer.content.decode()


def test_the_log_shows_what_was_sent_and_what_came_back(
    client: Client, happen: Happen, endpoint: Endpoint, receiver: Receiver
) -> None:
    receiver.answer = says(500, b"<i>no</i>")
    delivery = happen("import.completed", note="<script>alert(1)</script>")
    for _ in range(2):
        Delivery.objects.update(next_attempt_at=Now())
        send_due(endpoint.pk)
    page = page_of(client, f"{LIST}{endpoint.pk}/")
    assert "2 attempts" in page
    assert delivery.event.message_id in page
    assert "&lt;i&gt;no&lt;/i&gt;" in page
    assert "<script>alert(1)" not in page
    assert "Failing" in page


def test_the_log_has_filters_and_pages(client: Client, happen: Happen, endpoint: Endpoint) -> None:
    for _ in range(25):
        happen("product.created")
    path = f"{LIST}{endpoint.pk}/"
    first: Any = client.get(path)
    assert len(first.context["deliveries"]) == 20
    second: Any = client.get(f"{path}?before={first.context['older']}")
    assert (len(second.context["deliveries"]), second.context["older"]) == (5, None)
    assert "No deliveries match" in page_of(client, f"{path}?type=product.deleted")
    assert "No deliveries match" in page_of(client, f"{path}?status=failed")
    for nonsense in ("status=x", "before=x", "before=99999999999999999999", "type=%00"):
        answer: Any = client.get(f"{path}?{nonsense}")
        assert len(answer.context["deliveries"]) == 20


def test_a_delivery_can_be_sent_again(
    client: Client, happen: Happen, endpoint: Endpoint, receiver: Receiver
) -> None:
    delivery = happen()
    send_due(endpoint.pk)
    answer = client.post(f"{LIST}deliveries/{delivery.pk}/redeliver/", follow=True)
    assert "is being sent again" in answer.content.decode()
    send_due(endpoint.pk)
    assert len(receiver.messages) == 2
    Delivery.objects.update(status="failed")
    answer = client.post(f"{LIST}{endpoint.pk}/redeliver-failed/", {"hours": "24"}, follow=True)
    assert "1 failed deliver" in answer.content.decode()
    endpoint.change(is_active=False)
    for path in (f"deliveries/{delivery.pk}/redeliver/", f"{endpoint.pk}/redeliver-failed/"):
        answer = client.post(LIST + path, {"hours": "24"}, follow=True)
        assert "switched off, so nothing is sent" in answer.content.decode()
    answer = client.post(f"{LIST}{endpoint.pk}/redeliver-failed/", {"hours": "x"}, follow=True)
    assert "Choose the period" in answer.content.decode()


@pytest.mark.parametrize("action", ["switch", "test", "rotate-secret", "redeliver-failed"])
def test_what_changes_something_is_posted(client: Client, endpoint: Endpoint, action: str) -> None:
    assert client.get(f"{LIST}{endpoint.pk}/{action}/").status_code == 405
    assert client.post(f"{LIST}{endpoint.pk + 1}/{action}/").status_code == 404


def test_pages_need_no_more_queries_for_more_rows(
    client: Client, happen: Happen, endpoint: Endpoint
) -> None:
    def queries(path: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            page_of(client, path)
        return len(captured)

    paths = (LIST, f"{LIST}{endpoint.pk}/")
    happen()
    send_due(endpoint.pk)
    few = [queries(path) for path in paths]
    for number in range(10):
        Endpoint.objects.create(url=f"{PUBLIC}/{number}", is_active=False)
        happen()
    send_due(endpoint.pk)
    assert [queries(path) for path in paths] == few


def test_those_that_fail_are_named_for_other_pages(endpoint: Endpoint) -> None:
    template = "webhooks/_failing.html"
    assert render_to_string(template, {"failing": Endpoint.objects.failing()}).strip() == ""
    Endpoint.objects.update(failing_since=Now())
    Endpoint.objects.create(url=PUBLIC, is_active=False, disabled_reason="It was gone.")
    Endpoint.objects.create(url=PUBLIC, is_active=False)
    part = render_to_string(template, {"failing": Endpoint.objects.failing()})
    assert "2 webhooks need attention" in part
    assert endpoint.url in part
    assert "It was gone." in part


@pytest.mark.parametrize("stored", ["webhook.test", "product.renamed"])
def test_what_the_form_does_not_offer_stays_chosen(client: Client, stored: str) -> None:
    """Were the last type to go by itself, the webhook would be told of everything."""
    endpoint = Endpoint.objects.create(url=PUBLIC, event_types=[stored])
    path = f"{LIST}{endpoint.pk}/edit/"
    assert re.search(rf'value="{stored}"[^>]*checked', page_of(client, path))
    client.post(path, {"url": PUBLIC, "event_types": [stored], "description": "ERP"})
    endpoint.refresh_from_db()
    assert (endpoint.event_types, endpoint.description) == ([stored], "ERP")
    client.post(path, {"url": PUBLIC, "event_types": ["import.completed"]})
    endpoint.refresh_from_db()
    assert endpoint.event_types == ["import.completed"]
