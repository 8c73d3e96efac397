"""The time in which the server answers with a page of a catalogue of a million products."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import quantiles
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from benchmarks import catalogue, database, files
from benchmarks.case import Goal, Sample, Samples, Scale, case
from products import indexing
from products.pagination import ORDERINGS, Cursor

ROWS = 1_000_000

COPY = """
COPY products_product (sku, name, description, price, active) FROM STDIN (FORMAT csv, HEADER)
"""

FILTERS: tuple[dict[str, str], ...] = (
    {"sku": "LMP-71"},
    {"name": "desk lamp"},
    {"description": "packed without plastic"},
    {"active": "false"},
    {"price_min": "10", "price_max": "10.50"},
    {"price_min": "400"},
    {"active": "true", "price_max": "20"},
    {"name": "oak", "active": "false"},
    # These match no product, about twenty (twice), and 200,000 of a million.
    {"search": "zzzqqq"},
    {"search": "ELC-715"},
    {"search": "quiet favourite"},
    {"search": "oak"},
)

Statement = tuple[str, Any]


@case(
    "products-page",
    Goal("ms, p95", at_most=100, aim=50),
    Goal("p95 ÷ that of its SQL alone", at_most=3, aim=2),
)
def products_page(scale: Scale) -> Iterator[Samples]:
    """The list: filters, searches, every order, first and last page; each once per sample."""
    catalogue.empty()
    fill(scale.rows(ROWS))
    client = Client(SERVER_NAME="localhost")
    client.force_login(User.objects.get_or_create(username="benchmark")[0])
    while True:
        pages, statements = zip(*(_times(client, each) for each in _queries()), strict=True)
        page = p95(pages)
        yield Sample(page), Sample(page, p95(statements))


def fill(rows: int) -> None:
    """Fill the catalogue with this number of products, and finish the work that follows."""
    path = files.sample(rows, duplicates=0)
    with path.open("rb") as file, connection.cursor() as cursor, cursor.copy(COPY) as copy:
        while piece := file.read(1 << 20):
            copy.write(piece)
    indexing.catch_up()
    database.settle()


def _queries() -> Iterator[dict[str, str]]:
    for filters in FILTERS:
        yield filters
        yield filters | {"ordering": "-price"}
    for ordering in ORDERINGS:
        yield {"ordering": ordering}
        yield {"ordering": ordering, "cursor": str(Cursor(ordering, backwards=True))}


def _times(client: Client, query: dict[str, str]) -> tuple[float, float]:
    """The milliseconds of a page, and those of its SQL statements alone."""
    url = f"/products/?{urlencode(query)}"
    sent: list[Statement] = []
    with _listening(sent):
        client.get(url)
    return _milliseconds(lambda: client.get(url)), _milliseconds(lambda: _send(sent))


@contextmanager
def _listening(sent: list[Statement]) -> Iterator[None]:
    def note(execute: Any, sql: str, parameters: Any, many: bool, context: Any) -> Any:  # noqa: FBT001 - as Django calls it
        sent.append((sql, parameters))
        return execute(sql, parameters, many, context)

    with connection.execute_wrapper(note):
        yield


def _send(statements: list[Statement]) -> None:
    with connection.cursor() as cursor:
        for sql, parameters in statements:
            cursor.execute(sql, parameters)
            cursor.fetchall()


def _milliseconds(action: Callable[[], object]) -> float:
    started = time.perf_counter()
    action()
    return 1000 * (time.perf_counter() - started)


def p95(times: tuple[float, ...]) -> float:
    return quantiles(times, n=20, method="inclusive")[-1]
