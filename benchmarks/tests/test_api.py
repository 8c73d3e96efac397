"""The site as a program sees it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import catalogue
from benchmarks.api import Client

if TYPE_CHECKING:
    from conftest import LiveStack


def test_a_file_is_uploaded_and_followed(live_stack: LiveStack, tmp_path: Path) -> None:
    file = tmp_path / "products.csv"
    file.write_text("sku,name\nA-1,Mug\n")
    client = Client(live_stack.url)
    number = client.upload(file)
    assert catalogue.forget(number) > 0
    assert client.look(number)["created"] == 1
