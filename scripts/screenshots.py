"""Makes the screenshots of the documentation against a running instance.

    python scripts/screenshots.py http://127.0.0.1:8000 admin PASSWORD

Uses the instance as it is; for pictures worth showing, import a sample with some bad rows first
(`manage.py sample_products`). Needs playwright and a Chromium (its path in CHROMIUM, or on PATH).
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "screenshots"
DESKTOP: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 844}
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
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
        with logged_in(browser, options) as page:
            for theme in THEMES:
                page.emulate_media(color_scheme=theme)
                take_all(page, options.url, theme)
            page.set_viewport_size(PHONE)
            take(page, options.url, "/imports/", "imports-phone")
    return 0


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("url", help="such as http://127.0.0.1:8000")
    parser.add_argument("username")
    parser.add_argument("password")
    return parser.parse_args()


@contextmanager
def logged_in(browser: Browser, options: argparse.Namespace) -> Iterator[Page]:
    context = browser.new_context(viewport=DESKTOP)
    page = context.new_page()
    page.goto(f"{options.url}/login/")
    page.get_by_label("User name").fill(options.username)
    page.get_by_label("Password").fill(options.password)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"{options.url}/")
    yield page
    context.close()


def take_all(page: Page, url: str, theme: str) -> None:
    take(page, url, "/", f"overview-{theme}")
    take(page, url, "/imports/", f"imports-{theme}")
    if newest := newest_import(page):
        take(page, url, newest, f"import-{theme}")
    take(page, url, "/products/", f"products-{theme}")


def newest_import(page: Page) -> str | None:
    """The page of the newest import, by the list that is open."""
    links = page.locator("tbody .main a")
    return links.first.get_attribute("href") if links.count() else None


def take(page: Page, url: str, path: str, name: str) -> None:
    page.goto(url + path)
    page.screenshot(path=FOLDER / f"{name}.png")
    print(f"{name}.png")


if __name__ == "__main__":
    sys.exit(main())
