"""Every code that people meet has all its words, once, and every word belongs to a code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, get_args

import pytest
from django.conf import settings

from imports.failures import FAILURE_WORDS, failure_of
from imports.review.preview_warnings import WARNING_WORDS
from product_files.faults import FILE_WORDS, ROW_WORDS, FileCode, RowCode, Words

ROOT: Final = Path(settings.BASE_DIR)
APPS: Final = ("product_files", "imports", "products", "webhooks", "jobs", "web")
FAMILIES: Final = {
    "file": FILE_WORDS,
    "row": ROW_WORDS,
    "failure": FAILURE_WORDS,
    "warning": WARNING_WORDS,
}
# What takes a code as its first argument, or as its argument `code`.
FAMILY_OF_CALL: Final = {
    "FileFault": "file",
    "RowFault": "row",
    "_Rejected": "row",
    "PriceFault": "row",
    "JobError": "failure",
    "PreviewWarning": "warning",
}
# Where the words stand.
TABLES: Final = (
    "product_files/faults.py",
    "imports/failures.py",
    "imports/review/preview_warnings.py",
)
# What shows codes to people, or takes them for a program.
SHOWN_IN: Final = ("pages", "api", "api.py", "views.py", "forms.py", "commands", "admin.py")


def sources() -> list[Path]:
    """The modules of all apps, without their tests and migrations."""
    paths = (path for app in APPS for path in (ROOT / app).rglob("*.py"))
    return [path for path in paths if not {"tests", "migrations"} & set(path.parts)]


def words() -> list[tuple[str, str, Words]]:
    return [(name, code, said) for name, table in FAMILIES.items() for code, said in table.items()]


def codes_in_use() -> set[tuple[str, str]]:
    """(family, code) of every code that the source gives to a fault or to a job that fails."""
    return {
        found
        for path in sources()
        for node in ast.walk(ast.parse(path.read_text()))
        for found in [*_in_call(node), *_in_dictionary(node)]
    }


def _in_call(node: ast.AST) -> Iterator[tuple[str, str]]:
    if not isinstance(node, ast.Call):
        return
    name = getattr(node.func, "id", getattr(node.func, "attr", ""))
    keywords = {keyword.arg: keyword.value for keyword in node.keywords}
    if name in FAMILY_OF_CALL:
        codes = [*node.args[:1], *[keywords[key] for key in ("code",) if key in keywords]]
        yield from ((FAMILY_OF_CALL[name], code) for code in _texts(codes))
    if name == "fail":
        yield from (("failure", code) for code in _texts(node.args[1:2]))
    if "error_code" in keywords:
        yield from (("failure", code) for code in _texts([keywords["error_code"]]))


def _in_dictionary(node: ast.AST) -> Iterator[tuple[str, str]]:
    if isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and key.value == "error_code":
                yield from (("failure", code) for code in _texts([value]))


def _texts(nodes: list[ast.expr]) -> Iterator[str]:
    """The texts that an expression may be: itself, or one side of an `or`."""
    for node in nodes:
        sides = node.values if isinstance(node, ast.BoolOp) else [node]
        for side in sides:
            if isinstance(side, ast.Constant) and isinstance(side.value, str) and side.value:
                yield side.value


@pytest.mark.parametrize(("family", "code", "said"), words())
def test_a_code_has_all_its_words(family: str, code: str, said: Words) -> None:
    assert said.title
    assert not said.title.endswith(".")
    assert said.short
    assert not said.short.endswith(".")
    assert said.advice.endswith(".")
    assert bool(said.message) is (family in ("row", "warning"))
    assert not said.message or said.message.endswith(".")


@pytest.mark.parametrize(
    ("codes", "table"), [(get_args(FileCode), FILE_WORDS), (get_args(RowCode), ROW_WORDS)]
)
def test_the_codes_of_files_and_rows_are_those_of_their_types(
    codes: tuple[str, ...], table: Mapping[str, Words]
) -> None:
    assert list(table) == list(codes)


def test_every_code_that_is_given_has_words() -> None:
    missing = {(family, code) for family, code in codes_in_use() if code not in FAMILIES[family]}
    assert not missing
    families = {family for family, _ in codes_in_use()}
    assert families == set(FAMILIES), "the scan finds codes of each family"


def test_every_code_with_words_is_given() -> None:
    codes = {code for _, code in codes_in_use()}
    elsewhere = "".join(
        path.read_text() for path in sources() if str(path.relative_to(ROOT)) not in TABLES
    )
    unused = {
        code
        for _, code, _ in words()
        if code not in codes and not re.search(rf"""["']{code}["']""", elsewhere)
    }
    assert not unused


def test_a_file_that_fails_on_the_way_has_the_same_words_as_one_refused_at_once() -> None:
    assert FILE_WORDS.items() <= FAILURE_WORDS.items()


def test_an_interrupted_import_goes_on_or_is_uploaded_again() -> None:
    assert failure_of("interrupted", has_file=True).advice.startswith("Continue this import")
    assert failure_of("interrupted", has_file=False).advice.startswith("Upload the file again")
    assert failure_of("file_gone", has_file=False) == FAILURE_WORDS["file_gone"]


def test_a_code_of_another_version_is_shown_all_the_same() -> None:
    assert failure_of("of_tomorrow", has_file=True).title == "Something went wrong"


def test_no_template_decides_by_codes() -> None:
    codes = {code for _, code, _ in words()}
    found = {
        (str(path.relative_to(ROOT)), code)
        for path in (ROOT / "templates").rglob("*.html")
        for tag in re.findall(r"{%-?\s*(?:el)?if\b.*?%}", path.read_text(), re.DOTALL)
        for code in re.findall(r"""["'](\w+)["']""", tag)
        if code in codes
    }
    assert not found


def test_nothing_that_shows_codes_decides_by_them() -> None:
    codes = {code for _, code, _ in words()}
    found = {
        (str(path.relative_to(ROOT)), side.value)
        for path in sources()
        if set(SHOWN_IN) & set(path.parts)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Compare)
        for side in [node.left, *node.comparators]
        if isinstance(side, ast.Constant) and side.value in codes
    }
    assert not found
