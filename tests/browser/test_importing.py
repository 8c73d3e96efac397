"""An import, as a person sees it from the file to the products."""

from __future__ import annotations

import csv
import re
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from playwright.sync_api import Page, Route, expect

from conftest import LiveStack
from tests import oracle
from tests.browser import pages
from tests.browser.conftest import Complaints, writing_waits

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_dropped_file_becomes_products(
    ana: Page, live_stack: LiveStack, product_file: Path
) -> None:
    ana.goto(f"{live_stack.url}/imports/")
    pages.drop_file(ana, product_file)
    pages.continue_at_once(ana)
    pages.wait_for_result(ana)

    expect(ana.get_by_text("1,004 rows read")).to_be_visible()
    for word, number in {
        "new": "1,000", "changed": "0", "unchanged": "0", "repeated": "2", "to fix": "2",
    }.items():  # fmt: skip
        expect(pages.count_of(ana, word)).to_have_text(number)

    ana.get_by_role("link", name="See the products").click()
    ana.get_by_label("Search SKU, name and description").fill("lamp TWO")
    ana.get_by_role("button", name="Search").click()
    row = ana.get_by_role("row", name=re.compile("LMP-0002"))
    expect(row).to_contain_text("Desk lamp two")
    expect(row).to_contain_text("2.50")


def test_a_sample_becomes_what_plain_python_expects(
    ana: Page, live_stack: LiveStack, tmp_path: Path
) -> None:
    file = tmp_path / "sample.csv"
    call_command("sample_products", str(file), rows=5_000, seed=7, stdout=StringIO())
    with file.open("a") as end:
        end.write("LAST-1,Lamp,,twelve,yes\n,Lamp,,1.00,yes\nLAST-2,Desk,,1,yes,more\n")
    expected, counts = oracle.expect(file.read_bytes())
    pages.import_file(ana, live_stack.url, file)
    pages.wait_for_result(ana)
    for word, name in {
        "new": "created", "repeated": "duplicate", "to fix": "rejected",
    }.items():  # fmt: skip
        expect(pages.count_of(ana, word)).to_have_text(f"{counts[name]:,}")
    assert oracle.catalogue() == expected


def test_the_rows_to_fix_are_shown_and_downloaded(
    ana: Page, live_stack: LiveStack, product_file: Path, tmp_path: Path
) -> None:
    pages.import_file(ana, live_stack.url, product_file)
    pages.wait_for_result(ana)
    expect(ana.get_by_role("heading", name="2 rows need fixing")).to_be_visible()
    expect(ana.get_by_role("row", name=re.compile("1,004.*twelve.*A price is"))).to_be_visible()

    with ana.expect_download() as download:
        ana.get_by_role("link", name="Download all 2").click()
    saved = tmp_path / "rejects.csv"
    download.value.save_as(saved)
    with saved.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["sku", "name", "price", "line", "code", "message"]
    assert [(row["name"], row["line"], row["code"]) for row in rows] == [
        ("Desk lamp", "1004", "price_invalid"),
        ("Lamp without a SKU", "1005", "sku_missing"),
    ]


def test_progress_is_live(ana: Page, live_stack: LiveStack, product_file: Path) -> None:
    with writing_waits():
        pages.import_file(ana, live_stack.url, product_file)
        expect(ana.locator(".steps .now")).to_have_text(
            "Writing to the catalogue", timeout=pages.SOON
        )
        expect(ana.locator(".steps .done").last).to_have_text("Read 1,004 rows")
        expect(ana.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "35")
        expect(ana).to_have_title(re.compile("35 % · spring.csv"))

        ana.goto(f"{live_stack.url}/imports/")
        row = ana.get_by_role("row", name=re.compile("spring.csv"))
        expect(row.get_by_role("progressbar")).to_be_visible()
    expect(row).to_contain_text(re.compile(r"Done:.*1,004.*1,000", re.DOTALL), timeout=pages.SOON)


def test_progress_is_announced_step_by_step(
    ana: Page, live_stack: LiveStack, product_file: Path
) -> None:
    with writing_waits():
        pages.import_file(ana, live_stack.url, product_file)
        expect(ana.locator(".steps .now")).to_have_text(
            "Writing to the catalogue", timeout=pages.SOON
        )
    expect(ana.locator("#announce")).to_have_text("Import done", timeout=pages.SOON)


def test_an_upload_shows_its_progress_and_can_be_cancelled(
    ana: Page, live_stack: LiveStack, product_file: Path
) -> None:
    waiting: list[Route] = []
    ana.route("**/imports/", lambda route: hold_uploads(route, waiting))
    ana.goto(f"{live_stack.url}/imports/")
    pages.choose_file(ana, product_file)
    expect(ana.get_by_role("heading", name="spring.csv")).to_be_visible()
    expect(ana.get_by_role("progressbar", name="spring.csv")).to_be_visible()

    ana.get_by_role("button", name="Cancel upload").click()
    expect(ana.get_by_role("progressbar", name="spring.csv")).to_be_hidden()
    expect(ana.get_by_label("Drop a product file here")).to_be_focused()
    ana.reload()
    expect(ana.get_by_text("No imports yet")).to_be_visible()


def hold_uploads(route: Route, waiting: list[Route]) -> None:
    if route.request.method == "POST":
        waiting.append(route)
    else:
        route.continue_()


