"""The import engine in this process, for thousands of imports in one test."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from jobs import wakeups
from tests.exactness.engine import Engine


@pytest.fixture
def engine(transactional_db: None, user: User, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """Nobody is woken: the test drives the import itself."""
    monkeypatch.setattr(wakeups, "_send", lambda *_, **__: None)
    return Engine(user)
