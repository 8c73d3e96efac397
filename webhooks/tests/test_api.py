from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from webhooks.delivering import send_due
from webhooks.event_types import EVENT_TYPES
from webhooks.models import Delivery, Endpoint
from webhooks.tests.conftest import Happen, Wakeups
from webhooks.tests.receiver import Receiver, says

pytestmark = pytest.mark.django_db

URL = "/api/webhooks/"
# Public, and nothing is sent there.
PUBLIC = "https://93.184.215.14/hooks"


def create(api: APIClient, **fields: Any) -> Any:
    return api.post(URL, {"url": PUBLIC} | fields)


def test_the_secret_is_shown_when_it_is_made_and_never_again(api: APIClient, user: User) -> None:
    answer = create(api, event_types=["import.completed"], description="ERP")
    assert answer.status_code == 201, answer.json()
    body = answer.json()
    endpoint = Endpoint.objects.get()
    assert body.pop("secret") == endpoint.secret
    assert (body["url"], body["event_types"]) == (PUBLIC, ["import.completed"])
    assert (body["is_active"], body["disabled_reason"], body["created_by"]) == (True, "", "ana")
    assert api.get(f"{URL}{endpoint.pk}/").json() == body
    assert api.get(URL).json()["results"] == [body]
    assert "secret" not in api.patch(f"{URL}{endpoint.pk}/", {"description": "x"}).json()


def test_a_new_secret_replaces_the_old_one_after_a_while(api: APIClient) -> None:
    first = create(api).json()
    answer = api.post(f"{URL}{first['id']}/rotate-secret/")
    body = answer.json()
    endpoint = Endpoint.objects.get()
    assert body["secret"] == endpoint.secret != first["secret"]
    assert endpoint.secrets == [body["secret"], first["secret"]]
    assert body["previous_secret_until"]


def test_a_webhook_can_be_changed_and_deleted(api: APIClient) -> None:
    url = f"{URL}{create(api).json()['id']}/"
    body = api.patch(url, {"event_types": ["product.created"], "is_active": False}).json()
    assert (body["event_types"], body["is_active"]) == (["product.created"], False)
    body = api.put(url, {"url": PUBLIC + "/2"}).json()
    assert body["url"] == PUBLIC + "/2"
    assert api.delete(url).status_code == 204
    assert not Endpoint.objects.exists()


def test_switching_on_again_takes_the_reason_away(api: APIClient) -> None:
    pk = create(api).json()["id"]
    Endpoint.objects.update(is_active=False, disabled_reason="It said so.", failing_since=Now())
    body = api.patch(f"{URL}{pk}/", {"is_active": True}).json()
    assert (body["is_active"], body["disabled_reason"], body["failing_since"]) == (True, "", None)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"url": ""}, "url"),
        ({"url": None}, "url"),
        ({"url": 5}, "url"),
        ({"url": "example.com"}, "url"),
        ({"url": "ftp://example.com"}, "url"),
        ({"url": "http://169.254.169.254/latest/meta-data/"}, "url"),
        ({"url": "http://10.0.0.1/"}, "url"),
        ({"url": "http://[::ffff:7f00:1]/"}, "url"),
        ({"url": "http://localhost/"}, "url"),
        ({"url": "https://example.com/\0"}, "url"),
        ({"url": "https://example.com/" + "x" * 2000}, "url"),
        ({"event_types": "import.completed"}, "event_types"),
        ({"event_types": ["import.exploded"]}, "event_types.0"),
        ({"event_types": [None]}, "event_types.0"),
        ({"event_types": [{}]}, "event_types.0"),
        ({"is_active": "perhaps"}, "is_active"),
        ({"description": "x" * 256}, "description"),
        ({"description": "a\0b"}, "description"),
    ],
)
def test_bad_input_is_named_and_nothing_is_written(
    api: APIClient, fields: dict[str, Any], field: str
) -> None:
    answer = create(api, **fields)
    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid"
    assert list(answer.json()["errors"]) == [field]
    assert not Endpoint.objects.exists()


