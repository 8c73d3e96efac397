from __future__ import annotations

from typing import Any, Self

import pytest

from product_importer import checks


class Database:
    """Answers as a server of some version, encoding and collation would."""

    def __init__(self, *row: Any) -> None:
        self.row = row

    def cursor(self) -> Database:
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def execute(self, sql: str) -> None:
        assert "lower('É')" in sql

    def fetchone(self) -> tuple[Any, ...]:
        return self.row


@pytest.mark.parametrize(
    ("row", "ids"),
    [
        ((150000, "UTF8", True), []),
        ((140012, "UTF8", True), ["E001"]),
        ((180001, "LATIN1", True), ["E002"]),
        ((180001, "UTF8", False), ["E003"]),
        ((140012, "SQL_ASCII", False), ["E001", "E002", "E003"]),
    ],
)
def test_a_database_that_does_not_fit_is_named(
    monkeypatch: pytest.MonkeyPatch, row: tuple[Any, ...], ids: list[str]
) -> None:
    monkeypatch.setattr(checks, "connections", {"default": Database(*row)})
    errors = checks.check_database(["default"])
    assert [error.id for error in errors] == [f"product_importer.{id_}" for id_ in ids]


@pytest.mark.django_db
def test_the_database_at_hand_fits() -> None:
    assert checks.check_database(["default"]) == []


def test_without_a_database_there_is_nothing_to_check() -> None:
    assert checks.check_database(None) == []
