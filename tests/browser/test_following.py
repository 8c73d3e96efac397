"""How an open page follows its job: by the event stream, and by polling where there is none."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, Request, Route, expect
from rest_framework.authtoken.models import Token

from conftest import LiveStack
from tests.browser import pages
from tests.browser.conftest import Complaints, writing_waits
from tests.client import PLACES, Client, Stream
from tests.processes import Process, start_server

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

_SHOW = """(isShown) => {
  Object.defineProperty(document, "hidden", { get: () => !isShown, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


class Traffic:
    """What a page asks for and is told about its job."""

    def __init__(self, page: Page) -> None:
        self.looks = 0
        self.streams = 0
        self.events = 0
        self._page = page
        page.on("request", self._request)
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.eventSourceMessageReceived", self._event)

    def forget(self) -> None:
        self.looks = self.streams = self.events = 0

    def wait_for(self, *, looks: int = 0, streams: int = 0, events: int = 0) -> None:
        """Until there were that many since the last `forget`."""
        for _ in range(pages.SOON // 50):
            if self.looks >= looks and self.streams >= streams and self.events >= events:
                return
            self._page.wait_for_timeout(50)
        pytest.fail(
            f"{self.looks} looks of {looks}, {self.streams} streams of {streams},"
            f" {self.events} events of {events}"
        )

    def _request(self, request: Request) -> None:
        path = urlsplit(request.url).path
        self.looks += path.endswith("/progress/")
        self.streams += path.endswith("/events/")

    def _event(self, _: object) -> None:
        self.events += 1


@pytest.fixture
def traffic(ana: Page) -> Traffic:
    return Traffic(ana)


@pytest.fixture
def token(user: User) -> str:
    return str(Token.objects.create(user=user).key)


@pytest.fixture
def port() -> int:
    """A port for a server beside the one of all tests."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(env: dict[str, str], port: int) -> Iterator[str]:
    """A server on that port, killed at the end."""
    server = start_server(env, port)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.kill()
        server.stop()


@contextmanager
def all_streams_taken(live_stack: LiveStack, token: str, job_id: str) -> Iterator[None]:
    with ExitStack() as opened:
        for _ in range(PLACES):
            url = f"{live_stack.url}/api/jobs/{job_id}/events/"
            stream = opened.enter_context(Stream(url, token))
            assert stream.answer.status_code == 200
        yield


def leave_unanswered(route: Route) -> None:
    pass


def wait_for_writing(page: Page) -> None:
    expect(page.locator(".steps .now")).to_have_text("Writing to the catalogue", timeout=pages.SOON)


def test_a_page_looks_when_the_stream_says_so(
    ana: Page, live_stack: LiveStack, product_file: Path, traffic: Traffic
) -> None:
    with writing_waits():
        pages.import_file(ana, live_stack.url, product_file)
        wait_for_writing(ana)
        traffic.wait_for(streams=1)
        traffic.forget()
        # Something is told every two seconds.
        traffic.wait_for(looks=1, events=2)
        assert 1 <= traffic.looks <= traffic.events, "it polls beside the stream"
        assert traffic.streams == 0, "one stream is enough"
    pages.wait_for_result(ana)
    ana.wait_for_timeout(500)
    traffic.forget()
    ana.wait_for_timeout(1_500)
    assert (traffic.looks, traffic.streams) == (0, 0), "it goes on after the end"


def test_a_page_polls_while_all_streams_are_taken(
    ana: Page, live_stack: LiveStack, product_file: Path, traffic: Traffic, token: str
) -> None:
    ana.clock.install()
    site = Client(live_stack.url, Token.objects.get(key=token))
    with writing_waits():
        job_id = str(site.start(product_file))
        with all_streams_taken(live_stack, token, job_id):
            ana.goto(f"{live_stack.url}/imports/{job_id}/")
            wait_for_writing(ana)
            traffic.wait_for(looks=5, streams=1)
            assert (traffic.streams, traffic.events) == (1, 0), "it does not insist"
        ana.clock.fast_forward(70_000)
        traffic.wait_for(streams=2)
    pages.wait_for_result(ana)


def test_a_page_does_not_wait_for_a_stream_that_says_nothing(
    ana: Page, live_stack: LiveStack, product_file: Path, traffic: Traffic
) -> None:
    ana.route("**/events/**", leave_unanswered)
    ana.clock.install()
    with writing_waits():
        pages.import_file(ana, live_stack.url, product_file)
        traffic.wait_for(streams=1)
        ana.clock.fast_forward(10_000)
        traffic.wait_for(looks=3)
    pages.wait_for_result(ana)


def test_a_page_polls_without_streams_in_the_browser(
    ana: Page, live_stack: LiveStack, product_file: Path, traffic: Traffic
) -> None:
    ana.add_init_script("delete window.EventSource")
    with writing_waits():
        pages.import_file(ana, live_stack.url, product_file)
        wait_for_writing(ana)
        traffic.wait_for(looks=3)
    pages.wait_for_result(ana)
    assert traffic.streams == 0


def test_a_hidden_page_lets_go_of_its_stream(
    ana: Page, live_stack: LiveStack, product_file: Path, traffic: Traffic, token: str
) -> None:
    with writing_waits():
        pages.import_file(ana, live_stack.url, product_file)
        traffic.wait_for(streams=1)
        wait_for_writing(ana)
        ana.evaluate(_SHOW, False)
        traffic.forget()
        ana.wait_for_timeout(2_000)
        with all_streams_taken(live_stack, token, ana.url.split("/")[-2]):
            traffic.wait_for(looks=3)
        assert traffic.streams == 0
        ana.wait_for_timeout(2_000)
        ana.evaluate(_SHOW, True)
        traffic.wait_for(streams=1)
    pages.wait_for_result(ana)


def test_a_stream_that_has_ended_is_taken_up_again(
    ana: Page,
    worker: Process,
    stack_env: dict[str, str],
    port: int,
    product_file: Path,
    traffic: Traffic,
    complaints: Complaints,
) -> None:
    with serving(stack_env | {"EVENT_STREAM_SECONDS": "1"}, port) as url:
        with writing_waits():
            pages.import_file(ana, url, product_file)
            traffic.wait_for(streams=3, looks=3)
        pages.wait_for_result(ana)
    complaints.forgive("foreign: ")  # it is not the server that the others use


def test_a_page_survives_the_death_of_the_server(
    ana: Page,
    worker: Process,
    stack_env: dict[str, str],
    port: int,
    product_file: Path,
    traffic: Traffic,
    complaints: Complaints,
) -> None:
    with writing_waits():
        with serving(stack_env, port) as url:
            pages.import_file(ana, url, product_file)
            traffic.wait_for(streams=1)
            wait_for_writing(ana)
        ana.wait_for_timeout(1_500)
        with serving(stack_env, port):
            traffic.forget()
            traffic.wait_for(looks=1, streams=1)
            expect(ana.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "35")
    with serving(stack_env, port):
        pages.wait_for_result(ana)
    complaints.heard.clear()  # the browser has words of its own for a server that is gone
