"""Makes the screenshots of the documentation against a running instance.

    python scripts/screenshots.py http://127.0.0.1:8000 admin PASSWORD

Uses the instance as it is; for pictures worth showing, import a sample with some bad rows first
(`manage.py sample_products`), leave an import that waits for its columns and one that waits for
its review, save a profile, add a webhook, and send it a test. Needs playwright and a Chromium (its
path in CHROMIUM, or on PATH).
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "screenshots"
DESKTOP: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}
IN_THE_DARK = ("overview", "import", "review", "mapping", "products", "webhook")
ON_A_PHONE = ("imports", "review", "mapping", "profile", "products", "product", "webhook")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


def main() -> int:
    options = parse_arguments()
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if not path:
        print("No Chromium found: install one, or name it in CHROMIUM=/path/to/chrome.")
        return 1
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        with a_page(browser) as page:
            take(page, f"{options.url}/login/", "login")
            log_in(page, options)
            for name, address in pages(page, options.url):
                take(page, address, name)
                take_other_looks(page, address, name)
    return 0


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("url", help="such as http://127.0.0.1:8000")
    parser.add_argument("username")
    parser.add_argument("password")
    return parser.parse_args()


@contextmanager
def a_page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport=DESKTOP, color_scheme="light")
    yield context.new_page()
    context.close()


def log_in(page: Page, options: argparse.Namespace) -> None:
    page.get_by_label("User name").fill(options.username)
    page.get_by_label("Password").fill(options.password)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"{options.url}/")


def pages(page: Page, url: str) -> Iterator[tuple[str, str]]:
    """The pages and what their pictures are called; of each list the first line, if any."""
    yield "overview", f"{url}/"
    for plural, singular in (("imports", "import"), ("products", "product")):
        yield plural, f"{url}/{plural}/"
        if first := first_of(page, f"{url}/{plural}/", plural):
            yield singular, url + first
    if first := first_of(page, f"{url}/imports/?status=review", "imports"):
        yield "review", url + first
    if first := first_of(page, f"{url}/imports/?status=held", "imports"):
        yield "mapping", f"{url}{first}mapping/"
    yield "profiles", f"{url}/imports/profiles/"
    if first := first_of(page, f"{url}/imports/profiles/", "imports/profiles"):
        yield "profile", url + first
    yield "product-new", f"{url}/products/new/"
    yield "products-delete", f"{url}/products/delete/"
    yield "webhooks", f"{url}/webhooks/"
    if first := first_of(page, f"{url}/webhooks/", "webhooks"):
        yield "webhook", url + first
    yield "api-docs", f"{url}/api/docs/"
    yield "api", f"{url}/api/products/?format=api"
    yield "admin", f"{url}/admin/"


def first_of(page: Page, address: str, plural: str) -> str | None:
    """The address of the first line of a list."""
    page.goto(address)
    links = page.locator("main a").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    return next((link for link in links if re.fullmatch(rf"/{plural}/[0-9]+/", link or "")), None)


def take_other_looks(page: Page, address: str, name: str) -> None:
    """The main pages in the dark too, and on a phone."""
    if name in ON_A_PHONE:
        page.set_viewport_size(PHONE)
        take(page, address, f"{name}-phone")
        page.set_viewport_size(DESKTOP)
    if name in IN_THE_DARK:
        page.emulate_media(color_scheme="dark")
        take(page, address, f"{name}-dark")
        page.emulate_media(color_scheme="light")


def take(page: Page, address: str, name: str) -> None:
    page.goto(address)
    page.wait_for_load_state("networkidle")
    page.screenshot(path=FOLDER / f"{name}.png")
    print(f"{name}.png")


if __name__ == "__main__":
    sys.exit(main())
