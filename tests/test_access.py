"""No address answers a stranger, except those that are listed here as public."""

from __future__ import annotations

import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import pytest
from django.contrib.admindocs.views import simplify_regex
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

METHODS = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"]

# Every address of the site, so that a new one needs a decision. Below /admin/, which Django
# makes of the registered models, everything leads to a log-in. Files below /static/ are public
# and served before any address is looked up.
PUBLIC = {"/login/", "/health/live/", "/health/ready/", "/admin/login/"}
PAGES = {
    "/",
    "/logout/",
    "/upload/",
    "/imports/",
    "/imports/<pk>/",
    "/imports/<pk>/mapping/",
    "/imports/<pk>/progress/",
    "/imports/<pk>/cancel/",
    "/imports/<pk>/retry/",
    "/imports/<pk>/count/",
    "/imports/<pk>/preview.csv",
    "/imports/<pk>/apply/",
    "/imports/<pk>/file/",
    "/imports/<pk>/rejects.csv",
    "/imports/profiles/",
    "/imports/profiles/<pk>/",
    "/imports/profiles/<pk>/delete/",
    "/products/",
    "/products/export.csv",
    "/api/docs/",
    "/webhooks/",
    "/webhooks/<pk>/",
    "/webhooks/<pk>/edit/",
    "/webhooks/<pk>/delete/",
    "/webhooks/<pk>/switch/",
    "/webhooks/<pk>/test/",
    "/webhooks/<pk>/rotate-secret/",
    "/webhooks/<pk>/redeliver-failed/",
    "/webhooks/deliveries/<pk>/redeliver/",
    "/products/new/",
    "/products/delete/",
    "/products/deletions/<pk>/",
    "/products/deletions/<pk>/progress/",
    "/products/deletions/<pk>/cancel/",
    "/products/deletions/<pk>/retry/",
    "/products/<pk>/",
    "/products/<pk>/edit/",
    "/products/<pk>/row/",
    "/products/<pk>/delete/",
}
API = {
    "/api/",
    "/api/schema/",
    "/api/file-processor/upload/",
    "/api/file-processor/status/<pk>/",
    "/api/import-profiles/",
    "/api/import-profiles/<pk>/",
    "/api/imports/",
    "/api/imports/<pk>/",
    "/api/imports/<pk>/apply/",
    "/api/imports/<pk>/cancel/",
    "/api/imports/<pk>/count/",
    "/api/imports/<pk>/events/",
    "/api/imports/<pk>/file/",
    "/api/imports/<pk>/preview.csv",
    "/api/imports/<pk>/preview/",
    "/api/imports/<pk>/rejects/",
    "/api/imports/<pk>/rejects.csv",
    "/api/imports/<pk>/retry/",
    "/api/uploads/",
    "/api/uploads/<pk>/",
    "/api/jobs/",
    "/api/jobs/<pk>/",
    "/api/jobs/<pk>/events/",
    "/api/products/",
    "/api/products/<pk>/",
    "/api/products/<pk>/history/",
    "/api/products/bulk-delete/",
    "/api/products/export.csv",
    "/api/deliveries/<pk>/redeliver/",
    "/api/event-types/",
    "/api/webhooks/",
    "/api/webhooks/<pk>/",
    "/api/webhooks/<pk>/deliveries/",
    "/api/webhooks/<pk>/redeliver-failed/",
    "/api/webhooks/<pk>/rotate-secret/",
    "/api/webhooks/<pk>/test/",
}


def addresses(resolver: URLResolver, prefix: str = "") -> Iterator[str]:
    for pattern in resolver.url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern, route)
        elif isinstance(pattern, URLPattern):
            yield re.sub(r"<\w+:(\w+)>", r"<\1>", simplify_regex(route)).replace("\\", "")


ADDRESSES = list(addresses(get_resolver()))


def is_admin(address: str) -> bool:
    return address.startswith("/admin/") and address not in PUBLIC


def ask(method: str, address: str) -> Any:
    return Client().generic(method, re.sub("<[^>]+>", "1", address))


def test_every_address_is_listed() -> None:
    assert {address for address in ADDRESSES if not is_admin(address)} == PUBLIC | PAGES | API


@pytest.mark.parametrize("address", sorted(PAGES) + [a for a in ADDRESSES if is_admin(a)])
@pytest.mark.django_db
def test_a_page_leads_a_stranger_to_the_log_in(address: str) -> None:
    for method in METHODS:
        answer = ask(method, address)
        assert answer.status_code == HTTPStatus.FOUND, method
        assert answer["Location"].partition("?")[0] in {"/login/", "/admin/login/"}


@pytest.mark.parametrize("address", sorted(API))
@pytest.mark.django_db
def test_the_api_refuses_a_stranger(address: str) -> None:
    for method in METHODS:
        answer = ask(method, address)
        assert answer.status_code in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}, method
        assert answer["Content-Type"] == "application/json"
        if method != "HEAD":
            assert answer.json().keys() == {"code", "detail", "errors"}


@pytest.mark.parametrize("address", sorted(PUBLIC))
@pytest.mark.django_db
def test_what_is_public_asks_nobody(address: str) -> None:
    assert ask("GET", address).status_code == HTTPStatus.OK
