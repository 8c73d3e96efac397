from __future__ import annotations

import pytest
from django.test import Client


@pytest.mark.parametrize("path", ["/", "/imports/", "/admin/", "/nothing/", "/api/docs/"])
def test_no_page_may_run_a_script_of_others_or_in_its_text(client: Client, path: str) -> None:
    policy = client.get(path)["Content-Security-Policy"]
    assert "default-src 'self';" in policy
    assert "script-src" not in policy
    assert "frame-ancestors 'none'" in policy


def test_only_the_pages_of_the_api_carry_styles(client: Client) -> None:
    assert "unsafe-inline" not in client.get("/")["Content-Security-Policy"]
    policy = client.get("/api/imports/")["Content-Security-Policy"]
    assert "style-src 'self' 'unsafe-inline'" in policy


def test_addresses_of_ours_stay_here(client: Client) -> None:
    assert client.get("/")["Referrer-Policy"] == "same-origin"
