from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from products import catalogue
from products.models import BulkDelete
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


def test_a_row_says_by_whom_or_by_which_job(
    client: Client, user: User, make_product: MakeProduct
) -> None:
    make_product("A", changed_in=BulkDelete.objects.create(kind="bulk_delete"))
    mine = make_product("B")
    catalogue.update_product(product_id=mine.pk, changed_by=user, name="Rug")
    page = " ".join(client.get(LIST).content.decode().split())
    assert '· <a href="/products/deletions/' in page
    assert "· ana" in page


def test_every_shown_column_sorts(client: Client, make_product: MakeProduct) -> None:
    make_product("A", name="b", price=2, active=True)
    make_product("B", name="a", price=1, active=False)
    page = client.get(LIST).content.decode()
    for key in ("sku", "name", "price", "active", "updated_at"):
        assert f"ordering={key}" in page or f"ordering=-{key}" in page
    assert skus(client.get(LIST, {"ordering": "active"})) == ["B", "A"]
    assert skus(client.get(LIST, {"ordering": "-active"})) == ["A", "B"]


def test_an_empty_catalogue_offers_a_file_and_a_sample(client: Client) -> None:
    page = client.get(LIST).content.decode()
    assert "Import a file" in page
    assert "sample-products.csv" in page
    assert "Clear filters" in client.get(LIST, {"sku": "x"}).content.decode()


# --- One product --------------------------------------------------------------------------


def test_a_product_with_its_history(client: Client, user: User, make_product: MakeProduct) -> None:
    product = make_product("A", description="Brass.", attributes={"colour": "gold"}, price=1)
    catalogue.update_product(product_id=product.pk, changed_by=user, price=None)
    page = " ".join(client.get(f"/products/{product.pk}/").content.decode().split())
    for part in ("Brass.", "gold", "no price", "<del> 1.00 </del>", "by ana"):
        assert part in page


def test_the_history_of_what_was_deleted(
    client: Client, user: User, make_product: MakeProduct
) -> None:
    product = make_product("LMP-1")
    catalogue.delete_product(product_id=product.pk, changed_by=user)
    page = client.get(f"/products/{product.pk}/").content.decode()
    assert "no longer in the catalogue" in page
    assert "LMP-1" in page


@pytest.mark.parametrize("number", ["1", "9" * 30])
def test_a_product_that_never_was(client: Client, number: str) -> None:
    assert client.get(f"/products/{number}/").status_code == 404


def test_the_history_comes_in_pages_of_a_fixed_number_of_queries(
    client: Client, user: User, make_product: MakeProduct
) -> None:
    def queries(changes: int) -> int:
        product = make_product(f"S{changes}")
        for number in range(changes):
            catalogue.update_product(product_id=product.pk, changed_by=user, name=f"N{number}")
        with CaptureQueriesContext(connection) as captured:
            answer: Any = client.get(f"/products/{product.pk}/")
        assert len(answer.context["page_obj"]) == min(changes + 1, 20)
        return len(captured)

    assert queries(3) == queries(30)


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
    monkeypatch.setattr("products.export.MAX_ATTRIBUTES", 1)
    make_product("A", attributes={"a": "x", "b": "y"})
    answer = client.get(f"{LIST}export.csv", follow=True)
    assert answer.redirect_chain == [(f"{LIST}?", 302)]
    assert "2 different attributes" in answer.content.decode()
