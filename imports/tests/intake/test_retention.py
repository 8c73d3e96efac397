from __future__ import annotations

import os
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.db.models.functions import Now
from pytest_django.fixtures import Settings

from imports import stored_file
from imports.models import Import
from imports.tasks import forget_old_files
from imports.tests.conftest import Run
from jobs import requests, runner
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
    assert requests.retry(import_)
    runner.advance(import_.pk)
    import_.refresh_from_db()
    assert (import_.status, import_.error_code) == ("failed", "file_gone")


def test_an_interrupted_deletion_is_made_up_for(run: Run) -> None:
    import_ = run("sku,name\nA,Lamp\n")
    Import.objects.update(finished_at=OLD)
    stored_file.delete(import_.parts)
    assert not is_kept(import_)


@pytest.mark.django_db
def test_what_a_killed_web_process_was_receiving_is_removed(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path
    day = 24 * 3600
    for name, age in {"new": 0, "old": day - 60, "stuck": day + 60, "dead": day + 60}.items():
        (tmp_path / f"{name}.upload.csv").write_bytes(b"sku,na")
        os.utime(tmp_path / f"{name}.upload.csv", times=(time.time() - age,) * 2)
    (tmp_path / "folder").mkdir()
    os.utime(tmp_path / "folder", times=(0, 0))
    unlink = Path.unlink

    def refuse_one(path: Path) -> None:
        if path.name.startswith("stuck"):
            raise PermissionError(path)
        unlink(path)

    monkeypatch.setattr(Path, "unlink", refuse_one)
    forget_old_files()
    left = sorted(path.name.partition(".")[0] for path in tmp_path.iterdir())
    assert left == ["folder", "new", "old", "stuck"]


@pytest.mark.django_db
def test_where_nothing_is_received_there_is_nothing_to_remove(
    settings: Settings, tmp_path: Path
) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path / "elsewhere"
    forget_old_files()
