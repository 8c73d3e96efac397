"""What must be done before the processes of the product can start."""

import re
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from pytest_django import Settings

from product_importer.management.commands import prepare

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def static_root(settings: Settings, tmp_path: Path) -> Path:
    sources = tmp_path / "sources"
    sources.mkdir()
    (sources / "one.css").write_text("a {}")
    settings.STATICFILES_DIRS = [sources]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STATIC_ROOT = tmp_path / "static"
    return tmp_path / "static"


def said() -> str:
    output = StringIO()
    call_command("prepare", stdout=output)
    return output.getvalue()


def test_the_first_user_gets_a_password_that_is_shown_once() -> None:
    shown = re.search(r"Log in as  admin  with the password  (\S+)\n", said())
    assert shown
    admin = User.objects.get()
    assert admin.check_password(shown[1])
    assert admin.is_superuser
    assert said() == ""


def test_or_the_one_that_was_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADMIN_PASSWORD", "given by me")
    text = said()
    assert User.objects.get().check_password("given by me")
    assert "given by me" not in text
    assert "ADMIN_PASSWORD" in text


def test_where_there_is_any_user_none_is_made(user: User) -> None:
    assert said() == ""
    assert list(User.objects.all()) == [user]


def test_static_files_are_collected_when_they_changed(
    user: User, static_root: Path, tmp_path: Path
) -> None:
    said()
    collected = static_root / "one.css"
    assert collected.read_text() == "a {}"
    collected.unlink()
    said()
    assert not collected.exists()
    (tmp_path / "sources" / "one.css").write_text("b { }")
    said()
    assert collected.read_text() == "b { }"


def test_migrations_run_where_one_is_missing(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    monkeypatch.setattr(prepare, "call_command", lambda name, **_options: calls.append(name))
    said()
    assert "migrate" not in calls
    newest = MigrationLoader(connection).graph.leaf_nodes("imports")[0]
    MigrationRecorder(connection).record_unapplied(*newest)
    assert "up to date" in said()
    assert "migrate" in calls


def test_a_database_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(connection, "ensure_connection", fail)
    with pytest.raises(CommandError, match="does not answer: connection refused"):
        said()


def test_an_unsuitable_database_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("product_importer.checks.MIN_POSTGRESQL", 990000)
    with pytest.raises(CommandError, match="PostgreSQL 15 or newer is needed"):
        said()
    assert not User.objects.exists()
