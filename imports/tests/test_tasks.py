from __future__ import annotations

import pytest
from django.conf import settings

from imports import tasks


def test_beat_has_uploads_swept(monkeypatch: pytest.MonkeyPatch) -> None:
    swept: list[str] = []
    monkeypatch.setattr("imports.intake.uploads.sweep", lambda: swept.append("uploads"))
    tasks.sweep_uploads()
    assert swept == ["uploads"]
    named = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert tasks.sweep_uploads.name in named
