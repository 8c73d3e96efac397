"""What a view promises with every answer comes with those too that are given in its place."""

from __future__ import annotations

import errno
from typing import Any

import pytest
from django.test import Client

UPLOADS = "/api/uploads/"


def ask(client: Client, path: str, method: str = "POST", **extra: Any) -> Any:
    client.raise_request_exception = False
    answer = client.generic(method, path, **extra)
    return answer.status_code, answer.headers.get("Tus-Resumable")


@pytest.mark.parametrize(
    ("extra", "status"),
    [
        ({"HTTP_TRANSFER_ENCODING": "chunked"}, 411),
        ({"CONTENT_LENGTH": str(3 * 1024**3)}, 413),
        ({"HTTP_TUS_RESUMABLE": "0.2.0"}, 412),
        ({"HTTP_TUS_RESUMABLE": "1.0.0", "HTTP_UPLOAD_LENGTH": "5"}, 201),
    ],
)
def test_a_client_of_tus_is_told_the_version(
    client: Client, extra: dict[str, str], status: int
) -> None:
    assert ask(client, UPLOADS, **extra) == (status, "1.0.0")
    assert ask(client, f"{UPLOADS}x/", "PATCH", HTTP_TRANSFER_ENCODING="chunked") == (411, "1.0.0")


@pytest.mark.parametrize(
    ("error", "status"), [(OSError(errno.ENOSPC, "full"), 507), (RuntimeError("ours"), 500)]
)
def test_it_is_told_when_something_breaks(
    client: Client, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("imports.intake.uploads.begin", fail)
    length = {"HTTP_TUS_RESUMABLE": "1.0.0", "HTTP_UPLOAD_LENGTH": "5"}
    assert ask(client, UPLOADS, **length) == (status, "1.0.0")


@pytest.mark.django_db
def test_a_stranger_is_told_too() -> None:
    assert ask(Client(), UPLOADS) == (401, "1.0.0")


def test_others_are_not(client: Client) -> None:
    chunked = {"HTTP_TRANSFER_ENCODING": "chunked"}
    assert ask(client, "/api/imports/", **chunked) == (411, None)
    assert ask(client, "/imports/", **chunked) == (411, None)
    assert ask(client, "/nowhere/") == (404, None)
