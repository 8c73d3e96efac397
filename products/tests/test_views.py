from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from products.tests.conftest import MakeProduct

LIST = "/products/"


def context(answer: Any) -> Any:
    assert answer.status_code == 200
    return answer.context


def skus(answer: Any) -> list[str]:
    return [product.sku for product in context(answer)["products"]]


def test_the_list(client: Client, make_product: MakeProduct) -> None:
    make_product("b")
    make_product("A")
    answer = client.get(LIST)
    assert skus(answer) == ["A", "b"]
    shown = context(answer)
    assert (shown["count"], shown["count_is_estimate"], shown["page_size"]) == (2, False, 50)
    assert (shown["ordering"], shown["search"], shown["errors"]) == ("sku", "", {})
    assert (shown["next_url"], shown["previous_url"], shown["is_filtered"]) == (None, None, False)


def test_what_was_asked_for_is_shown_again(client: Client, make_product: MakeProduct) -> None:
    make_product("A", price=1)
    make_product("B")
    answer = client.get(LIST, {"search": "lamp", "price_max": "2", "sku": " ", "ordering": "-sku"})
    assert skus(answer) == ["A"]
    shown = context(answer)
    assert (shown["search"], shown["ordering"]) == ("lamp", "-sku")
    assert shown["filters"]["price_max"] == "2"
    assert (shown["filters_used"], shown["is_filtered"]) == (1, True)


def test_links_keep_what_was_asked_for(client: Client, make_product: MakeProduct) -> None:
    for number in range(101):
        make_product(f"S{number:03}", name="a & b")
    first = client.get(LIST, {"name": "a & b", "ordering": "-sku"})
    second = client.get(LIST + context(first)["next_url"])
    third = client.get(LIST + context(second)["next_url"])
    assert (skus(first)[0], skus(second)[0], skus(third)) == ("S100", "S050", ["S000"])
    assert context(third)["next_url"] is None
    assert skus(client.get(LIST + context(third)["previous_url"])) == skus(second)


@pytest.mark.parametrize(
    ("name", "value"),
    [("cursor", "x"), ("ordering", "x"), ("active", "x"), ("price_min", "x"), ("sku", "\x00")],
)
def test_what_can_t_be_used_is_named_and_left_aside(
    client: Client, make_product: MakeProduct, name: str, value: str
) -> None:
    make_product("A")
    answer = client.get(LIST, {name: value, "search": "nothing"})
    assert skus(answer) == ["A"]
    assert list(context(answer)["errors"]) == [name]


def test_more_products_need_no_more_queries(client: Client, make_product: MakeProduct) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(LIST, {"ordering": "price"}).status_code == 200
        return len(captured)

    for number in range(5):
        make_product(f"S{number}", price=number)
    few = queries()
    for number in range(5, 50):
        make_product(f"S{number}", price=number)
    assert queries() <= few


def test_the_export_has_the_same_filters(client: Client, make_product: MakeProduct) -> None:
    make_product("A", active=False)
    make_product("B")
    answer: Any = client.get(f"{LIST}export.csv", {"active": "false"})
    assert b"".join(answer.streaming_content).splitlines()[1:] == [b"A,Desk lamp,,,false"]


def test_an_export_of_bad_filters_leads_to_the_page_that_says_so(client: Client) -> None:
    answer = client.get(f"{LIST}export.csv", {"active": "x"})
    assert (answer.status_code, answer["Location"]) == (302, f"{LIST}?active=x")


def test_more_attributes_than_columns_are_said_on_the_page(
    client: Client, make_product: MakeProduct, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("products.export.MOST_ATTRIBUTES", 1)
    make_product("A", attributes={"a": "x", "b": "y"})
    answer = client.get(f"{LIST}export.csv", follow=True)
    assert answer.redirect_chain == [(f"{LIST}?", 302)]
    assert "2 different attributes" in answer.content.decode()
