from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError

from imports.faults import FileFault
from imports.models import Import
from imports.submitting import create, printable, submit


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
