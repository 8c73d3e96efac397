"""Makes the screenshots of the documentation against a running instance.

    python scripts/screenshots.py http://127.0.0.1:8000 admin PASSWORD

The script changes nothing. The instance needs everything that the captions of docs/pages.md
describe, and the script ends before the first picture if something is missing: an import that has
ended and has rejected rows, one that waits for its columns, one that waits for its review, a
profile, a product that was changed since it was imported, and a webhook. `scripts/showcase.py`
makes all of that in a new instance; after it, give PostgreSQL a minute to count the products. Needs
playwright and a Chromium (its path in CHROMIUM, or on PATH).
"""

from __future__ import annotations

import argparse
import os
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
    """Take every picture, or none if something is missing."""
    options = parse_arguments(__doc__ or "")
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        with a_page(browser) as page:
            page.goto(f"{options.url}/login/")
            log_in(page, options)
            try:
                addresses = dict(pages(page, options.url))
            except Missing as missing:
                print(f"{missing} The text at the top of this script lists what is needed.")
                return 1
            for name, address in addresses.items():
                take(page, address, name)
                take_other_looks(page, address, name)
        with a_page(browser) as page:
            take(page, f"{options.url}/login/", "login")
    return 0


def chromium() -> str:
    """The path of a Chromium; ends the script if there is none."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    return path or sys.exit(
        "There is no Chromium here. Install one, or give its path as CHROMIUM=/path/to/chrome."
    )


def parse_arguments(description: str) -> argparse.Namespace:
    """The address and the log-in of the instance; the first line of `description` is the help."""
    parser = argparse.ArgumentParser(description=description.partition("\n")[0])
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
    """Yield the name of each picture and the address of its page. Raises Missing."""
    ended = first_of(page, url, "imports/?status=completed", number="rejected", at_least=1)
    review = first_of(page, url, "imports/?status=review")
    held = first_of(page, url, "imports/?status=held")
    profile = first_of(page, url, "import-profiles/")
    product = first_of(page, url, "products/?ordering=-updated_at", number="version", at_least=2)
    webhook = first_of(page, url, "webhooks/")
    yield "overview", f"{url}/"
    yield "imports", f"{url}/imports/"
    yield "import", f"{url}/imports/{ended}/"
    yield "products", f"{url}/products/"
    yield "product", f"{url}/products/{product}/"
    yield "review", f"{url}/imports/{review}/"
    yield "mapping", f"{url}/imports/{held}/mapping/"
    yield "profiles", f"{url}/imports/profiles/"
    yield "profile", f"{url}/imports/profiles/{profile}/"
    yield "product-new", f"{url}/products/new/"
    yield "products-delete", f"{url}/products/delete/"
    yield "webhooks", f"{url}/webhooks/"
    yield "webhook", f"{url}/webhooks/{webhook}/"
    yield "api-docs", f"{url}/api/docs/"
    yield "api", f"{url}/api/products/?format=api"
    yield "admin", f"{url}/admin/"


class Missing(Exception):
    """The instance has no object for one of the pictures."""


def first_of(page: Page, url: str, query: str, *, number: str = "id", at_least: int = 1) -> int:
    """The id of the first object in a list of the API whose field `number` is `at_least` this.

    Raises Missing.
    """
    objects: list[dict[str, int]] = page.request.get(f"{url}/api/{query}").json()["results"]
    for each in objects:
        if each[number] >= at_least:
            return each["id"]
    raise Missing(f"Nothing in /api/{query} has a `{number}` of {at_least} or more.")


def take_other_looks(page: Page, address: str, name: str) -> None:
    """Take the main pages in the dark theme too, and on a phone."""
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
