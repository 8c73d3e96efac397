from __future__ import annotations

import errno
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import Http404, HttpResponse
from django.test import Client, RequestFactory

from web import error_pages

Answer = Callable[[str], HttpResponse]


def answering(status: int) -> Answer:
    """What visitors of an address get in place of a page with this status."""
    handlers: dict[int, Callable[[Any], HttpResponse]] = {
        400: lambda request: error_pages.bad_request(request, SuspiciousOperation("x")),
        403: lambda request: error_pages.permission_denied(request, PermissionDenied("x")),
        404: lambda request: error_pages.not_found(request, Http404("x")),
        500: error_pages.server_error,
    }
    return lambda path: handlers[status](RequestFactory().get(path))


@pytest.mark.parametrize("status", [400, 403, 404, 500])
def test_below_api_every_error_is_json(status: int) -> None:
    answer = answering(status)("/api/nowhere/")
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/json")
    assert b'"errors": {}' in answer.content


@pytest.mark.parametrize("status", [400, 403, 404, 500])
@pytest.mark.django_db
def test_elsewhere_it_is_a_page(status: int) -> None:
    answer = answering(status)("/apiary/")
    assert answer.status_code == status
    assert answer["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("path", ["/api/nowhere/", "/api/products/x/", "/api/products/1/nothing/"])
def test_an_address_of_the_api_that_is_not_there(client: Client, path: str) -> None:
    for visitor in (client, Client()):
        answer = visitor.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_a_failure_of_ours_is_json_too(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("products.querysets.ProductQuerySet.about_count", fail)
    client.raise_request_exception = False
    answer = client.get("/api/products/")
    assert (answer.status_code, answer.json()["code"]) == (500, "error")
    assert answer.json().keys() == {"code", "detail", "errors"}


@pytest.fixture
def full_disk(client: Client, monkeypatch: pytest.MonkeyPatch) -> Client:
    """Where a file is put there is no room."""

    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("imports.stored_file.store", fail)
    client.raise_request_exception = False
    return client


def upload(client: Client, path: str, accept: str) -> Any:
    file = SimpleUploadedFile("lamps.csv", b"sku,name\nA-1,Lamp\n")
    return client.post(path, {"file": file}, headers={"accept": accept})


@pytest.mark.parametrize("path", ["/api/imports/", "/imports/"])
def test_a_full_disk_has_a_code_of_its_own(full_disk: Client, path: str) -> None:
    answer = upload(full_disk, path, "application/json")
    assert (answer.status_code, answer.json()["code"]) == (507, "storage_full")
    assert answer.json().keys() == {"code", "detail", "errors"}


def test_a_full_disk_is_told_on_a_page(full_disk: Client) -> None:
    answer = upload(full_disk, "/imports/", "text/html")
    assert answer.status_code == 507
    assert b"Once there is space again" in answer.content
