from __future__ import annotations

import pytest
from django.db import DatabaseError

from jobs.conflicts import CONFLICTS_OF_A_RANGE, is_conflict
from jobs.errors import Conflict


def error_with(sqlstate: str) -> DatabaseError:
    """As Django raises it: caused by the error of the driver, which has the code."""
    cause = Exception()
    cause.sqlstate = sqlstate  # type: ignore[attr-defined]
    error = DatabaseError()
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("sqlstate", "for_a_write", "for_a_range"),
    [
        ("40001", True, True),
        ("40P01", True, True),
        ("23505", False, True),
        ("23503", False, False),
        ("53100", False, False),
    ],
)
def test_a_unique_violation_is_a_conflict_for_a_range_alone(
    sqlstate: str, for_a_write: bool, for_a_range: bool
) -> None:
    error = error_with(sqlstate)
    assert is_conflict(error) is for_a_write
    assert is_conflict(error, CONFLICTS_OF_A_RANGE) is for_a_range


def test_what_a_kind_of_job_calls_a_conflict_is_one() -> None:
    assert is_conflict(Conflict())
    assert not is_conflict(DatabaseError())
    assert not is_conflict(ValueError())
