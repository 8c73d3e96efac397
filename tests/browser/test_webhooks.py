"""A webhook, as a person sets it up: added, tested, and told of an import."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from conftest import LiveStack
from tests.browser import pages
from tests.processes import start_webhook_worker, wait_until
from webhooks.models import Delivery, Endpoint
from webhooks.tests.receiver import Receiver, receiving, says

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def receiver(live_stack: LiveStack, stack_env: dict[str, str]) -> Iterator[Receiver]:
    worker = start_webhook_worker(stack_env)
    with receiving(says(200, b"thank you")) as receiver:
        yield receiver
    worker.stop()


def test_add_test_import_and_look_at_the_log(
    ana: Page, live_stack: LiveStack, receiver: Receiver, product_file: Path
) -> None:
    ana.goto(f"{live_stack.url}/webhooks/")
    expect(ana.get_by_role("heading", name="No webhooks yet")).to_be_visible()
    ana.get_by_label("Address").fill(receiver.url)
    ana.get_by_label("import.completed").check()
    ana.get_by_role("button", name="Add webhook").click()

    secret = ana.locator("#secret").inner_text()
    assert secret == Endpoint.objects.get().secret
    page = ana.url
    ana.reload()
    expect(ana.locator("#secret")).to_have_count(0)

    ana.get_by_role("button", name="Send test").click()
    expect(ana.locator("#tested")).to_contain_text("The test was delivered.")
    expect(ana.locator("#tested")).to_contain_text("thank you")
    log = ana.locator("#deliveries details")
    expect(log).to_have_count(1)

    pages.import_file(ana, live_stack.url, product_file)
    pages.wait_for_result(ana)
    wait_until(lambda: Delivery.objects.filter(status="delivered").count() == 2, what="deliveries")
    ana.goto(page)
    expect(log).to_have_count(2)
    expect(log.first).to_contain_text("import.completed")
    log.first.locator("summary").press("Enter")
    expect(log.first).to_contain_text('"filename": "spring.csv"')
    expect(log.first).to_contain_text("thank you")
    types = [message["type"] for message in receiver.verified(secret)]
    assert types == ["webhook.test", "import.completed"]

    log.first.get_by_role("button", name="Redeliver").click()
    wait_until(lambda: len(receiver.messages) == 3, what="the same message again")
    ana.get_by_role("link", name=re.compile("Delete")).click()
    ana.get_by_role("button", name="Delete webhook").click()
    expect(ana.get_by_text("was deleted")).to_be_visible()
