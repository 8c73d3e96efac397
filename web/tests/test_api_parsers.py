from __future__ import annotations

import io

import pytest
from rest_framework.exceptions import ParseError

from web.api_parsers import SafeJSONParser


def test_json_is_read() -> None:
    assert SafeJSONParser().parse(io.BytesIO(b'{"a": [1, "\xc3\xa9"]}')) == {"a": [1, "é"]}


@pytest.mark.parametrize("body", [b"{", b"\xff", b"[" * 200_000, b'{"a":' * 200_000, b"NaN"])
def test_what_is_no_json_is_the_client_s_error(body: bytes) -> None:
    with pytest.raises(ParseError):
        SafeJSONParser().parse(io.BytesIO(body))
