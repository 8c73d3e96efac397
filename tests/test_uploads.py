"""Uploads on real servers: killed in the middle of a part, cut off, and gone on with."""

from __future__ import annotations

import hashlib
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import User
from rest_framework.authtoken.models import Token

from conftest import LiveStack
from imports.models import Import, Upload
from tests.client import Client
from tests.processes import Process, start_server, wait_until
from tests.tus import PART_TYPE, TusClient

pytestmark = pytest.mark.django_db(transaction=True)

PART = 1_000
CONTENT = b"sku,name\n" + b"".join(b"LMP-%05d,Desk lamp\n" % number for number in range(500))


@pytest.fixture
def token(user: User) -> Token:
    token: Token = Token.objects.create(user=user)
    return token


@contextmanager
def half_sent(url: str, upload: str, token: Token, offset: int, data: bytes) -> Iterator[None]:
    """For the length of the block the server waits for the rest of a part; then nobody is there."""
    place = urlsplit(url)
    head = [
        f"PATCH {urlsplit(upload).path} HTTP/1.1",
        f"Host: {place.netloc}",
        f"Authorization: Token {token.key}",
        "Tus-Resumable: 1.0.0",
        f"Upload-Offset: {offset}",
        f"Content-Type: {PART_TYPE}",
        f"Content-Length: {len(CONTENT) - offset}",
    ]
    with socket.create_connection((place.hostname, place.port or 80), timeout=30) as connection:
        connection.sendall("\r\n".join([*head, "", ""]).encode() + data)
        yield


def stands_at(offset: int) -> bool:
    return Upload.objects.get().offset == offset


def assert_imported(url: str, token: Token, import_id: int) -> None:
    """The import has read exactly what was sent."""
    done = Client(url, token).wait(import_id)
    assert (done["status"], done["created"]) == ("completed", 500)
    assert done["sha256"] == hashlib.sha256(CONTENT).hexdigest()


def test_a_file_in_parts_becomes_an_import(live_stack: LiveStack, token: Token) -> None:
    client = TusClient(live_stack.url, token.key)
    upload = client.create(len(CONTENT))
    client.go_on(upload, CONTENT, part_bytes=PART)
    started = client.start_import(upload)
    assert started["filename"] == "spring.csv"
    assert len(Import.objects.get().parts) == 1 + len(CONTENT) // PART
    assert_imported(live_stack.url, token, started["id"])


def test_a_client_that_vanishes_finds_what_arrived(live_stack: LiveStack, token: Token) -> None:
    client = TusClient(live_stack.url, token.key)
    upload = client.create(len(CONTENT))
    with half_sent(live_stack.url, upload, token, 0, CONTENT[:2_500]):
        pass
    wait_until(lambda: stands_at(2_500), what="what arrived to be kept")
    # The answer to the last part is lost.
    with half_sent(live_stack.url, upload, token, 2_500, CONTENT[2_500:]):
        pass
    wait_until(lambda: client.offset(upload) == len(CONTENT), what="the last part")
    assert_imported(live_stack.url, token, client.start_import(upload)["id"])


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
    return number


def test_a_server_killed_in_the_middle_of_a_part(
    worker: Process, stack_env: dict[str, str], port: int, token: Token
) -> None:
    env = stack_env | {"UPLOAD_PART_BYTES": str(PART)}
    url = f"http://127.0.0.1:{port}"
    client = TusClient(url, token.key)
    server = start_server(env, port)
    try:
        upload = client.create(len(CONTENT))
        for offset in (0, 3 * PART):
            end = offset + 3 * PART + PART // 2
            with half_sent(url, upload, token, offset, CONTENT[offset:end]):
                wait_until(partial(stands_at, offset + 3 * PART), what="the whole parts")
                server.kill()
            server.stop()
            server = start_server(env, port)
            assert client.offset(upload) == offset + 3 * PART, "half a part was counted"
        client.go_on(upload, CONTENT, part_bytes=PART)
        assert_imported(url, token, client.start_import(upload)["id"])
    finally:
        server.stop()
