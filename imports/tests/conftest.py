from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile

from imports.intake.submitting import create
from imports.models import Import
from jobs import runner

Run = Callable[..., Import]


@pytest.fixture
def run(transactional_db: None, user: User, unsent: None) -> Run:
    """Imports a file in this process, to its end or to its review."""

    def run_import(data: str | bytes, **options: object) -> Import:
        content = data.encode() if isinstance(data, str) else data
        file = ContentFile(content, name="products.csv")
        import_ = create(file=file, filename="products.csv", created_by=user, **options)
        runner.advance_alone(import_.pk)
        import_.refresh_from_db()
        return import_

    return run_import
