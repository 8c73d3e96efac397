"""`scripts/layout.py`: the figures of a small checkout, counted by hand."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

FILES = {
    "imports/__init__.py": "",
    "imports/models.py": "from products import sku\n",
    "imports/api/views.py": (
        "from typing import TYPE_CHECKING\n"
        "from imports.models import Import\n"
        "from imports import sql\n"
        "if TYPE_CHECKING:\n"
        "    from products import sku\n"
    ),
    "imports/sql/__init__.py": "from products.sku import key\n",
    "imports/migrations/0001_initial.py": "from imports import models\n",
    "products/__init__.py": "",
    "products/sku.py": (
        'def key(sku: str) -> str:\n    """Three words here."""\n    folded = sku\n'
        "    return folded\n\n\ndef trim(sku: str) -> str:\n    return sku\n"
    ),
    "products/views.py": "from products import forms\n",
    "products/forms.py": "from products import views\n",
    "products/tests/test_sku.py": "from products import sku\n",
    "templates/base.html": '{% include "_head.html" %}{% include form_template %}\n',
    "templates/_head.html": "",
    "templates/page.html": '{% extends "base.html" %}{% include "_head.html" %}\n',
}


@pytest.fixture
def figures(tmp_path: Path) -> str:
    for name, text in FILES.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    script = settings.BASE_DIR / "scripts" / "layout.py"
    command = [sys.executable, str(script), str(tmp_path)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_packages_have_their_modules_and_lines(figures: str) -> None:
    rows = [line.split() for line in figures.partition("\n\n")[0].splitlines()[1:]]

    assert rows == [
        ["imports", "1", "1"],
        ["imports/api", "1", "5"],
        ["imports/sql", "1", "1"],
        ["products", "3", "10"],
        ["in", "all", "6", "17"],
    ]


def test_imports_are_arrows_and_cycles_are_named_once(figures: str) -> None:
    assert "in all: 6 imports, 1 cycles" in figures
    assert "3 modules: imports.api.views > imports.models > products.sku\n" in figures
    assert "inside imports/: 2 imports, 0 cycles" in figures
    assert "2 modules: imports.api.views > imports.models\n" in figures


def test_functions_and_names_are_measured(figures: str) -> None:
    assert "functions: 2; lines without docstring: median 1.5, 90th percentile" in figures
    # key, sku, folded and trim.
    assert "names: 4; characters: mean 4.0" in figures


def test_a_page_is_made_of_all_that_it_leads_to(figures: str) -> None:
    assert "templates: 3; include tags: 3; templates that a page is made of:" in figures
    assert figures.endswith("   3  page.html\n   2  base.html\n")