@pytest.mark.parametrize("body", [[], "text", 5, None])
def test_what_is_no_object_is_refused(api: APIClient, body: Any) -> None:
    assert api.post(URL, body).status_code == 400


def test_a_refused_address_says_why(api: APIClient) -> None:
    errors = create(api, url="http://10.0.0.1/").json()["errors"]
    assert errors["url"] == [
        "This address leads to 10.0.0.1, which is not public, so nothing can be sent there."
    ]


def test_types_named_twice_count_once(api: APIClient) -> None:
    body = create(api, event_types=["import.failed", "import.failed"]).json()
    assert body["event_types"] == ["import.failed"]


def test_a_test_answers_what_came_of_it(
    api: APIClient, endpoint: Endpoint, receiver: Receiver
) -> None:
    receiver.answer = says(200, b"thank you")
    body = api.post(f"{URL}{endpoint.pk}/test/").json()
    assert body.pop("duration_ms") >= 0
    assert body == {"ok": True, "status_code": 200, "response_body": "thank you", "error": ""}
    receiver.answer = says(500)
    body = api.post(f"{URL}{endpoint.pk}/test/").json()
    assert (body["ok"], body["error"]) == (False, "The receiver answered 500.")
    log = api.get(f"{URL}{endpoint.pk}/deliveries/").json()["results"]
    assert [(row["type"], row["status"]) for row in log] == [
        ("webhook.test", "failed"),
        ("webhook.test", "delivered"),
    ]


def test_the_log_has_every_attempt(
    api: APIClient, happen: Happen, receiver: Receiver, endpoint: Endpoint
) -> None:
    receiver.answer = says(500, b"no")
    delivery = happen("import.completed", id=7)
    for _ in range(2):
        Delivery.objects.update(next_attempt_at=Now())
        send_due(endpoint.pk)
    (row,) = api.get(f"{URL}{endpoint.pk}/deliveries/").json()["results"]
    assert (row["type"], row["data"], row["status"]) == ("import.completed", {"id": 7}, "pending")
    assert row["event_id"] == delivery.event.message_id
    assert [(a["number"], a["status_code"], a["response_body"]) for a in row["attempts"]] == [
        (1, 500, "no"),
        (2, 500, "no"),
    ]
    assert row["attempts"][0]["request_headers"]["webhook-id"] == row["event_id"]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 3),
        ("status=delivered", 2),
        ("status=failed", 0),
        ("type=product.created", 1),
        ("type=product.created&status=pending", 0),
    ],
)
def test_the_log_can_be_filtered(
    api: APIClient, happen: Happen, endpoint: Endpoint, query: str, count: int
) -> None:
    happen("product.created")
    happen("import.completed")
    send_due(endpoint.pk)
    happen("import.completed")
    answer = api.get(f"{URL}{endpoint.pk}/deliveries/?{query}")
    assert len(answer.json()["results"]) == count


@pytest.mark.parametrize("query", ["status=lost", "type=import.exploded", "cursor=x"])
def test_a_filter_that_makes_no_sense_is_told(
    api: APIClient, endpoint: Endpoint, query: str
) -> None:
    answer = api.get(f"{URL}{endpoint.pk}/deliveries/?{query}")
    assert answer.status_code in {400, 404}
    assert answer.json().keys() == {"code", "detail", "errors"}


def test_the_log_has_pages(api: APIClient, happen: Happen, endpoint: Endpoint) -> None:
    for _ in range(5):
        happen()
    first = api.get(f"{URL}{endpoint.pk}/deliveries/?limit=3").json()
    second = api.get(first["next"]).json()
    ids = [row["id"] for row in first["results"] + second["results"]]
    assert ids == sorted(ids, reverse=True)
    assert (len(ids), second["next"]) == (5, None)


