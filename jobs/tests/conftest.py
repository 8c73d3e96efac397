from __future__ import annotations

import pytest
from pytest_django.fixtures import Settings

from jobs.models import Job
from jobs.tests import fake


@pytest.fixture
def wakeups(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, tuple[int, ...]]]:
    """The messages that would have gone to the broker; tests deliver them themselves."""
    sent: list[tuple[str, tuple[int, ...]]] = []
    monkeypatch.setattr(
        "jobs.wakeups._send", lambda task, *args, delay_seconds=0: sent.append((task, args))
    )
    return sent


@pytest.fixture
def kind(settings: Settings) -> fake.FakeKind:
    settings.JOB_KINDS = {"fake": "jobs.tests.fake.kind"}
    fake.kind.reset()
    return fake.kind


@pytest.fixture
def job(transactional_db: None, kind: fake.FakeKind) -> Job:
    return Job.objects.create(kind="fake")
