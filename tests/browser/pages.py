"""What a person does on the pages, by the words that are on them."""

from __future__ import annotations

import base64
import re
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

SOON = 30_000  # milliseconds

_DROP = """([name, encoded]) => {
  const bytes = Uint8Array.from(atob(encoded), (c) => c.charCodeAt(0));
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([bytes], name, { type: "text/csv" }));
  const zone = document.getElementById("drop-zone");
  for (const type of ["dragenter", "dragover", "drop"]) {
    zone.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
  }
}"""


def choose_file(page: Page, path: Path) -> None:
    page.get_by_label("Drop a product file here").set_input_files(path)


def drop_file(page: Page, path: Path) -> None:
    page.evaluate(_DROP, [path.name, base64.b64encode(path.read_bytes()).decode()])


def import_file(page: Page, url: str, path: Path) -> None:
    """Start an import from the page of imports; ends on the import's own page."""
    upload_file(page, url, path)
    continue_at_once(page)


def upload_file(page: Page, url: str, path: Path) -> None:
    """Choose a file on the page of imports; ends where its columns are shown."""
    page.goto(f"{url}/imports/")
    choose_file(page, path)
    page.wait_for_url(re.compile(r"/imports/\d+/mapping/$"))


def continue_at_once(page: Page) -> None:
    """From the upload on: the columns as they are offered, and no review."""
    page.get_by_label("After the file is read").select_option("import at once", timeout=SOON)
    continue_import(page)


def continue_import(page: Page) -> None:
    """From the columns to the import's own page."""
    page.get_by_role("button", name="Continue").click(timeout=SOON)
    page.wait_for_url(re.compile(r"/imports/\d+/$"))


def column(page: Page, name: str) -> Locator:
    """What a column of the file becomes."""
    return page.get_by_label(f"{name} becomes", exact=True)


def wait_for_result(page: Page) -> None:
    expect(page.locator("#import-title")).to_contain_text("Done:", timeout=SOON)


def count_of(page: Page, word: str) -> Locator:
    """The number in front of a word of the outcome, such as "new"."""
    return page.locator("#import .legend li", has_text=re.compile(rf"\b{word}\b")).locator("strong")


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than the window."""
    width: int = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return width