def test_lists_need_no_more_queries_for_more_rows(
    api: APIClient, happen: Happen, endpoint: Endpoint
) -> None:
    def queries(url: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert api.get(url).status_code == 200
        return len(captured)

    urls = (URL, f"{URL}{endpoint.pk}/deliveries/")
    happen()
    send_due(endpoint.pk)
    few = [queries(url) for url in urls]
    for number in range(10):
        Endpoint.objects.create(url=f"{PUBLIC}/{number}", is_active=False)
        happen()
    send_due(endpoint.pk)
    assert [queries(url) for url in urls] == few


@pytest.mark.django_db(transaction=True)
def test_a_delivery_is_sent_again(
    api: APIClient, happen: Happen, receiver: Receiver, endpoint: Endpoint, wakeups: Wakeups
) -> None:
    delivery = happen()
    send_due(endpoint.pk)
    wakeups.clear()
    answer = api.post(f"/api/deliveries/{delivery.pk}/redeliver/")
    assert (answer.status_code, answer.json()["status"]) == (202, "pending")
    assert wakeups == [("webhooks.send_due", (endpoint.pk,))]
    send_due(endpoint.pk)
    assert len(receiver.messages) == 2


def test_what_failed_is_sent_again(
    api: APIClient, happen: Happen, receiver: Receiver, endpoint: Endpoint
) -> None:
    happen()
    Delivery.objects.update(status="failed", next_attempt_at=None)
    url = f"{URL}{endpoint.pk}/redeliver-failed/"
    assert api.post(url, {"since": "yesterday"}).status_code == 400
    assert api.post(url, {}).json()["errors"].keys() == {"since"}
    assert api.post(url, {"since": "2099-01-01T00:00:00Z"}).json() == {"count": 0}
    answer = api.post(url, {"since": "2020-01-01T00:00:00Z"})
    assert (answer.status_code, answer.json()) == (202, {"count": 1})


def test_nothing_is_sent_again_to_what_is_switched_off(
    api: APIClient, happen: Happen, endpoint: Endpoint
) -> None:
    delivery = happen()
    endpoint.change(is_active=False)
    for url, body in (
        (f"/api/deliveries/{delivery.pk}/redeliver/", {}),
        (f"{URL}{endpoint.pk}/redeliver-failed/", {"since": "2020-01-01T00:00:00Z"}),
    ):
        answer = api.post(url, body)
        assert (answer.status_code, answer.json()["code"]) == (409, "not_active")


@pytest.mark.parametrize("pk", ["1", "99999999999999999999"])
def test_what_is_not_there_is_404(api: APIClient, pk: str) -> None:
    for method, path in (
        ("get", f"{URL}{pk}/"),
        ("get", f"{URL}{pk}/deliveries/"),
        ("post", f"{URL}{pk}/test/"),
        ("post", f"{URL}{pk}/rotate-secret/"),
        ("post", f"{URL}{pk}/redeliver-failed/"),
        ("post", f"/api/deliveries/{pk}/redeliver/"),
    ):
        answer = getattr(api, method)(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), path


def test_the_types_of_events_are_told_with_examples(api: APIClient) -> None:
    types = api.get("/api/event-types/").json()
    assert [type_["name"] for type_ in types] == list(EVENT_TYPES)
    assert all(type_["description"] and type_["example"] for type_ in types)


def test_a_type_that_is_no_longer_sent_may_stay_and_not_come_back(api: APIClient) -> None:
    Endpoint.objects.create(url=PUBLIC, event_types=["product.renamed", "import.failed"])
    body = api.get(URL).json()["results"][0]
    assert body["event_types"] == ["product.renamed", "import.failed"]
    url = f"{URL}{body['id']}/"
    answer = api.put(url, {"url": PUBLIC, "event_types": body["event_types"]})
    assert (answer.status_code, answer.json()["event_types"]) == (200, body["event_types"])
    assert api.patch(url, {"event_types": ["import.failed"]}).status_code == 200
    assert api.patch(url, {"event_types": ["product.renamed"]}).status_code == 400
    assert create(api, event_types=["product.renamed"]).status_code == 400
