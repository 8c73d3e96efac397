from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User

from imports.filters import ImportFilter
from imports.models import Import


@pytest.fixture
def history(user: User) -> dict[str, Import]:
    """Three imports of two people on two days."""
    ben = User.objects.create_user("ben")
    rows = {
        "spring.csv": (user, "completed", 1, 30),
        "summer.csv": (ben, "reading", 2, 20),
        "List.csv": (ben, "pending", 2, 20),
    }
    for name, (person, status, day, rows_read) in rows.items():
        Import.objects.create(
            kind="import",
            filename=name,
            size_bytes=1,
            created_by=person,
            status=status,
            rows_read=rows_read,
            held=status == "pending",
            finished_at=datetime(2026, 1, 3, tzinfo=UTC) if status == "completed" else None,
            created_at=datetime(2026, 1, day, 12, tzinfo=UTC),
        )
    return {import_.filename: import_ for import_ in Import.objects.all()}


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, ["List.csv", "summer.csv", "spring.csv"]),
        (
            {"status": "", "created_by": " ", "ordering": ""},
            ["List.csv", "summer.csv", "spring.csv"],
        ),
        ({"status": "completed"}, ["spring.csv"]),
        ({"status": "running"}, ["summer.csv"]),
        ({"status": "held"}, ["List.csv"]),
        ({"status": "pending"}, ["List.csv"]),
        ({"created_by": "ana"}, ["spring.csv"]),
        ({"created_by": "nobody"}, []),
        ({"created_from": "2026-01-02"}, ["List.csv", "summer.csv"]),
        ({"created_to": "2026-01-01"}, ["spring.csv"]),
        ({"filename": "lis"}, ["List.csv"]),
        ({"ordering": "created_at"}, ["spring.csv", "List.csv", "summer.csv"]),
        ({"ordering": "-rows_read"}, ["spring.csv", "List.csv", "summer.csv"]),
    ],
)
def test_parameters_choose_and_order(
    history: dict[str, Import], parameters: dict[str, str], expected: list[str]
) -> None:
    imports = ImportFilter(parameters, queryset=Import.objects.for_display())
    assert imports.is_valid()
    assert [import_.filename for import_ in imports.qs] == expected


@pytest.mark.parametrize(
    "parameters",
    [
        {"status": "lost"},
        {"created_from": "yesterday"},
        {"ordering": "created"},
        {"filename": "\0"},
    ],
)
def test_what_makes_no_sense_is_named(parameters: dict[str, str]) -> None:
    assert ImportFilter(parameters).errors.keys() == parameters.keys()
