"""What holds for every page: quiet, accessible, and no wider than a phone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from conftest import PASSWORD, LiveStack
from imports.models import Profile
from products.models import Product
from tests.browser import pages
from tests.browser.conftest import Complaints
from webhooks.models import Endpoint

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MAPPING = {"Artikel" * 30: "sku", "Name": "attribute:" + "x" * 100}
LOGGED_IN = (
    *("/", "/imports/", "/imports/?status=failed", "/imports/profiles/", "/webhooks/"),
    *("/products/", "/products/?search=nothing-has-this", "/products/?sku=LMP&active=true"),
    *("/products/new/", "/products/delete/"),
)

_UNNAMED = """() => [...document.querySelectorAll("a, button, input, select, textarea")]
  .filter((element) => element.type !== "hidden" && element.checkVisibility())
  .filter((element) => !(
    element.labels?.length || element.ariaLabel || element.innerText?.trim() || element.title
  ))
  .map((element) => element.outerHTML)"""


def test_logging_in_and_out(visitor: Page, live_stack: LiveStack, user: User) -> None:
    visitor.goto(f"{live_stack.url}/imports/")
    visitor.get_by_label("User name").fill(user.username)
    visitor.get_by_label("Password").fill(PASSWORD)
    visitor.get_by_role("button", name="Log in").click()
    expect(visitor.get_by_role("heading", name="Imports", exact=True)).to_be_visible()

    visitor.get_by_role("button", name="Menu of ana").click()
    visitor.get_by_role("button", name="Log out").click()
    expect(visitor.get_by_role("heading", name="Log in")).to_be_visible()
    visitor.goto(f"{live_stack.url}/products/")
    expect(visitor.get_by_role("heading", name="Log in")).to_be_visible()


def test_a_wrong_password_is_told(visitor: Page, live_stack: LiveStack, user: User) -> None:
    visitor.goto(f"{live_stack.url}/login/")
    visitor.get_by_label("User name").fill(user.username)
    visitor.get_by_label("Password").fill("wrong")
    visitor.get_by_role("button", name="Log in").click()
    expect(visitor.get_by_role("alert")).to_contain_text("correct username and password")
    expect(visitor.get_by_label("User name")).to_have_value(user.username)
    expect(visitor.get_by_label("Password")).to_be_focused()


def test_the_theme_follows_the_system_until_it_is_switched(
    visitor: Page, live_stack: LiveStack
) -> None:
    root = visitor.locator("html")
    visitor.emulate_media(color_scheme="dark")
    visitor.goto(f"{live_stack.url}/login/")
    expect(root).to_have_attribute("data-bs-theme", "dark")
    visitor.emulate_media(color_scheme="light")
    expect(root).to_have_attribute("data-bs-theme", "light")

    visitor.get_by_role("button", name="Switch between light and dark").click()
    expect(root).to_have_attribute("data-bs-theme", "dark")
    visitor.reload()
    expect(root).to_have_attribute("data-bs-theme", "dark")


def test_the_admin_leaves_the_theme_alone(ana: Page, live_stack: LiveStack, user: User) -> None:
    user.is_staff = user.is_superuser = True
    user.save()
    ana.emulate_media(color_scheme="dark")
    ana.goto(f"{live_stack.url}/admin/")
    expect(ana.get_by_role("heading", name="Site administration")).to_be_visible()
    ana.goto(f"{live_stack.url}/")
    expect(ana.locator("html")).to_have_attribute("data-bs-theme", "dark")


@pytest.fixture
def every_page(ana: Page, live_stack: LiveStack, product_file: Path) -> Iterator[str]:
    """The paths of all pages, with an import that is done and products to show."""
    pages.import_file(ana, live_stack.url, product_file)
    pages.wait_for_result(ana)
    done = re.sub(r"^\w+://[^/]+", "", ana.url)
    webhook = Endpoint.objects.create(url=f"https://erp.example/{'hooks' * 40}")
    own = f"/webhooks/{webhook.pk}/"
    product = f"/products/{Product.objects.values_list('pk', flat=True).first()}/"
    profile = (
        f"/imports/profiles/{Profile.objects.create(name='Supplier' * 12, mapping=MAPPING).pk}/"
    )
    forms = [f"{page}{form}/" for page in (own, product) for form in ("edit", "delete")]
    forms += [profile, f"{profile}delete/"]
    pages.upload_file(ana, live_stack.url, product_file)
    columns = re.sub(r"^\w+://[^/]+", "", ana.url)
    return iter((*LOGGED_IN, own, product, *forms, done, columns, "/nothing-is-here/", "/login/"))


def test_no_page_is_wider_than_a_phone(
    ana: Page, live_stack: LiveStack, every_page: Iterator[str], complaints: Complaints
) -> None:
    ana.set_viewport_size({"width": 390, "height": 800})
    too_wide = {}
    for path in every_page:
        ana.goto(live_stack.url + path)
        too_wide[path] = pages.overflow(ana)
    assert {path: by for path, by in too_wide.items() if by > 0} == {}
    complaints.forgive("/nothing-is-here/")
    complaints.forgive("404 (Not Found)")


def test_everything_that_can_be_used_has_a_name(
    ana: Page, live_stack: LiveStack, every_page: Iterator[str], complaints: Complaints
) -> None:
    for path in every_page:
        ana.goto(live_stack.url + path)
        assert ana.evaluate(_UNNAMED) == [], path
        expect(ana.get_by_role("heading", level=1)).to_have_count(1)
    complaints.forgive("/nothing-is-here/")
    complaints.forgive("404 (Not Found)")


def test_a_page_is_usable_with_the_keyboard(ana: Page, live_stack: LiveStack) -> None:
    ana.goto(f"{live_stack.url}/imports/")
    ana.keyboard.press("Tab")
    expect(ana.get_by_role("link", name="Skip to the content")).to_be_focused()
    ana.keyboard.press("Enter")
    ana.keyboard.press("Tab")
    expect(ana.get_by_label("Drop a product file here")).to_be_focused()


def test_the_first_visit_of_the_product_page_is_light(ana: Page, live_stack: LiveStack) -> None:
    session = ana.context.new_cdp_session(ana)
    session.send("Network.enable")
    sizes: list[float] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    ana.goto(f"{live_stack.url}/products/", wait_until="networkidle")
    assert 0 < sum(sizes) <= 150_000


def test_sorting_and_paging_the_products(
    ana: Page, live_stack: LiveStack, product_file: Path
) -> None:
    pages.import_file(ana, live_stack.url, product_file)
    pages.wait_for_result(ana)
    ana.goto(f"{live_stack.url}/products/")
    expect(ana.get_by_role("heading", level=1)).to_contain_text("1,000")
    first = ana.locator("tbody tr").first
    expect(first).to_contain_text("LMP-0000")

    ana.get_by_role("link", name="Next").click()
    expect(first).not_to_contain_text("LMP-0000")
    ana.get_by_role("link", name="Previous").click()
    expect(first).to_contain_text("LMP-0000")

    price = ana.get_by_role("columnheader", name="Price")
    price.get_by_role("link").click()
    expect(price).to_have_attribute("aria-sort", "ascending")
    price.get_by_role("link").click()
    expect(price).to_have_attribute("aria-sort", "descending")
    expect(first).to_contain_text("999.50")


def test_a_filter_that_makes_no_sense_is_told(
    ana: Page, live_stack: LiveStack, complaints: Complaints
) -> None:
    ana.goto(f"{live_stack.url}/products/?price_min=cheap")
    expect(ana.get_by_role("alert")).to_be_visible()
    expect(ana.get_by_label("Price from")).to_have_value("cheap")
    if complaints.heard:
        complaints.forgive("400")


def test_the_api_is_described_and_tried_without_another_host(
    ana: Page, live_stack: LiveStack
) -> None:
    ana.goto(f"{live_stack.url}/api/docs/")
    operation = ana.locator("#operations-jobs-jobs_list")
    operation.get_by_role("button").first.click()
    operation.get_by_role("button", name="Try it out").click()
    operation.get_by_role("button", name="Execute").click()
    expect(operation.locator(".live-responses-table .response-col_status").last).to_contain_text(
        "200"
    )
    ana.set_viewport_size({"width": 390, "height": 800})
    assert pages.overflow(ana) <= 0


def test_the_browsable_api_has_all_that_it_needs(ana: Page, live_stack: LiveStack) -> None:
    ana.goto(f"{live_stack.url}/api/imports/")
    expect(ana.get_by_role("heading", name="Import List")).to_be_visible()
    ana.get_by_role("link", name="Product Importer").click()
    expect(ana.get_by_role("heading", name="Overview")).to_be_visible()


def test_an_import_is_found_in_the_history(
    ana: Page, live_stack: LiveStack, product_file: Path
) -> None:
    pages.import_file(ana, live_stack.url, product_file)
    pages.wait_for_result(ana)
    ana.goto(f"{live_stack.url}/imports/")
    ana.get_by_text("Filters").click()
    ana.get_by_label("State").select_option("failed")
    ana.get_by_role("button", name="Apply", exact=True).click()
    expect(ana.get_by_text("No imports match these filters.")).to_be_visible()
    ana.get_by_label("State").select_option("done")
    ana.get_by_role("button", name="Apply", exact=True).click()
    expect(ana.get_by_role("row", name="spring.csv")).to_be_visible()
    with ana.expect_download() as download:
        ana.get_by_role("link", name="spring.csv").click()
        ana.get_by_role("link", name="Download as it was uploaded").click()
    assert download.value.suggested_filename == "spring.csv"
