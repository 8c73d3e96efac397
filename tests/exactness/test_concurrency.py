"""Several imports and people write the same products at once; see docs/operations.md."""

from __future__ import annotations

import json
import random
import threading
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import requests
from django.contrib.auth.models import User
from rest_framework.authtoken.models import Token
from rest_framework.test import APIClient

from conftest import LiveStack
from imports.models import Import
from products.models import BulkDelete, Product
from tests.client import Client
from tests.exactness.crowd import (
    Answer,
    Person,
    assert_nothing_is_lost,
    fields_by,
    file_of,
    sku_of,
)
from tests.exactness.engine import Engine, at_once
from tests.processes import wait_until


def orders(places: int) -> list[list[int]]:
    """The same products, up, down and in no order."""
    numbers = list(range(places))
    return [numbers, numbers[::-1], random.Random(3).sample(numbers, places)]


def store(places: int) -> None:
    """Two thirds of the products are there before; the others, all would create."""
    numbers = range(places * 2 // 3)
    Product.objects.bulk_create(Product(sku=sku_of(number), **fields_by(0)) for number in numbers)


class HandMade:
    """The API in this process, one client a thread."""

    def __init__(self, user: User) -> None:
        self._client = APIClient(raise_request_exception=False)
        self._client.force_authenticate(user)

    def __call__(
        self, method: str, path: str, data: dict[str, Any] | None, headers: dict[str, str]
    ) -> Answer:
        answer = self._client.generic(
            method, path, json.dumps(data), "application/json", headers=headers
        )
        return Answer(answer.status_code, answer.json() if answer.content else None)


PLACES = 120


@pytest.mark.parametrize(
    ("range_rows", "missing"), [(2, "keep"), (20, "delete"), (PLACES, "delete")]
)
def test_imports_in_opposite_orders_and_people(
    engine: Engine, user: User, range_rows: int, missing: str
) -> None:
    store(PLACES)
    up, down, some = orders(PLACES)
    imports = {
        1: engine.prepare(file_of(1, up), range_rows=range_rows),
        2: engine.prepare(file_of(2, down), range_rows=range_rows + 1),
        3: engine.prepare(file_of(3, some[PLACES // 4 :]), range_rows=range_rows, missing=missing),
    }
    stop = threading.Event()
    people = [Person(HandMade(user), seed, PLACES, stop) for seed in range(3)]

    def write() -> None:
        try:
            at_once(*[partial(engine.apply, import_, workers=2) for import_ in imports.values()])
        finally:
            stop.set()

    at_once(write, *people)
    assert_nothing_is_lost(imports, people)


class OverHttp:
    """The API as scripts have it."""

    def __init__(self, url: str, token: Token) -> None:
        self._url = url
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Token {token.key}"

    def __call__(
        self, method: str, path: str, data: dict[str, Any] | None, headers: dict[str, str]
    ) -> Answer:
        answer = self._session.request(
            method, self._url + path, json=data, headers=headers, timeout=60
        )
        return Answer(answer.status_code, answer.json() if answer.content else None)


MANY = 2_000


def test_the_same_with_real_workers_and_a_bulk_delete(
    live_stack: LiveStack, user: User, tmp_path: Path
) -> None:
    store(MANY)
    token = Token.objects.create(user=user)
    site, stop = Client(live_stack.url, token), threading.Event()
    people = [Person(OverHttp(live_stack.url, token), seed, MANY, stop) for seed in range(3)]
    imports: dict[int, Import] = {}
    deletes: list[BulkDelete] = []

    def write() -> None:
        try:
            for writer, numbers in enumerate(orders(MANY) * 2, start=1):
                path = tmp_path / f"{writer}.csv"
                path.write_bytes(file_of(writer, numbers))
                imports[writer] = Import.objects.get(pk=site.start(path))
            job = site.post("/api/products/bulk-delete/", {"sku": "P-0001"})
            deletes.append(BulkDelete.objects.get(pk=job["id"]))
            for import_ in imports.values():
                site.wait(import_.pk, seconds=120)
            wait_until(lambda: not BulkDelete.objects.active().exists(), what="the bulk delete")
        finally:
            stop.set()

    at_once(write, *people)
    assert_nothing_is_lost(imports, people, tuple(deletes))
