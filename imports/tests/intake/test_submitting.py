from __future__ import annotations

import gzip

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError

from imports.intake.submitting import create, printable, submit
from imports.models import Import
from product_files.faults import FileFault
from product_files.tests.workbooks import workbook


@pytest.mark.parametrize(
    ("filename", "shown"),
    [
        ("spring.csv", "spring.csv"),
        ("a\nb\0c\u202e.csv", "a�b�c�.csv"),
        ("", "unnamed"),
        ("x" * 300 + ".csv", "x" * 251 + ".csv"),
    ],
)
def test_a_file_name_is_only_shown(filename: str, shown: str) -> None:
    assert printable(filename) == shown


def test_nothing_is_kept_of_a_refused_file(user: User, unsent: None) -> None:
    before = stored()
    with pytest.raises(FileFault):
        submit(file=ContentFile(b"name\nLamp\n"), filename="x.csv", user=user)
    assert stored() == before
    assert not Import.objects.exists()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (gzip.compress(b"name\nLamp\n", mtime=0), "sku_column_missing"),
        (gzip.compress(b"sku\nA\n", mtime=0)[:-1], "archive_unsafe"),
        (gzip.compress(bytes(2_000_000)), "archive_unsafe"),
        (workbook([["sku"]]), "no_rows"),
        (workbook([["sku"], ["A"]])[:-1], "unsupported_format"),
    ],
)
def test_a_container_is_judged_before_anything_is_kept(
    user: User, unsent: None, data: bytes, code: str
) -> None:
    before = stored()
    with pytest.raises(FileFault) as fault:
        submit(file=ContentFile(data), filename="x.csv", user=user)
    assert fault.value.code == code
    assert stored() == before


def test_nothing_is_kept_where_the_import_can_not_be_stored(user: User) -> None:
    before = stored()
    with pytest.raises(IntegrityError):
        create(file=ContentFile(b"x"), filename="x.csv", created_by=user, mode="nonsense")
    assert stored() == before


def stored() -> set[str]:
    try:
        return set(default_storage.listdir("imports")[1])
    except FileNotFoundError:
        return set()
