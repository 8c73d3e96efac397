"""The whole product on one machine; `tests/test_up.py` starts it for real."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from stack import launch, ports
from stack.errors import StackError


@pytest.fixture
def somebody() -> Iterator[socket.socket]:
    with closing(ports.listen(0)) as listener:
        yield listener


def port_of(listener: socket.socket) -> int:
    port: int = listener.getsockname()[1]
    return port


def test_a_taken_port_leads_to_the_next(
    somebody: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = port_of(somebody)
    monkeypatch.setattr(launch, "FIRST_PORT", taken)
    monkeypatch.setattr(launch, "LAST_PORT", taken + 50)
    with closing(launch._listen("")) as listener:
        assert taken < port_of(listener) <= taken + 50
        assert launch._url(listener) == f"http://127.0.0.1:{port_of(listener)}"


def test_with_all_ports_taken_it_says_so(
    somebody: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launch, "FIRST_PORT", port_of(somebody))
    monkeypatch.setattr(launch, "LAST_PORT", port_of(somebody))
    with pytest.raises(StackError, match="name another in PORT"):
        launch._listen("")


def test_a_port_that_was_asked_for_is_the_one_or_none(somebody: socket.socket) -> None:
    taken = port_of(somebody)
    with pytest.raises(StackError, match=f"PORT={taken} can't be used: .*in use"):
        launch._listen(str(taken))
    somebody.close()
    with closing(launch._listen(str(taken))) as listener:
        assert port_of(listener) == taken


@pytest.mark.parametrize("wish", ["web", "-1", "70000"])
def test_not_every_text_is_a_port(wish: str) -> None:
    with pytest.raises(StackError, match=f"PORT={wish} can't be used"):
        launch._listen(wish)


def health(status: int) -> bool:
    """Ask a site that answers with a status."""
    asked: list[tuple[str, str | None]] = []

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append((self.path, self.headers["Host"]))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer((ports.HOST, 0), Site) as site:
        thread = Thread(target=site.handle_request, daemon=True)
        thread.start()
        healthy = asyncio.run(launch._is_healthy(site.server_port))
        thread.join()
    assert asked == [("/health/ready/", "127.0.0.1")]
    return healthy


def test_the_web_process_is_ready_when_it_says_so() -> None:
    assert health(200)
    assert not health(503)


def test_nobody_there_is_not_ready(somebody: socket.socket) -> None:
    port = port_of(somebody)
    somebody.close()
    assert not asyncio.run(launch._is_healthy(port))
