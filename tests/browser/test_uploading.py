"""An upload on the page: in parts, cut off and gone on with, paused, closed, cancelled."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.files.storage import default_storage
from playwright.sync_api import Page, Route, expect

from conftest import LiveStack
from imports.intake import uploads
from imports.models import Import, Upload
from tests.browser import pages
from tests.browser.conftest import Complaints

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PART = 5_000
UPLOAD = re.compile(r"/api/uploads/[0-9a-f-]{36}/$")


def go_to_imports(page: Page, live_stack: LiveStack) -> None:
    page.goto(f"{live_stack.url}/imports/")
    page.evaluate(f"document.getElementById('upload-form').dataset.partBytes = '{PART}'")


class Parts:
    """Lets so many parts of an upload through, and then does something else with the others."""

    def __init__(self, page: Page, *, through: int, abort: int = 0) -> None:
        self.offsets: list[int] = []
        self._left = through
        self._abort = abort
        page.route(UPLOAD, self._meet)

    def _meet(self, route: Route) -> None:
        if route.request.method != "PATCH":
            return route.continue_()
        self.offsets.append(int(route.request.headers["upload-offset"]))
        if self._left:
            self._left -= 1
            return route.continue_()
        if self._abort:
            self._abort -= 1
            return route.abort("connectionreset")
        return None  # never answered


def assert_imported(page: Page, path: Path) -> None:
    """Once its columns are settled, the import has read exactly the bytes of the file."""
    pages.continue_at_once(page)
    pages.wait_for_result(page)
    import_ = Import.objects.get()
    assert import_.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert import_.filename == path.name


def wait_until(page: Page, condition: Callable[[], bool]) -> None:
    """As tests.processes.wait_until; meanwhile the page's requests are met."""
    for _ in range(pages.SOON // 50):
        if condition():
            return
        page.wait_for_timeout(50)
    raise AssertionError("waited too long")


def wait_until_kept(page: Page, count: int) -> None:
    wait_until(page, lambda: Upload.objects.filter(offset=count * PART).exists())


def test_a_file_goes_up_in_parts(ana: Page, live_stack: LiveStack, product_file: Path) -> None:
    go_to_imports(ana, live_stack)
    pages.choose_file(ana, product_file)
    assert_imported(ana, product_file)
    assert len(Import.objects.get().parts) == 1 + product_file.stat().st_size // PART
    assert ana.evaluate("localStorage.length") == 0


def test_a_lost_connection_is_made_again(
    ana: Page, live_stack: LiveStack, complaints: Complaints, product_file: Path
) -> None:
    go_to_imports(ana, live_stack)
    Parts(ana, through=2, abort=2)
    pages.choose_file(ana, product_file)
    expect(ana.locator("#upload-figures")).to_contain_text("trying again", timeout=pages.SOON)
    ana.unroute(UPLOAD)
    assert_imported(ana, product_file)
    complaints.forgive("ERR_CONNECTION_RESET")


def test_an_upload_waits_until_the_network_is_back(
    ana: Page, live_stack: LiveStack, complaints: Complaints, product_file: Path
) -> None:
    go_to_imports(ana, live_stack)
    Parts(ana, through=2)
    pages.choose_file(ana, product_file)
    wait_until_kept(ana, 2)
    ana.context.set_offline(True)
    ana.get_by_role("button", name="Pause").click()
    ana.unroute(UPLOAD)
    ana.get_by_role("button", name="Continue").click()
    expect(ana.locator("#upload-figures")).to_contain_text("What has arrived is kept")
    ana.context.set_offline(False)
    assert_imported(ana, product_file)
    complaints.forgive("ERR_INTERNET_DISCONNECTED")


def test_an_upload_is_paused_and_continued(
    ana: Page, live_stack: LiveStack, product_file: Path
) -> None:
    go_to_imports(ana, live_stack)
    parts = Parts(ana, through=2)
    pages.choose_file(ana, product_file)
    wait_until_kept(ana, 2)
    ana.get_by_role("button", name="Pause").click()
    expect(ana.locator("#upload-figures")).to_contain_text("paused")
    ana.unroute(UPLOAD)
    again = Parts(ana, through=100)
    ana.get_by_role("button", name="Continue").click()
    assert_imported(ana, product_file)
    assert parts.offsets == [0, PART, 2 * PART]
    # The part that was under way may have got through.
    assert again.offsets[0] in (2 * PART, 3 * PART)


# As if the page took its time to look whether a part of the file is here already.
LOOK_LATER = """() => {
  const { findPreviousUploads } = tus.Upload.prototype;
  const mayLook = new Promise((resolve) => { window.letLook = resolve; });
  tus.Upload.prototype.findPreviousUploads = async function () {
    await mayLook;
    return findPreviousUploads.call(this);
  };
}"""


def choose_with_a_late_look(page: Page, live_stack: LiveStack, file: Path) -> list[str]:
    """Upload a file, which waits for `letLook()`; the methods of its requests, as they come."""
    go_to_imports(page, live_stack)
    page.evaluate(LOOK_LATER)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.method))
    pages.choose_file(page, file)
    return asked


