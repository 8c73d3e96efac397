"""Event streams on the real server: live, few at a time, and no burden to the pages."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import requests
from django.contrib.auth.models import User
from django.db import transaction
from rest_framework.authtoken.models import Token

from conftest import LiveStack
from products.models import Product
from tests.client import PLACES, Client, Stream
from tests.processes import wait_until

# Seconds after which a page takes a silent stream for broken (static/js/follow.js).
PATIENCE = 6


@pytest.fixture
def token(live_stack: LiveStack, user: User) -> str:
    return str(Token.objects.create(user=user).key)


@pytest.fixture
def site(live_stack: LiveStack, token: str) -> Client:
    return Client(live_stack.url, Token.objects.get(key=token))


@contextmanager
def held_up(site: Client, tmp_path: Path) -> Iterator[int]:
    """The id of an import that can't go on while this lasts: somebody else writes its SKU."""
    file = tmp_path / "products.csv"
    file.write_text("sku,name\nA,Lamp\nB,Desk\n")
    with transaction.atomic():
        Product.objects.create(sku="A", name="Taken back in a moment")
        yield site.start(file)
        transaction.set_rollback(True)


def test_an_import_is_reported_until_it_is_done(
    live_stack: LiveStack, site: Client, token: str, tmp_path: Path
) -> None:
    with held_up(site, tmp_path) as import_id:
        stream = Stream(f"{live_stack.url}/api/imports/{import_id}/events/", token)
        assert stream.answer.headers["Content-Type"].startswith("text/event-stream")
        assert stream.answer.headers["Cache-Control"] == "no-store"
        assert stream.answer.headers["X-Accel-Buffering"] == "no"
        events = stream.events()
        received = [next(events)]
        while received[-1][2]["status"] != "applying":
            received.append(next(events))
        for _ in range(2):
            since = time.monotonic()
            received.append(next(events))
            assert time.monotonic() - since < PATIENCE, "an event comes every two seconds"
    since = time.monotonic()
    with stream:
        received += events
    assert time.monotonic() - since < 30, "it ends with the import, not when its time is up"
    assert {name for _, name, _ in received[:-1]} == {"progress"}
    last_id, name, body = received[-1]
    assert (name, body["status"], body["percent"], body["created"]) == ("done", "completed", 100, 2)
    assert body.keys() == site.import_(import_id).keys()

    url = f"{live_stack.url}/api/imports/{import_id}/events/"
    with Stream(url, token, **{"Last-Event-ID": last_id}) as again:
        assert again.answer.status_code == 204
    with Stream(url, token, **{"Last-Event-ID": received[0][0]}) as again:
        assert [name for _, name, _ in again.events()] == ["done"]
    with Stream(f"{live_stack.url}/api/jobs/{import_id}/events/", token) as job:
        assert [(name, body["kind"]) for _, name, body in job.events()] == [("done", "import")]


def test_streams_are_few_and_pages_answer_beside_them(
    live_stack: LiveStack, site: Client, token: str, tmp_path: Path
) -> None:
    with held_up(site, tmp_path) as import_id, ExitStack() as opened:
        url = f"{live_stack.url}/api/imports/{import_id}/events/"
        streams = [opened.enter_context(Stream(url, token)) for _ in range(PLACES)]
        assert [stream.answer.status_code for stream in streams] == [200] * PLACES

        with Stream(url, token) as refused:
            assert refused.answer.status_code == 503
            assert int(refused.answer.headers["Retry-After"]) > 0
            assert refused.answer.json()["code"] == "too_many_streams"
        with Stream(f"{url}?when_full=204", token) as refused:
            assert refused.answer.status_code == 204
        for _ in range(5):
            assert site.get(f"/api/imports/{import_id}/").ok
            assert requests.get(f"{live_stack.url}/login/", timeout=20).ok

        head = requests.head(url, headers={"Authorization": f"Token {token}"}, timeout=20)
        assert head.status_code == 200
        streams[0].answer.close()
        wait_until(lambda: _is_taken_in(url, token), what="a place to become free")


def _is_taken_in(url: str, token: str) -> bool:
    with Stream(url, token) as stream:
        return stream.answer.status_code == 200


def test_an_unknown_import_has_no_events(live_stack: LiveStack, token: str) -> None:
    with Stream(f"{live_stack.url}/api/imports/1/events/", token) as stream:
        assert stream.answer.status_code == 404
        assert stream.answer.json()["code"] == "not_found"
