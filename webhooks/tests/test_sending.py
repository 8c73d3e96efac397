from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from webhooks.sending import MAX_BODY_BYTES, Outcome, open_session, post
from webhooks.tests.receiver import Answer, Receiver, receiving, says


def send(url: str) -> Outcome:
    with open_session() as session:
        return post(session, url, '{"a":"ä"}', {"webhook-id": "msg_1"})


def test_the_very_bytes_arrive_with_their_headers(receiver: Receiver) -> None:
    outcome = send(receiver.url)
    (message,) = receiver.messages
    assert message.body == '{"a":"ä"}'.encode()
    assert message.headers["webhook-id"] == "msg_1"
    assert message.headers["Content-Type"] == "application/json"
    assert message.headers["Host"] == f"127.0.0.1:{receiver.port}"
    assert outcome.request_headers.items() <= message.headers.items()
    assert (outcome.status_code, outcome.error, outcome.is_success) == (204, "", True)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_2xx_is_success(receiver: Receiver, status: int) -> None:
    receiver.answer = says(status)
    assert send(receiver.url).is_success


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirects_are_not_followed(receiver: Receiver, status: int) -> None:
    with receiving() as other:
        receiver.answer = says(status, Location=other.url)
        outcome = send(receiver.url)
    assert outcome.error == f"The receiver answered {status}, a redirect, which is not followed."
    assert (len(receiver.messages), other.messages) == (1, [])


@pytest.mark.parametrize("status", [400, 404, 410, 429, 500, 503])
def test_anything_else_is_a_failure(receiver: Receiver, status: int) -> None:
    receiver.answer = says(status, b"no\0t now", Retry_After="120")
    outcome = send(receiver.url)
    assert outcome.error == f"The receiver answered {status}."
    assert (outcome.response_body, outcome.retry_after) == ("no\ufffdt now", 120)


def test_of_a_long_answer_the_beginning_is_kept(receiver: Receiver) -> None:
    receiver.answer = says(200, b"x" * 10_000_000)
    outcome = send(receiver.url)
    assert outcome.is_success
    assert len(outcome.response_body) == MAX_BODY_BYTES


def test_what_claims_to_be_packed_is_not_unpacked(receiver: Receiver) -> None:
    receiver.answer = says(200, b"not gzip at all", Content_Encoding="gzip")
    assert send(receiver.url).response_body == "not gzip at all"


def drip(part: bytes) -> Answer:
    """Says a byte every now and then, so that it is never silent for long."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(part)
        for _ in range(200):
            time.sleep(0.05)
            request.wfile.write(b"x")

    return answer


def hang(request: BaseHTTPRequestHandler) -> None:
    time.sleep(5)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (hang, "The receiver did not answer in time."),
        (drip(b"HTTP/1.1 200 OK\r\nX-Long: "), "The receiver did not answer in time."),
        (drip(b"HTTP/1.1 500 No\r\n\r\n"), "The receiver answered 500."),
    ],
    ids=["silence", "endless headers", "endless body"],
)
def test_an_attempt_has_an_end(
    receiver: Receiver, settings: Settings, answer: Answer, error: str
) -> None:
    settings.WEBHOOK_PATIENCE_SECONDS = 0.5
    settings.WEBHOOK_ATTEMPT_SECONDS = 1
    receiver.answer = answer
    started = time.monotonic()
    outcome = send(receiver.url)
    assert time.monotonic() - started < 4, "an answer would take five seconds or more"
    assert outcome.error == error


def test_a_success_stays_one_whatever_its_body_does(receiver: Receiver, settings: Settings) -> None:
    settings.WEBHOOK_ATTEMPT_SECONDS = 0.5
    receiver.answer = drip(b"HTTP/1.1 200 OK\r\n\r\n")
    assert send(receiver.url).is_success


def test_nobody_there_is_told(trusting: None) -> None:
    with receiving() as gone:
        pass
    outcome = send(gone.url)
    assert (outcome.error, outcome.status_code) == (
        "The receiver refused the connection or closed it.",
        None,
    )


def test_a_name_that_leads_nowhere_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(*_: object, **__: object) -> None:
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", nothing)
    assert send("https://nowhere.example/").error == "The host name could not be found."


def test_nonsense_instead_of_http_is_told(trusting: None) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def talk() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")

        thread = threading.Thread(target=talk)
        thread.start()
        outcome = send(f"http://127.0.0.1:{server.getsockname()[1]}/")
        thread.join()
    assert outcome.error == "The receiver refused the connection or closed it."


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0.0.0.0", "169.254.169.254"]
)
def test_connecting_judges_again(settings: Settings, host: str) -> None:
    settings.WEBHOOK_TRUSTED_NETWORKS = []
    with receiving() as receiver:
        outcome = send(f"http://{host}:{receiver.port}/")
    assert "not public" in outcome.error
    assert receiver.messages == []


def test_the_address_that_was_judged_is_the_one_that_is_connected_to(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that leads to a good address once and to another one ever after."""
    asked: list[str] = []
    ask: Callable[..., Any] = socket.getaddrinfo

    def turning(host: str, *args: Any, **kwargs: Any) -> Any:
        if host != "turning.example":
            return ask(host, *args, **kwargs)
        asked.append(host)
        return ask("127.0.0.1" if len(asked) == 1 else "10.255.255.1", *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", turning)
    assert send(f"http://turning.example:{receiver.port}/").is_success
    assert asked == ["turning.example"]
    assert receiver.messages[0].headers["Host"] == f"turning.example:{receiver.port}"


def test_a_proxy_of_the_environment_is_not_used(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert send(receiver.url).is_success