def test_a_pause_before_the_first_request_holds(
    ana: Page, live_stack: LiveStack, product_file: Path
) -> None:
    asked = choose_with_a_late_look(ana, live_stack, product_file)
    ana.get_by_role("button", name="Pause").click()
    ana.evaluate("window.letLook()")
    ana.wait_for_timeout(500)
    assert asked == []
    expect(ana.locator("#upload-figures")).to_contain_text("paused")
    ana.get_by_role("button", name="Continue").click()
    assert_imported(ana, product_file)


def test_going_on_before_the_first_request_sends_the_file_once(
    ana: Page, live_stack: LiveStack, product_file: Path
) -> None:
    choose_with_a_late_look(ana, live_stack, product_file)
    ana.get_by_role("button", name="Pause").click()
    ana.get_by_role("button", name="Continue").click()
    ana.evaluate("window.letLook()")
    assert_imported(ana, product_file)
    assert Upload.objects.count() == 1


def test_cancelled_before_the_first_request_nothing_is_sent(
    ana: Page, live_stack: LiveStack, product_file: Path
) -> None:
    asked = choose_with_a_late_look(ana, live_stack, product_file)
    ana.get_by_role("button", name="Cancel upload").click()
    ana.evaluate("window.letLook()")
    ana.wait_for_timeout(500)
    assert asked == []


def test_a_closed_page_goes_on_with_the_same_file(
    ana: Page, live_stack: LiveStack, complaints: Complaints, product_file: Path
) -> None:
    go_to_imports(ana, live_stack)
    Parts(ana, through=3, abort=100)
    pages.choose_file(ana, product_file)
    wait_until_kept(ana, 3)
    expect(ana.locator("#upload-figures")).to_contain_text("trying again")
    context = ana.context
    ana.close()
    complaints.forgive("ERR_CONNECTION_RESET")

    page = context.new_page()
    go_to_imports(page, live_stack)
    expect(page.get_by_text(f"{product_file.name} is partly uploaded")).to_be_visible()
    again = Parts(page, through=100)
    pages.choose_file(page, product_file)
    assert_imported(page, product_file)
    # A part may have got through while the page went away.
    assert again.offsets[0] in (3 * PART, 4 * PART)
    assert Upload.objects.count() == 1


