from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from jobs.models import Job, LedgerLine
from jobs.progress import PREPARED_PERCENT, Progress, progress_of

START = datetime(2026, 1, 1, tzinfo=UTC)


def look(seconds: float = 10, *, counts: dict[str, int] | None = None, **fields: Any) -> Progress:
    fields = {"created_at": START, "started_at": START, "stage_started_at": START} | fields
    sums = dict.fromkeys(LedgerLine.COUNTS, 0) | (counts or {})
    return progress_of(Job(**fields), sums, START + timedelta(seconds=seconds))


def test_a_pending_job_has_nothing_to_tell() -> None:
    progress = look(status="pending")
    assert (progress.percent, progress.rows_per_second, progress.eta_seconds) == (0, None, None)


def test_reading_is_measured_by_the_rows_read() -> None:
    progress = look(status="reading", stage="reading", percent=20, rows_read=5000)
    assert (progress.percent, progress.rows_per_second, progress.eta_seconds) == (20, 500, 40)


@pytest.mark.parametrize(
    ("settled", "percent"),
    [(0, PREPARED_PERCENT), (500, 67), (1000, 99), (1001, 99)],
)
def test_applying_fills_the_rest_of_the_bar(settled: int, percent: int) -> None:
    progress = look(
        status="applying",
        stage="applying",
        percent=PREPARED_PERCENT,
        rows_read=1000,
        counts={"created": settled},
    )
    assert progress.percent == percent


def test_a_job_without_a_file_goes_by_what_it_removes() -> None:
    progress = look(status="applying", percent=35, rows_read=10, counts={"removed": 5})
    assert PREPARED_PERCENT < progress.percent < 100


def test_what_is_removed_is_no_row_of_the_file() -> None:
    progress = look(
        status="applying", percent=35, rows_read=10, counts={"created": 5, "removed": 500}
    )
    assert progress.percent == 67
    assert progress.removed == 500


def test_percent_does_not_go_back_when_the_job_ends_early() -> None:
    counts = {"created": 500}
    common: dict[str, Any] = {"percent": 35, "rows_read": 1000, "counts": counts}
    running = look(status="applying", stage="applying", **common)
    failed = look(status="failed", stage="ended", finished_at=START, **common)
    assert failed.percent == running.percent


def test_an_ended_job_tells_how_long_it_took_and_is_not_polled() -> None:
    progress = look(
        status="completed",
        stage="ended",
        percent=100,
        rows_read=800,
        finished_at=START + timedelta(seconds=4),
    )
    assert (progress.took_seconds, progress.rows_per_second, progress.poll_ms) == (4, 200, None)
    assert progress.eta_seconds is None


@pytest.mark.parametrize(
    ("status", "seconds", "poll_ms"),
    [
        ("reading", 1, 300),
        ("applying", 30, 1000),
        ("applying", 300, 3000),
        ("review", 1, None),
    ],
)
def test_pages_look_often_at_first_and_seldom_later(
    status: str, seconds: int, poll_ms: int | None
) -> None:
    assert look(seconds, status=status).poll_ms == poll_ms
