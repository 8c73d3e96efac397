"""Saying what the columns of a file become, as a person does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from conftest import LiveStack
from products.models import Product
from tests.browser import pages
from tests.browser.conftest import Complaints

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def foreign_file(tmp_path: Path) -> Path:
    """A file that calls everything otherwise."""
    path = tmp_path / "supplier-b.csv"
    rows = [f"B-{number},Desk lamp {number},brass,{number}.50" for number in range(1, 30)]
    path.write_text("\n".join(["Artikel,Bezeichnung,Material,EK", *rows]) + "\n")
    return path


def upload(page: Page, live_stack: LiveStack, path: Path) -> None:
    page.goto(f"{live_stack.url}/imports/")
    pages.drop_file(page, path)
    expect(page.get_by_role("table")).to_be_visible(timeout=pages.SOON)


def choose(page: Page) -> None:
    pages.column(page, "Artikel").select_option("SKU")
    pages.column(page, "Bezeichnung").select_option("Name")
    pages.column(page, "Material").select_option("keep as attribute")
    pages.column(page, "EK").select_option("Price")


def test_a_foreign_file_is_mapped_reviewed_and_applied(
    ana: Page, live_stack: LiveStack, foreign_file: Path
) -> None:
    upload(ana, live_stack, foreign_file)
    expect(ana.get_by_text("Which column holds the SKU?")).to_be_visible()
    row = ana.get_by_role("row", name=re.compile("Artikel"))
    expect(row).to_contain_text(re.compile(r"B-1\s+B-2\s+B-3\s"))
    attribute = ana.get_by_label("Name of the attribute that Material becomes")
    expect(attribute).to_be_hidden()
    choose(ana)
    expect(attribute).to_have_value("Material")
    attribute.fill("material")
    pages.continue_import(ana)

    expect(ana.get_by_text("Nothing has been written yet.")).to_be_visible(timeout=pages.SOON)
    assert not Product.objects.exists()
    ana.get_by_role("button", name="Apply 29 changes").click()
    pages.wait_for_result(ana)
    product = Product.objects.get(sku="B-7")
    assert (product.name, str(product.price)) == ("Desk lamp 7", "7.50")
    assert product.attributes == {"material": "brass"}


def test_columns_are_changed_from_the_review(
    ana: Page, live_stack: LiveStack, foreign_file: Path
) -> None:
    upload(ana, live_stack, foreign_file)
    choose(ana)
    pages.column(ana, "EK").select_option("Active")
    pages.continue_import(ana)
    expect(ana.get_by_role("heading", name="29 rows need fixing")).to_be_visible(timeout=pages.SOON)
    ana.get_by_role("link", name="Change columns").click()
    expect(pages.column(ana, "EK")).to_have_value("active")
    pages.column(ana, "EK").select_option("Price")
    pages.continue_import(ana)
    ana.get_by_role("button", name="Apply 29 changes").click(timeout=pages.SOON)
    pages.wait_for_result(ana)
    assert Product.objects.count() == 29


def test_a_profile_is_looked_at_renamed_and_deleted(
    ana: Page, live_stack: LiveStack, foreign_file: Path
) -> None:
    upload(ana, live_stack, foreign_file)
    choose(ana)
    ana.get_by_label("Save these choices as a profile").fill("Supplier B")
    pages.continue_import(ana)
    expect(ana.get_by_text("Nothing has been written yet.")).to_be_visible(timeout=pages.SOON)
    expect(ana.locator("dl", has_text="Profile")).to_contain_text("Supplier B")

    ana.goto(f"{live_stack.url}/imports/")
    ana.get_by_role("link", name="Profiles").click()
    ana.get_by_role("link", name="Supplier B", exact=True).click()
    expect(ana.get_by_role("listitem").filter(has_text="Artikel")).to_contain_text("sku")
    ana.get_by_label("Name").fill("Lamps GmbH")
    ana.get_by_role("button", name="Rename").click()
    expect(ana.get_by_role("heading", name="Lamps GmbH", level=1)).to_be_visible()
    ana.get_by_role("link", name="Delete").click()
    ana.get_by_role("button", name="Delete profile").click()
    expect(ana.get_by_role("heading", name="No profiles yet")).to_be_visible()


def test_a_profile_is_saved_and_offered_the_next_time(
    ana: Page, live_stack: LiveStack, foreign_file: Path
) -> None:
    upload(ana, live_stack, foreign_file)
    choose(ana)
    ana.get_by_label("Save these choices as a profile").fill("Supplier B")
    pages.continue_at_once(ana)
    expect(ana.get_by_text("Saved as the profile “Supplier B”.")).to_be_visible()
    pages.wait_for_result(ana)

    upload(ana, live_stack, foreign_file)
    expect(ana.get_by_text("Filled in from the profile “Supplier B”.")).to_be_visible()
    expect(pages.column(ana, "EK")).to_have_value("price")
    expect(ana.get_by_label("After the file is read")).to_have_value("true")
    ana.get_by_label("Profile", exact=True).select_option(index=0)
    ana.get_by_role("button", name="Fill in").click()
    expect(ana.get_by_text("Which column holds the SKU?")).to_be_visible()
    ana.get_by_label("Profile", exact=True).select_option("Supplier B")
    ana.get_by_role("button", name="Fill in").click()
    pages.continue_at_once(ana)
    pages.wait_for_result(ana)
    expect(pages.count_of(ana, "unchanged")).to_have_text("29")


def test_a_bad_choice_is_told_at_its_select(
    ana: Page, live_stack: LiveStack, foreign_file: Path, complaints: Complaints
) -> None:
    upload(ana, live_stack, foreign_file)
    choose(ana)
    pages.column(ana, "Material").select_option("Price")
    ana.get_by_role("button", name="Continue").click()
    expect(ana.get_by_role("alert")).to_contain_text("Some columns need another choice.")
    for column in ("Material", "EK"):
        expect(pages.column(ana, column)).to_have_accessible_description(
            "2 columns are mapped to the price. Choose one of them."
        )
    expect(pages.column(ana, "Bezeichnung")).to_have_value("name")
    complaints.forgive("422")


def test_what_waits_for_its_columns_is_found_again_and_discarded(
    ana: Page, live_stack: LiveStack, foreign_file: Path
) -> None:
    upload(ana, live_stack, foreign_file)
    ana.goto(f"{live_stack.url}/imports/")
    ana.get_by_role("link", name="Choose columns").click()
    expect(pages.column(ana, "Artikel")).to_be_visible()
    ana.get_by_role("button", name="Discard").click()
    expect(ana.get_by_text("Cancelled before anything was written.")).to_be_visible()


def test_columns_are_chosen_with_the_keyboard(
    ana: Page, live_stack: LiveStack, foreign_file: Path
) -> None:
    upload(ana, live_stack, foreign_file)
    pages.column(ana, "Artikel").focus()
    ana.keyboard.type("SKU")
    ana.keyboard.press("Tab")
    expect(pages.column(ana, "Bezeichnung")).to_be_focused()
    ana.keyboard.type("keep")
    ana.keyboard.press("Tab")
    name = ana.get_by_label("Name of the attribute that Bezeichnung becomes")
    expect(name).to_be_focused()
    ana.keyboard.press("Enter")
    expect(ana.get_by_text("Nothing has been written yet.")).to_be_visible(timeout=pages.SOON)