def test_a_server_that_is_away_for_a_moment_costs_nothing(
    ana: Page, live_stack: LiveStack, complaints: Complaints, product_file: Path
) -> None:
    go_to_imports(ana, live_stack)
    Parts(ana, through=2)
    pages.choose_file(ana, product_file)
    wait_until_kept(ana, 2)
    ana.get_by_role("button", name="Pause").click()
    ana.unroute(UPLOAD)
    again = Parts(ana, through=100)
    asked: list[str] = []

    def fail_twice(route: Route) -> None:
        asked.append(route.request.method)
        if asked.count("HEAD") <= 2 and route.request.method == "HEAD":
            return route.fulfill(status=502)
        return route.fallback()

    ana.route(UPLOAD, fail_twice)
    ana.get_by_role("button", name="Continue").click()
    assert_imported(ana, product_file)
    assert asked[:3] == ["HEAD"] * 3
    assert 0 not in again.offsets
    complaints.forgive("502")


def test_an_upload_that_nobody_goes_on_with_is_discarded(
    ana: Page, live_stack: LiveStack, user: User
) -> None:
    uploads.begin(user=user, filename="autumn.csv", size_bytes=3, metadata="")
    go_to_imports(ana, live_stack)
    note = ana.get_by_text("autumn.csv is partly uploaded")
    expect(note).to_be_visible()
    ana.get_by_role("button", name="Discard autumn.csv").click()
    expect(note).to_be_hidden()
    assert not Upload.objects.exists()


def test_a_cancelled_upload_leaves_nothing(
    ana: Page, live_stack: LiveStack, product_file: Path
) -> None:
    go_to_imports(ana, live_stack)
    Parts(ana, through=2)
    pages.choose_file(ana, product_file)
    wait_until_kept(ana, 2)
    folder = Upload.objects.get().folder
    ana.get_by_role("button", name="Cancel upload").click()
    expect(ana.get_by_label("Drop a product file here")).to_be_focused()
    wait_until(ana, lambda: not Upload.objects.exists())
    wait_until(ana, lambda: not default_storage.exists(folder))
    assert not Import.objects.exists()
    # Forgotten once the answer is here, which is after it was deleted.
    wait_until(ana, lambda: ana.evaluate("localStorage.length") == 0)


def test_a_refused_file_is_not_kept(
    ana: Page, live_stack: LiveStack, complaints: Complaints, tmp_path: Path
) -> None:
    path = tmp_path / "list.csv"
    path.write_text("%PDF-1.7 and so on\n")
    go_to_imports(ana, live_stack)
    pages.choose_file(ana, path)
    expect(ana.get_by_role("alert")).to_contain_text("This file was not imported.")
    wait_until(ana, lambda: not Upload.objects.exists())
    complaints.forgive("422")


def test_an_import_that_did_not_begin_is_asked_for_again(
    ana: Page, live_stack: LiveStack, complaints: Complaints, product_file: Path
) -> None:
    go_to_imports(ana, live_stack)
    asked: list[str] = []
    ana.route("**/imports/", lambda route: route.abort("connectionreset"))
    pages.choose_file(ana, product_file)
    figures = ana.locator("#upload-figures")
    expect(figures).to_contain_text("the connection was lost before the import began")
    expect(figures).to_contain_text("Nothing has been imported yet.")
    complaints.forgive("ERR_CONNECTION_RESET")
    ana.unroute("**/imports/")
    ana.on("request", lambda request: asked.append(request.method))
    ana.get_by_role("button", name="Continue").click()
    assert_imported(ana, product_file)
    assert "PATCH" not in asked


def test_the_same_file_again_is_pointed_out(
    ana: Page, live_stack: LiveStack, product_file: Path
) -> None:
    pages.import_file(ana, live_stack.url, product_file)
    pages.wait_for_result(ana)
    first = Import.objects.get()
    pages.import_file(ana, live_stack.url, product_file)
    pages.wait_for_result(ana)
    note = ana.get_by_text("This is the same file as")
    expect(note).to_be_visible()
    note.get_by_role("link", name="spring.csv").click()
    ana.wait_for_url(f"{live_stack.url}/imports/{first.pk}/")
    expect(ana.get_by_text("This is the same file as")).to_be_hidden()
