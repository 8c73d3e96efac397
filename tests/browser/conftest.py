"""A real Chromium on the real stack, and an eye on everything that a page should not do."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client
from playwright.sync_api import ConsoleMessage, Page, Request, Response, expect

from conftest import LiveStack
from products.models import Product
from tests.browser.pages import SOON

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
NO_CHROMIUM = (
    "no Chromium found: install one (Debian: apt-get install chromium) "
    "or name it in CHROMIUM=/path/to/chrome"
)
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking"),
    *("--disable-component-update", "--no-first-run"),
)


@pytest.fixture(scope="session", autouse=True)
def _django_beside_playwright() -> Iterator[None]:
    """Playwright keeps an event loop in this thread, which Django takes for asynchronous code."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    yield
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="session", autouse=True)
def _patient_expectations() -> None:
    """A page has as long as its tests may wait anywhere; playwright's own limit is 5 seconds."""
    expect.set_options(timeout=SOON)


@pytest.fixture(scope="session")
def base_url() -> None:
    """Tests name the whole address; the plugin's own fixture warns of a future pytest."""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The Chromium of the system, started without its housekeeping."""
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if not path:
        pytest.skip(NO_CHROMIUM)
    return browser_type_launch_args | {"executable_path": path, "args": list(FLAGS)}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return browser_context_args | {
        "viewport": {"width": 1280, "height": 800},
        "color_scheme": "light",
        "locale": "en-GB",
        "timezone_id": "UTC",
    }


class Complaints:
    """What a page did that it should not have: errors, failed and foreign requests."""

    def __init__(self, page: Page, host: str) -> None:
        self.page = page
        self.heard: list[str] = []
        self._host = host
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.heard.append(f"error: {error}"))
        page.on("request", self._request)
        page.on("requestfailed", self._failed)
        page.on("response", self._response)

    def forgive(self, part: str) -> None:
        """Expect complaints that hold this text, and at least one of them."""
        others = [complaint for complaint in self.heard if part not in complaint]
        assert len(others) < len(self.heard), f"no {part!r} among {self.heard}"
        self.heard = others

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.heard.append(f"console: {message.text}")

    def _request(self, request: Request) -> None:
        if urlsplit(request.url).netloc not in (self._host, ""):
            self.heard.append(f"foreign: {request.url}")

    def _failed(self, request: Request) -> None:
        # A poll under way when the page is left, and a download, count as aborted.
        if "ERR_ABORTED" not in (request.failure or ""):
            self.heard.append(f"failed: {request.url} {request.failure}")

    def _response(self, response: Response) -> None:
        if response.status >= 400:
            self.heard.append(f"status: {response.status} {response.url}")


@pytest.fixture
def complaints(page: Page, live_stack: LiveStack) -> Iterator[Complaints]:
    complaints = Complaints(page, urlsplit(live_stack.url).netloc)
    yield complaints
    assert complaints.heard == []


@pytest.fixture
def visitor(complaints: Complaints) -> Page:
    """A browser that nobody has logged in with."""
    return complaints.page


@pytest.fixture
def ana(visitor: Page, live_stack: LiveStack, user: User) -> Page:
    """The browser of Ana, who is logged in."""
    session = Client()
    session.force_login(user)
    name = settings.SESSION_COOKIE_NAME
    value: str = session.cookies[name].value
    visitor.context.add_cookies([{"name": name, "value": value, "url": live_stack.url}])
    return visitor


@pytest.fixture
def product_file(tmp_path: Path) -> Path:
    """1,000 good rows, two that repeat a SKU, and two that need fixing."""
    lines = ["sku,name,price"]
    lines += [f"LMP-{number:04},Desk lamp {number},{number}.50" for number in range(1000)]
    lines += ["lmp-0001,Desk lamp one,1.50", "LMP-0002,Desk lamp two,2.50"]
    lines += ["BAD-1,Desk lamp,twelve", ",Lamp without a SKU,1.00"]
    path = tmp_path / "spring.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


@contextmanager
def writing_waits() -> Iterator[None]:
    """While this holds, an import of the product file waits for us to say what LMP-0500 is."""
    with transaction.atomic():
        Product.objects.create(sku="LMP-0500", name="Taken back in a moment")
        yield
        transaction.set_rollback(True)
