from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from jobs.models import Job, LedgerLine
from jobs.summary import summary_of

pytestmark = pytest.mark.django_db


def test_a_summary_has_the_end_the_counts_and_the_name() -> None:
    ana = User.objects.create(username="ana")
    job = Job.objects.create(
        kind="import",
        status="failed",
        error_code="interrupted",
        error_detail="Again.",
        created_by=ana,
        finished_at=timezone.now(),
    )
    LedgerLine.objects.create(job=job, number=0, rejected=2)
    LedgerLine.objects.create(job=job, number=1, created=3, removed=1)
    summary = summary_of(Job.objects.get())
    assert summary | {"created_at": None, "finished_at": None} == {
        "id": job.pk,
        "status": "failed",
        "error_code": "interrupted",
        "error_detail": "Again.",
        "rows_read": 0,
        "created": 3,
        "updated": 0,
        "unchanged": 0,
        "duplicate": 0,
        "rejected": 2,
        "removed": 1,
        "created_by": "ana",
        "created_at": None,
        "started_at": None,
        "finished_at": None,
    }


def test_nobody_may_have_asked_for_it() -> None:
    assert summary_of(Job.objects.create(kind="import"))["created_by"] is None
