"""The catalogue, as a person finds, changes and empties it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from playwright.sync_api import Locator, Page, expect

from conftest import LiveStack
from products import catalogue
from products.models import Product
from tests.browser import pages
from tests.browser.conftest import Complaints

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def lamps(user: User) -> list[Product]:
    return [
        catalogue.create_product(
            changed_by=user, sku=f"LMP-{number}", name=f"Lamp {number}", price=Decimal(number)
        )
        for number in range(1, 4)
    ]


def row_of(page: Page, sku: str) -> Locator:
    return page.get_by_role("row", name=re.compile(rf"^{sku}\b"))


def price_of(page: Page, sku: str) -> Locator:
    return row_of(page, sku).locator("[data-cell=price]")


def price_field(page: Page, sku: str) -> Locator:
    return page.get_by_role("textbox", name=f"Price of {sku}")


@contextmanager
def deleting_waits(product: Product) -> Iterator[None]:
    """While this holds, a delete of everything can't go past this product."""
    with transaction.atomic():
        Product.objects.select_for_update().get(pk=product.pk)
        yield


def test_from_finding_a_product_to_deleting_them_all(
    ana: Page, live_stack: LiveStack, lamps: list[Product]
) -> None:
    ana.goto(f"{live_stack.url}/products/")
    ana.get_by_label("Search SKU, name and description").fill("lamp 2")
    ana.get_by_role("button", name="Search").click()
    expect(ana.locator("tbody tr")).to_have_count(1)

    # In its cell.
    price_of(ana, "LMP-2").click()
    price_field(ana, "LMP-2").fill("18.50")
    price_field(ana, "LMP-2").press("Enter")
    expect(price_of(ana, "LMP-2")).to_have_text("18.50")
    expect(price_of(ana, "LMP-2")).to_be_focused()

    # In the dialog.
    row_of(ana, "LMP-2").get_by_role("link", name="Edit LMP-2").click()
    dialog = ana.get_by_role("dialog", name="LMP-2")
    dialog.get_by_label("Name", exact=True).fill("Lamp 2, brass")
    dialog.get_by_label("Name of attribute 1").fill("colour")
    dialog.get_by_label("Value of attribute 1").fill("gold")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).not_to_be_visible()
    expect(row_of(ana, "LMP-2")).to_contain_text("Lamp 2, brass")

    # Its history.
    ana.get_by_role("link", name="Lamp 2, brass").click()
    history = ana.get_by_role("region", name="History")
    expect(history.get_by_role("listitem")).to_have_count(3)
    expect(history).to_contain_text(re.compile(r"Lamp 2\s+→.*Lamp 2, brass", re.DOTALL))
    expect(history).to_contain_text(re.compile(r"2\.00\s+→.*18\.50", re.DOTALL))
    assert pages.overflow(ana) <= 0

    # Deleted, and its history kept.
    address = ana.url
    ana.get_by_role("link", name="Delete").click()
    ana.get_by_role("button", name="Delete this product").click()
    expect(ana.get_by_text("LMP-2 was deleted.")).to_be_visible()
    ana.goto(address)
    expect(ana.get_by_text("no longer in the catalogue")).to_be_visible()

    # All the others.
    ana.goto(f"{live_stack.url}/products/")
    ana.get_by_role("link", name="Delete all products").click()
    dialog = ana.get_by_role("dialog", name="Delete all products")
    dialog.get_by_label("Type 2 to confirm").fill("2")
    with deleting_waits(lamps[2]):
        with ana.expect_request("**/events/**"):
            dialog.get_by_role("button", name="Delete 2 products").click()
        ana.wait_for_url(re.compile(r"/products/deletions/\d+/$"))
        expect(ana.get_by_role("button", name="Stop")).to_be_visible()
        assert pages.overflow(ana) <= 0
    expect(ana.get_by_role("heading", level=1)).to_contain_text(
        "2 products deleted", timeout=pages.SOON
    )
    ana.get_by_role("link", name="See the products").click()
    expect(ana.get_by_role("heading", name="Your catalogue is empty")).to_be_visible()