def test_a_review_is_applied_only_when_asked(
    ana: Page, live_stack: LiveStack, product_file: Path
) -> None:
    ana.goto(f"{live_stack.url}/imports/")
    pages.choose_file(ana, product_file)
    pages.continue_import(ana)
    expect(ana.get_by_text("Nothing has been written yet.")).to_be_visible(timeout=pages.SOON)
    ana.get_by_role("button", name=re.compile("^Apply")).click()
    pages.wait_for_result(ana)
    expect(pages.count_of(ana, "new")).to_have_text("1,000")


def test_a_discarded_review_says_that_nothing_was_written(
    ana: Page, live_stack: LiveStack, product_file: Path
) -> None:
    ana.goto(f"{live_stack.url}/imports/")
    pages.choose_file(ana, product_file)
    pages.continue_import(ana)
    ana.get_by_role("button", name="Discard").click(timeout=pages.SOON)
    expect(ana.get_by_text("Cancelled before anything was written.")).to_be_visible(
        timeout=pages.SOON
    )
    ana.goto(f"{live_stack.url}/products/")
    expect(ana.get_by_text("Your catalogue is empty")).to_be_visible()


def test_all_or_nothing_says_that_nothing_was_written(
    ana: Page, live_stack: LiveStack, product_file: Path
) -> None:
    ana.goto(f"{live_stack.url}/imports/")
    pages.choose_file(ana, product_file)
    ana.get_by_label("When rows need fixing").select_option("import nothing")
    pages.continue_at_once(ana)
    failure = ana.get_by_role("heading", name="Some rows need fixing first")
    expect(failure).to_be_visible(timeout=pages.SOON)
    expect(ana.get_by_text("Nothing was written.")).to_be_visible()
    expect(ana.get_by_role("row", name=re.compile("twelve"))).to_be_visible()
    ana.goto(f"{live_stack.url}/products/")
    expect(ana.get_by_text("Your catalogue is empty")).to_be_visible()


def test_a_cancelled_import_can_be_continued(
    ana: Page, live_stack: LiveStack, product_file: Path
) -> None:
    with writing_waits():
        pages.import_file(ana, live_stack.url, product_file)
        expect(ana.locator(".steps .now")).to_have_text(
            "Writing to the catalogue", timeout=pages.SOON
        )
        ana.get_by_role("button", name="Cancel").click()
        expect(ana.get_by_role("button", name="Cancelling")).to_be_disabled()
    expect(ana.locator("#import-title")).to_contain_text("Cancelled:", timeout=pages.SOON)
    ana.get_by_role("button", name="Continue this import").click()
    pages.wait_for_result(ana)
    expect(pages.count_of(ana, "new")).to_have_text("1,000")


def test_the_sample_file_imports_without_a_reject(
    ana: Page, live_stack: LiveStack, tmp_path: Path
) -> None:
    ana.goto(f"{live_stack.url}/")
    with ana.expect_download() as download:
        ana.get_by_role("link", name="Download a sample file").click()
    sample = tmp_path / download.value.suggested_filename
    download.value.save_as(sample)
    pages.import_file(ana, live_stack.url, sample)
    pages.wait_for_result(ana)
    expect(ana.get_by_text("Every row is in the catalogue.")).to_be_visible()


def test_a_file_that_can_not_be_read_is_refused_in_plain_words(
    ana: Page, live_stack: LiveStack, complaints: Complaints, tmp_path: Path
) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(b"%PDF-1.7\n")
    ana.goto(f"{live_stack.url}/imports/")
    pages.choose_file(ana, path)
    error = ana.get_by_role("alert")
    expect(error).to_contain_text("This file was not imported.")
    expect(error).to_contain_text("PDF")
    complaints.forgive("422")


def test_a_file_over_the_limit_is_not_even_sent(
    ana: Page, live_stack: LiveStack, tmp_path: Path
) -> None:
    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        file.truncate(2 * 1024**3 + 1)  # sparse: takes no room
    uploads: list[str] = []
    ana.on("request", lambda request: uploads.append(request.method))
    ana.goto(f"{live_stack.url}/imports/")
    pages.choose_file(ana, path)
    expect(ana.get_by_role("alert")).to_contain_text("huge.csv is 2.0 GB; the limit is 2.0 GB.")
    assert "POST" not in uploads


def test_the_plain_form_works_without_javascript(
    ana: Page, live_stack: LiveStack, product_file: Path
) -> None:
    browser = ana.context.browser
    assert browser
    with browser.new_context(java_script_enabled=False) as context:
        context.add_cookies(ana.context.cookies())  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(f"{live_stack.url}/imports/")
        page.get_by_label("Choose a product file").set_input_files(product_file)
        page.get_by_role("button", name="Upload and import").click()
        pages.column(page, "price").select_option("keep as attribute")
        page.get_by_label("Name of the attribute that price becomes").fill("")
        page.get_by_role("button", name="Continue").click()
        expect(page.get_by_text("Give the attribute a name.")).to_be_visible()
        page.get_by_label("Name of the attribute that price becomes").fill("Retail")
        pages.continue_import(page)
        expect(page.get_by_role("heading", name=re.compile("spring.csv"))).to_be_visible()
