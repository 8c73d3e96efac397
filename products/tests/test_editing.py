"""The forms of one product, as plain pages and inside of a dialog."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from products import catalogue
from products.models import Change, Product
from products.tests.conftest import MakeProduct

NEW = "/products/new/"
HTMX = {"HX-Request": "true"}


def url(product: Product, what: str = "edit") -> str:
    return f"/products/{product.pk}/{what}/"


def fields(product: Product | None = None, **changes: Any) -> dict[str, Any]:
    """What a browser sends for this product."""
    typed: dict[str, Any] = {"sku": "A", "name": "Desk lamp", "description": "", "price": ""}
    if product:
        typed |= {name: getattr(product, name) or "" for name in typed}
        typed |= {"version": product.version}
        if product.active:
            typed["active"] = "on"
        typed["attribute_name"] = list(product.attributes)
        typed["attribute_value"] = list(product.attributes.values())
    return typed | changes


def words(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


# --- New ----------------------------------------------------------------------------------


def test_a_new_product_by_a_plain_form(client: Client, user: User) -> None:
    assert 'action="/products/new/"' in words(client.get(NEW))
    answer = client.post(
        NEW,
        fields(
            sku=" LMP-1 ",
            description="One\r\ntwo",
            price="18.5",
            active="on",
            attribute_name=["colour", ""],
            attribute_value=["brass", ""],
        ),
    )
    product = Product.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/products/{product.pk}/")
    assert (product.sku, product.name, product.description) == ("LMP-1", "Desk lamp", "One\ntwo")
    assert (product.price, product.active) == (Decimal("18.50"), True)
    assert product.attributes == {"colour": "brass"}
    assert Change.objects.get().changed_by == user
    assert "LMP-1 was added." in words(client.get(answer["Location"]))


def test_a_new_product_from_the_dialog(client: Client) -> None:
    form = client.get(NEW, headers=HTMX)
    assert "<html" not in words(form)
    assert "HX-Request" in form["Vary"]
    answer = client.post(NEW, fields(), headers=HTMX)
    assert answer["HX-Redirect"] == f"/products/{Product.objects.get().pk}/"
    assert Product.objects.get().active is False, "the box was not ticked"


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"sku": ""}, "This field is required."),
        ({"sku": "\u200b "}, "This field is required."),
        ({"sku": "x" * 65}, "at most 64 characters"),
        ({"name": " "}, "This field is required."),
        ({"name": "x\x00"}, "Null characters are not allowed."),
        ({"price": "twelve"}, "Give the price as a number, such as 12.50."),
        ({"price": "NaN"}, "Give the price as a number, such as 12.50."),
        ({"price": "-1"}, "A price can&#x27;t be below zero."),
        ({"price": "1.005"}, "A price has at most two decimals."),
        ({"price": "1e99"}, "A price has at most ten digits before the decimal point."),
        ({"attribute_name": [""], "attribute_value": ["x"]}, "An attribute needs a name."),
        ({"attribute_name": ["a"], "attribute_value": [""]}, "Give the attribute a a value"),
        (
            {"attribute_name": ["a", "a"], "attribute_value": ["1", "2"]},
            "more than one attribute a.",
        ),
        (
            {"attribute_name": list(map(str, range(101))), "attribute_value": ["x"] * 101},
            "at most 100 attributes",
        ),
        ({"attribute_name": ["a\x00"], "attribute_value": ["x"]}, "Null characters"),
        ({"attribute_name": ["a"], "attribute_value": ["\x00"]}, "Null characters"),
    ],
)
def test_what_can_t_be_saved_is_told_in_place(
    client: Client, typed: dict[str, Any], message: str
) -> None:
    answer = client.post(NEW, fields(name="Kept as typed") | typed)
    assert answer.status_code == 422
    assert message in words(answer)
    assert "Nothing has been saved yet." in words(answer)
    assert "name" in typed or "Kept as typed" in words(answer)
    assert not Product.objects.exists()


def test_a_taken_sku_names_its_holder(client: Client, make_product: MakeProduct) -> None:
    holder = make_product("LMP-1")
    answer = client.post(NEW, fields(sku="lmp-1"))
    assert answer.status_code == 409
    assert f'href="/products/{holder.pk}/"' in words(answer)
    assert Product.objects.count() == 1


# --- Edit ---------------------------------------------------------------------------------


def test_an_edit_by_a_plain_form(client: Client, make_product: MakeProduct) -> None:
    product = make_product("A", price="1.00", attributes={"colour": "red"})
    page = words(client.get(url(product)))
    assert 'value="1.00"' in page
    assert 'value="colour"' in page
    answer = client.post(url(product), fields(product, name="Rug", price="2"))
    assert (answer.status_code, answer["Location"]) == (302, f"/products/{product.pk}/")
    product.refresh_from_db()
    assert (product.name, product.price, product.version) == ("Rug", Decimal("2.00"), 2)
    assert product.attributes == {"colour": "red"}


def test_an_edit_in_the_dialog_tells_the_page(client: Client, make_product: MakeProduct) -> None:
    product = make_product("A")
    answer = client.post(url(product), fields(product, name="Rug"), headers=HTMX)
    assert (answer.status_code, answer.content) == (204, b"")
    assert json.loads(answer["HX-Trigger"]) == {"product-saved": {"id": product.pk}}


def test_line_ends_that_a_browser_rewrites_are_no_change(
    client: Client, make_product: MakeProduct
) -> None:
    product = make_product("A", description="a\nb\r\nc\rd", attributes={"note": "x\r\ny\rz"})
    client.post(
        url(product),
        fields(product, description="a\r\nb\r\nc\r\nd", attribute_value=["x\r\ny\r\nz"]),
    )
    assert Product.objects.get().version == 1
    client.post(url(product), fields(product, description="a\r\nb"))
    assert Product.objects.get().description == "a\nb"


def test_a_lost_race_is_told_and_overwrites_nothing(
    client: Client, user: User, make_product: MakeProduct
) -> None:
    product = make_product("A", price="1.00")
    catalogue.update_product(product_id=product.pk, changed_by=user, price=Decimal("3.00"))
    answer = client.post(url(product), fields(product, price="2.00", name="Mine"))
    assert answer.status_code == 409
    page = words(answer)
    assert "Your changes were not saved." in page
    assert "Price: <strong> 3.00 </strong>" in page
    assert 'value="2.00"' in page
    assert "Overwrite with mine" in page
    assert Product.objects.get().price == Decimal("3.00")

    product.refresh_from_db()
    client.post(url(product), fields(product, price="2.00", name="Mine"))
    assert (Product.objects.get().price, Product.objects.get().name) == (Decimal("2.00"), "Mine")


@pytest.mark.parametrize("version", ["", "0", "x", "99999999999999999999"])
def test_a_form_without_its_version_overwrites_nothing(
    client: Client, make_product: MakeProduct, version: str
) -> None:
    product = make_product("A")
    answer = client.post(url(product), fields(product, name="Rug", version=version))
    assert answer.status_code in (409, 422)
    assert Product.objects.get().name == "Desk lamp"


@pytest.mark.parametrize("what", ["edit", "row", "delete"])
def test_what_is_gone_is_not_found(client: Client, make_product: MakeProduct, what: str) -> None:
    product = make_product("A")
    Product.objects.all().delete()
    assert client.get(url(product, what)).status_code == 404
    typed = fields(product, price="1")
    assert client.post(url(product, what), typed).status_code == 404


# --- A cell of the list -------------------------------------------------------------------


def test_a_price_in_its_cell(client: Client, make_product: MakeProduct) -> None:
    product = make_product("A", price="1.00")
    row = client.get(url(product, "row"))
    assert "1.00" in words(row)
    answer = client.post(url(product, "row"), {"version": 1, "price": " 1234.5 "})
    assert answer.status_code == 200
    assert "1,234.50" in words(answer)
    assert "· ana" in words(answer)
    assert Product.objects.get().price == Decimal("1234.50")
    client.post(url(product, "row"), {"version": 2, "price": ""})
    assert Product.objects.get().price is None


def test_a_state_in_its_cell(client: Client, make_product: MakeProduct) -> None:
    product = make_product("A", price="1.00")
    client.post(url(product, "row"), {"version": 1, "active": "false"})
    assert Product.objects.get().active is False
    assert Product.objects.get().price == Decimal("1.00")


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"version": "1", "price": "cheap"}, "Give the price as a number, such as 12.50."),
        ({"version": "1", "active": "perhaps"}, "Select a valid choice."),
        ({"version": "x", "price": "2"}, "This was not saved."),
    ],
)
def test_a_cell_that_can_t_be_saved_says_so_in_place(
    client: Client, make_product: MakeProduct, typed: dict[str, str], message: str
) -> None:
    product = make_product("A", price="1.00")
    answer = client.post(url(product, "row"), typed)
    assert answer.status_code == 422
    assert message in words(answer)
    assert Product.objects.get().version == 1


def test_a_cell_that_lost_a_race_shows_what_is_stored(
    client: Client, user: User, make_product: MakeProduct
) -> None:
    product = make_product("A", price="1.00")
    catalogue.update_product(product_id=product.pk, changed_by=user, price=Decimal("3.00"))
    answer = client.post(url(product, "row"), {"version": 1, "price": "2.00"})
    assert answer.status_code == 409
    assert "Somebody changed this product in the meantime" in words(answer)
    assert "The price is now 3.00." in words(answer)
    assert 'value="2.00"' in words(answer)
    assert Product.objects.get().price == Decimal("3.00")


# --- Delete -------------------------------------------------------------------------------


def test_a_product_is_deleted_once_somebody_says_yes(
    client: Client, make_product: MakeProduct
) -> None:
    product = make_product("A")
    assert "Delete A" in words(client.get(url(product, "delete")))
    assert Product.objects.exists()
    answer = client.post(url(product, "delete"), {"version": 1})
    assert (answer.status_code, answer["Location"]) == (302, "/products/")
    assert not Product.objects.exists()
    assert "A was deleted. Its history is kept." in words(client.get("/products/"))


def test_deleting_from_the_list_stays_on_its_page(
    client: Client, make_product: MakeProduct
) -> None:
    one, other = make_product("A"), make_product("B")
    on_list = HTMX | {"HX-Current-URL": "http://testserver/products/?sku=a"}
    answer = client.post(url(one, "delete"), {"version": 1}, headers=on_list)
    assert answer["HX-Refresh"] == "true"
    on_page = HTMX | {"HX-Current-URL": f"http://testserver/products/{other.pk}/"}
    answer = client.post(url(other, "delete"), {"version": 1}, headers=on_page)
    assert answer["HX-Redirect"] == "/products/"


@pytest.mark.parametrize("version", ["1", "", "²"])
def test_a_product_that_was_changed_is_not_deleted(
    client: Client, user: User, make_product: MakeProduct, version: str
) -> None:
    product = make_product("A")
    catalogue.update_product(product_id=product.pk, changed_by=user, name="Rug")
    answer = client.post(url(product, "delete"), {"version": version})
    assert answer.status_code == 409
    assert "so it was not deleted." in words(answer)
    assert Product.objects.exists()
