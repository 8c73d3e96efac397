"""The page that a benchmark has open follows a job to its end, as a browser does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.test import Client

from benchmarks.watching import Page
from imports.intake.submitting import submit

if TYPE_CHECKING:
    from conftest import LiveStack


@pytest.mark.parametrize("streams", [True, False])
def test_until_the_end(live_stack: LiveStack, user: User, streams: bool) -> None:
    visitor = Client()
    visitor.force_login(user)
    import_ = submit(file=ContentFile(b"sku,name\nA,Lamp\n"), filename="lamps.csv", user=user)
    page = Page(
        live_stack.url, visitor.cookies[settings.SESSION_COOKIE_NAME].value, str(import_.pk)
    )
    page.streams_from = 0 if streams else float("inf")
    page.watch()
    assert "Import done" in page.html
