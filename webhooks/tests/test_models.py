from __future__ import annotations

import base64

import pytest
from django.db import IntegrityError

from webhooks.models import Delivery, Endpoint, Event, generate_secret


def test_a_secret_is_32_random_bytes_in_the_spelling_of_standard_webhooks() -> None:
    first, second = generate_secret(), generate_secret()
    assert first.startswith("whsec_")
    assert len(base64.b64decode(first.removeprefix("whsec_"))) == 32
    assert first != second


@pytest.mark.django_db
def test_an_endpoint_gets_an_event_once() -> None:
    endpoint = Endpoint.objects.create(url="https://example.com/")
    event = Event.objects.create(message_id="msg_1", type="import.completed", data={})
    Delivery.objects.create(endpoint=endpoint, event=event)
    with pytest.raises(IntegrityError):
        Delivery.objects.create(endpoint=endpoint, event=event)
