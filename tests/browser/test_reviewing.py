"""A review, as a person reads it before anything is written."""

from __future__ import annotations

import csv
import re
from decimal import Decimal
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from conftest import LiveStack
from products.catalogue import create_product, update_product
from products.models import Product
from tests.browser import pages
from tests.browser.test_pages import _UNNAMED

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def lamp(user: User, live_stack: LiveStack) -> Product:
    return create_product(
        sku="LMP-1",
        name="Desk lamp",
        price=Decimal("19.90"),
        attributes={"colour": "red"},
        changed_by=user,
    )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "spring.csv"
    long = "x" * 200
    path.write_text(
        f"sku,name,price,colour\nLMP-1,Desk lamp,18.50,\nNEW-1,{long},1,blue\nnew-1,Mug,2,blue\n"
        "1.2E+12,Broken,3,\nBAD-1,Lamp,twelve,\n"
    )
    return path


def review(page: Page, live_stack: LiveStack, path: Path) -> None:
    page.goto(f"{live_stack.url}/imports/")
    pages.drop_file(page, path)
    pages.column(page, "colour").select_option("keep as attribute", timeout=pages.SOON)
    pages.continue_import(page)
    expect(page.get_by_text("Nothing has been written yet.")).to_be_visible(timeout=pages.SOON)


def test_what_would_change_is_shown_then_applied(
    ana: Page, live_stack: LiveStack, lamp: Product, file: Path
) -> None:
    review(ana, live_stack, file)
    changed = ana.get_by_role("table", name="Some products that would change")
    expect(changed.get_by_role("row", name=re.compile("LMP-1"))).to_contain_text(
        re.compile(r"Price\s+19\.90\s+→\s+18\.50")
    )
    expect(changed.get_by_role("row", name=re.compile("colour"))).to_contain_text(
        re.compile(r"red\s+→\s+empty")
    )
    new = ana.get_by_role("table", name="Some products that would be added")
    expect(new.get_by_role("row", name=re.compile("new-1"))).to_contain_text("Name Mug")
    expect(ana.get_by_text("1 row has a SKU that a spreadsheet has shortened")).to_be_visible()
    expect(ana.get_by_text('The attribute "colour" would be emptied in 1')).to_be_visible()
    repeated = ana.get_by_text("is repeated; line 4 counts.")
    expect(repeated).to_be_hidden()
    ana.get_by_text("1 repeated").last.click()
    expect(repeated).to_be_visible()

    ana.get_by_role("button", name="Apply 3 changes").click()
    pages.wait_for_result(ana)
    lamp.refresh_from_db()
    assert (lamp.price, lamp.attributes) == (Decimal("18.50"), {})


def test_the_difference_is_downloaded(
    ana: Page, live_stack: LiveStack, lamp: Product, file: Path, tmp_path: Path
) -> None:
    review(ana, live_stack, file)
    with ana.expect_download() as download:
        ana.get_by_role("link", name="Download the difference").click()
    saved = tmp_path / "difference.csv"
    download.value.save_as(saved)
    with saved.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert [(row["outcome"], row["sku"]) for row in rows] == [
        ("created", "1.2E+12"),
        ("updated", "LMP-1"),
        ("created", "new-1"),
    ]
    assert (rows[1]["price now"], rows[1]["price after"]) == ("19.90", "18.50")


def test_an_edit_in_between_is_told_and_counted_again(
    ana: Page, live_stack: LiveStack, lamp: Product, file: Path, user: User
) -> None:
    review(ana, live_stack, file)
    outdated = ana.get_by_text("Products were changed after this was counted")
    expect(outdated).to_be_hidden()
    update_product(product_id=lamp.pk, changed_by=user, price=Decimal("18.50"), attributes={})
    ana.reload()
    expect(outdated).to_be_visible()
    expect(pages.count_of(ana, "changed")).to_have_text("1")
    ana.get_by_role("button", name="Count again").click()
    expect(outdated).to_be_hidden()
    expect(pages.count_of(ana, "changed")).to_have_text("0")


def test_a_review_fits_a_phone_and_names_what_can_be_pressed(
    ana: Page, live_stack: LiveStack, lamp: Product, file: Path, user: User
) -> None:
    ana.set_viewport_size({"width": 390, "height": 844})
    review(ana, live_stack, file)
    update_product(product_id=lamp.pk, changed_by=user, name="L" * 255)
    ana.reload()
    ana.get_by_role("button", name="Count again").click()
    expect(ana.get_by_role("cell", name=re.compile("L{60}"))).to_be_visible()
    assert pages.overflow(ana) <= 0
    assert ana.evaluate(_UNNAMED) == []
