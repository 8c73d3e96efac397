"""Fills a new instance with the objects that `scripts/screenshots.py` takes pictures of.

    python scripts/showcase.py http://127.0.0.1:8000 admin PASSWORD

Everything is done as a person would do it on the pages: an import with some rows to fix, another
that waits for its review, one with a profile and one that waits for its columns, a changed product,
and a webhook whose receiver runs for as long as the script. The instance must be embedded, as
`python3 run.py` starts it, and have no imports. Needs the same programs as the screenshots.
"""

from __future__ import annotations

import csv
import re
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import islice
from pathlib import Path
from subprocess import run

from playwright.sync_api import Page, expect, sync_playwright
from screenshots import FLAGS, a_page, chromium, log_in, parse_arguments

ROOT = Path(__file__).resolve().parent.parent
SOON = 60_000  # milliseconds
FIELDS = {"Artikelnummer": "SKU", "Bezeichnung": "Name", "Beschreibung": "Description"}
OTHER_FIELDS = {"Preis": "Price", "Farbe": "keep as attribute", "Lagerort": "ignore"}
COLOURS = ("grün", "weiß", "rot")


def main() -> int:
    """Make everything that the pictures need, in the order in which lists should show it."""
    options = parse_arguments(__doc__ or "")
    server = HTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        spring, prices, supplier = write_files(Path(folder))
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        with a_page(browser) as page:
            page.goto(f"{options.url}/login/")
            log_in(page, options)
            add_webhook(page, options.url, f"http://127.0.0.1:{server.server_port}/hooks/products")
            import_at_once(page, options.url, spring)
            save_a_profile(page, options.url, supplier)
            change_a_product(page, options.url)
            upload(page, options.url, prices)
            go_on(page)
            expect(page.get_by_text("Nothing has been written yet.")).to_be_visible(timeout=SOON)
            upload(page, options.url, supplier.rename(supplier.with_name("lampenwelt_2026-12.csv")))
    return 0


class Receiver(BaseHTTPRequestHandler):
    """Accepts everything that a webhook sends."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Print nothing."""


def write_files(folder: Path) -> tuple[Path, Path, Path]:
    """A large file with some bad rows, its beginning with other prices, and one in German."""
    spring, prices = folder / "spring.csv", folder / "prices.csv"
    sample = [sys.executable, str(ROOT / "run.py"), "manage", "sample_products", str(spring)]
    run([*sample, "--rows", "50000", "--seed", "7", "--bad", "0.2"], check=True)
    # Latin-1 keeps bytes that are not UTF-8 as they are.
    with (
        spring.open(encoding="latin-1", newline="") as source,
        prices.open("w", encoding="latin-1", newline="") as target,
    ):
        header, *rows = islice(csv.reader(source), 4_001)
        changed = [row if number % 3 else raised(row) for number, row in enumerate(rows)]
        csv.writer(target).writerows([header, *changed])
    supplier = folder / "lampenwelt_2026-11.csv"
    supplier.write_text("\n".join([";".join([*FIELDS, *OTHER_FIELDS]), *lamps()]), "cp1252")
    return spring, prices, supplier


def lamps() -> Iterator[str]:
    for n in range(300):
        colour = COLOURS[n % 3]
        yield f'LW-{n:04};Stehleuchte Größe {n};"Für Küche & Büro";{19 + n},90;{colour};R{n}'


def raised(row: list[str]) -> list[str]:
    """The row with a price that is a tenth higher, if it has a price."""
    cells = list(row)
    with suppress(ArithmeticError, IndexError):
        cells[3] = f"{Decimal(cells[3]) * Decimal('1.1'):.2f}"
    return cells


def add_webhook(page: Page, url: str, address: str) -> None:
    page.goto(f"{url}/webhooks/")
    page.get_by_label("Address").fill(address)
    page.locator("[name=description]").fill("Shop")
    page.get_by_label("import.completed").check()
    page.get_by_label("import.failed").check()
    page.get_by_role("button", name="Add webhook").click()
    page.get_by_role("button", name="Send test").click()
    expect(page.locator("#tested")).to_contain_text("delivered", timeout=SOON)


def upload(page: Page, url: str, file: Path) -> None:
    """Upload a file, up to the page that shows its columns."""
    page.goto(f"{url}/imports/")
    page.get_by_label("Drop a product file here").set_input_files(file)
    page.wait_for_url(re.compile(r"/imports/\d+/mapping/$"), timeout=SOON)


def go_on(page: Page) -> None:
    """Go from the columns to the page of the import."""
    page.get_by_role("button", name="Continue").click(timeout=SOON)
    page.wait_for_url(re.compile(r"/imports/\d+/$"), timeout=SOON)


def at_once(page: Page) -> None:
    page.get_by_label("After the file is read").select_option("import at once")
    go_on(page)
    expect(page.locator("#import-title")).to_contain_text("Done:", timeout=SOON)


def import_at_once(page: Page, url: str, file: Path) -> None:
    upload(page, url, file)
    at_once(page)


def change_a_product(page: Page, url: str) -> None:
    page.goto(f"{url}/products/")
    page.get_by_role("link", name="Edit").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Price").fill("449.00")
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_role("table").get_by_text("449.00")).to_be_visible(timeout=SOON)


def save_a_profile(page: Page, url: str, file: Path) -> None:
    """Choose what the columns of a file in German become, and save that as a profile."""
    upload(page, url, file)
    for column, field in (FIELDS | OTHER_FIELDS).items():
        page.get_by_label(f"{column} becomes", exact=True).select_option(field)
    page.get_by_label("Name of the attribute that Farbe becomes").fill("colour")
    page.locator("[name=profile_name]").fill("Lampenwelt")
    at_once(page)


if __name__ == "__main__":
    sys.exit(main())