def test_a_cell_by_keyboard_alone(
    ana: Page, live_stack: LiveStack, lamps: list[Product], complaints: Complaints
) -> None:
    ana.goto(f"{live_stack.url}/products/")
    price, field = price_of(ana, "LMP-1"), price_field(ana, "LMP-1")
    ana.get_by_role("link", name="Lamp 1").focus()
    ana.keyboard.press("Tab")
    expect(price).to_be_focused()

    ana.keyboard.press("Enter")
    expect(field).to_be_focused()
    ana.keyboard.type("7.5")
    ana.keyboard.press("Escape")
    expect(price).to_be_focused()
    expect(price).to_have_text("1.00")

    ana.keyboard.press("Enter")
    ana.keyboard.type("cheap")
    ana.keyboard.press("Enter")
    expect(ana.get_by_role("alert")).to_contain_text("Give the price as a number, such as 12.50.")
    expect(field).to_be_focused()
    expect(field).to_have_value("cheap")
    complaints.forgive("422")

    field.fill("7.5")
    ana.keyboard.press("Enter")
    expect(price).to_have_text("7.50")
    expect(price).to_be_focused()

    # The state beside it, saved by leaving it.
    ana.keyboard.press("Tab")
    ana.keyboard.press("Enter")
    state = ana.get_by_role("combobox", name="Active, LMP-1")
    expect(state).to_be_focused()
    state.select_option("off")
    ana.keyboard.press("Tab")
    expect(row_of(ana, "LMP-1").locator("[data-cell=active]")).to_have_text("off")
    product = Product.objects.get(sku="LMP-1")
    assert (product.price, product.active) == (Decimal("7.50"), False)


def test_a_cell_that_somebody_else_changed(
    ana: Page, live_stack: LiveStack, lamps: list[Product], user: User, complaints: Complaints
) -> None:
    ana.set_viewport_size({"width": 390, "height": 800})
    ana.goto(f"{live_stack.url}/products/")
    catalogue.update_product(product_id=lamps[0].pk, changed_by=user, price=Decimal(9))
    price_of(ana, "LMP-1").click()
    price_field(ana, "LMP-1").fill("5")
    price_field(ana, "LMP-1").press("Enter")
    expect(ana.get_by_role("alert")).to_contain_text("The price is now 9.00.")
    complaints.forgive("409")
    assert pages.overflow(ana) <= 0

    price_field(ana, "LMP-1").press("Escape")
    expect(price_of(ana, "LMP-1")).to_have_text("9.00")
    assert Product.objects.get(sku="LMP-1").price == Decimal("9.00")


def test_a_form_that_lost_a_race_and_one_with_a_taken_sku(
    ana: Page, live_stack: LiveStack, lamps: list[Product], user: User, complaints: Complaints
) -> None:
    ana.goto(f"{live_stack.url}/products/")
    ana.get_by_role("link", name="Edit LMP-1").click()
    dialog = ana.get_by_role("dialog")
    expect(dialog.get_by_label("SKU")).to_be_focused()
    catalogue.update_product(product_id=lamps[0].pk, changed_by=user, price=Decimal(9))
    dialog.get_by_label("Price").fill("5")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("alert")).to_contain_text("Price: 9.00")
    complaints.forgive("409")
    expect(dialog.get_by_label("Price")).to_have_value("5")
    dialog.get_by_role("button", name="Overwrite with mine").click()
    expect(price_of(ana, "LMP-1")).to_have_text("5.00")

    ana.get_by_role("link", name="New product").click()
    dialog.get_by_label("SKU").fill("lmp-3")
    dialog.get_by_label("Name", exact=True).fill("Lamp")
    dialog.get_by_role("button", name="Add product").click()
    expect(dialog.get_by_role("link", name="the product that has it")).to_be_visible()
    complaints.forgive("409")
    ana.keyboard.press("Escape")
    expect(dialog).not_to_be_visible()
    expect(ana.get_by_role("link", name="New product")).to_be_focused()


def test_a_lost_connection_saves_nothing_and_says_so(
    ana: Page, live_stack: LiveStack, lamps: list[Product], complaints: Complaints
) -> None:
    ana.goto(f"{live_stack.url}/products/")
    ana.context.set_offline(True)
    price_of(ana, "LMP-1").click()
    price_field(ana, "LMP-1").fill("5")
    price_field(ana, "LMP-1").press("Enter")
    expect(row_of(ana, "LMP-1")).to_contain_text("the connection was lost")
    ana.context.set_offline(False)
    price_field(ana, "LMP-1").press("Enter")
    expect(price_of(ana, "LMP-1")).to_have_text("5.00")
    complaints.heard.clear()  # the browser and htmx have words of their own for it
