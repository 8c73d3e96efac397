"""Size and log-in are judged before a byte of the body is read."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client, RequestFactory
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from imports.models import Import

UPLOADS = ["/imports/", "/api/imports/"]


class Unreadable:
    """A body that must not be touched."""

    def read(self, *_: object) -> bytes:
        raise AssertionError("the body was read")

    readline = read


def send(client: Client, path: str, **extra: Any) -> Any:
    body = {
        "wsgi.input": Unreadable(),
        "CONTENT_TYPE": "multipart/form-data; boundary=x",
        "HTTP_ACCEPT": "application/json",
    }
    request = RequestFactory().post(path)
    return client.request(**{**request.META, "REQUEST_METHOD": "POST", **body, **extra})


@pytest.mark.parametrize("path", UPLOADS)
@pytest.mark.django_db
def test_a_stranger_is_turned_away_without_reading(path: str) -> None:
    response = send(Client(), path, CONTENT_LENGTH="1000")
    assert response.status_code in (302, 401, 403)


@pytest.mark.parametrize("path", UPLOADS)
def test_a_giant_is_turned_away_without_reading(client: Client, path: str) -> None:
    response = send(client, path, CONTENT_LENGTH=str(3 * 1024**3))
    assert (response.status_code, response.json()["code"]) == (413, "too_large")
    assert "2.001 GiB" in response.json()["detail"]
    assert not Import.objects.exists()


@pytest.mark.parametrize("path", ["/login/", "/api/products/"])
def test_what_takes_no_files_takes_no_large_body(client: Client, path: str) -> None:
    response = send(client, path, CONTENT_LENGTH=str(20 * 1024**2))
    assert response.status_code == 413
    assert "10 MiB" in response.json()["detail"]


def test_a_body_of_unknown_size_is_refused(client: Client) -> None:
    response = send(client, "/api/imports/", HTTP_TRANSFER_ENCODING="chunked")
    assert (response.status_code, response.json()["code"]) == (411, "length_required")


def test_a_person_gets_a_page(client: Client) -> None:
    response = send(client, "/imports/", CONTENT_LENGTH=str(3 * 1024**3), HTTP_ACCEPT="text/html")
    assert response.status_code == 413
    assert response["Content-Type"].startswith("text/html")


def test_the_limit_is_a_setting(api: APIClient, settings: Settings) -> None:
    settings.BODY_BYTES = 1000
    assert api.post("/api/products/", {"sku": "x" * 2000}, format="json").status_code == 413
    assert api.post("/api/products/", {"sku": "A", "name": "B"}, format="json").status_code == 201


def test_nothing_stays_of_an_upload_that_breaks_off(client: Client) -> None:
    class BreaksOff:
        """More than is kept in memory, and then no more."""

        def __init__(self) -> None:
            head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
            self._pieces = [head, *[b"A" * 65536] * 60]

        def read(self, *_: object) -> bytes:
            if self._pieces:
                return self._pieces.pop(0)
            raise OSError("The client is gone.")

        readline = read

    client.raise_request_exception = False
    gc.disable()
    try:
        send(client, "/api/imports/", CONTENT_LENGTH="9000000", **{"wsgi.input": BreaksOff()})
    finally:
        gc.enable()
    assert list(Path(settings.FILE_UPLOAD_TEMP_DIR).iterdir()) == []
