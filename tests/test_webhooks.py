"""From a file, or an edit, to whoever listens: HTTP, broker, workers, and a real receiver."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from rest_framework.authtoken.models import Token

from conftest import LiveStack
from tests.client import Client
from tests.processes import start_webhook_worker, wait_until
from webhooks.models import Delivery, Endpoint
from webhooks.tests.receiver import Receiver, receiving


@pytest.fixture
def site(live_stack: LiveStack, user: User, stack_env: dict[str, str]) -> Iterator[Client]:
    worker = start_webhook_worker(stack_env)
    yield Client(live_stack.url, Token.objects.create(user=user))
    worker.stop()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def test_an_import_is_reported_exactly_once(
    site: Client, tmp_path: Path, receiver: Receiver
) -> None:
    endpoint = Endpoint.objects.create(url=receiver.url)
    file = tmp_path / "products.csv"
    file.write_text("sku,name\n" + "".join(f"S{n},Lamp\n" for n in range(2_000)))
    body = site.wait(site.start(file))
    wait_until(lambda: receiver.messages, what="the message")
    wait_until(lambda: Delivery.objects.filter(status="delivered").count() == 1, what="its end")
    (message,) = receiver.verified(endpoint.secret)
    assert message["type"] == "import.completed"
    counts = ("id", "rows_read", "created", "unchanged", "rejected", "status", "filename")
    assert {n: message["data"][n] for n in counts} == {n: body[n] for n in counts}
    assert body["created"] == 2_000


def test_an_edit_is_reported_with_the_product(site: Client, receiver: Receiver) -> None:
    endpoint = Endpoint.objects.create(url=receiver.url, event_types=["product.created"])
    product = site.post("/api/products/", {"sku": "A", "name": "Lamp", "price": "1.5"})
    site.patch(f"/api/products/{product['id']}/", {"name": "Desk lamp"})
    wait_until(lambda: receiver.messages, what="the message")
    (message,) = receiver.verified(endpoint.secret)
    assert (message["type"], message["data"]) == ("product.created", product)
