from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.db.models.functions import Now
from pytest_django.fixtures import Settings

from imports import stored_file
from imports.models import Import
from imports.tasks import forget_old_files
from imports.tests.conftest import Run
from jobs import runner
from jobs.sweeper import sweep

OLD = Now() - timedelta(days=30, seconds=1)


def is_kept(import_: Import) -> bool:
    forget_old_files()
    import_.refresh_from_db()
    return bool(import_.parts)


@pytest.mark.parametrize("options", [{}, {"on_error": "abort"}])
def test_the_file_of_an_import_that_ended_long_ago_is_deleted(
    run: Run, options: dict[str, str]
) -> None:
    import_ = run("sku,name\nA,\n", **options)
    [part] = import_.parts
    Import.objects.update(finished_at=Now() - timedelta(days=29, hours=23))
    assert is_kept(import_)
    Import.objects.update(finished_at=OLD)
    assert not is_kept(import_)
    assert not default_storage.exists(part)
    assert import_.progress.rejected == 1


def test_how_long_it_is_kept_is_a_setting(run: Run, settings: Settings) -> None:
    settings.IMPORT_FILE_DAYS = 60
    import_ = run("sku,name\nA,Lamp\n")
    Import.objects.update(finished_at=OLD)
    assert is_kept(import_)


def test_an_import_that_goes_on_keeps_its_file(run: Run) -> None:
    import_ = run("sku,name\nA,Lamp\n", review=True)
    Import.objects.update(stage_started_at=OLD, created_at=OLD)
    assert is_kept(import_)
    sweep()
    import_.refresh_from_db()
    assert (import_.status, import_.error_code) == ("cancelled", "expired")
    assert is_kept(import_), "a while longer"
    Import.objects.update(finished_at=OLD)
    assert not is_kept(import_)
    assert runner.retry(import_)
    runner.advance(import_.pk)
    import_.refresh_from_db()
    assert (import_.status, import_.error_code) == ("failed", "file_gone")


def test_an_interrupted_deletion_is_made_up_for(run: Run) -> None:
    import_ = run("sku,name\nA,Lamp\n")
    Import.objects.update(finished_at=OLD)
    stored_file.delete(import_.parts)
    assert not is_kept(import_)
