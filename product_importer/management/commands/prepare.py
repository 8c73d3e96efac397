"""The command that does everything that the processes of the product need before they start."""

import hashlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles.finders import get_finders
from django.core.checks import Tags
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

ADMIN = "admin"


class Command(BaseCommand):
    """Brings database, static files and first user up to date; quick if they already are."""

    help = "Migrate, collect static files, create the first user."
    requires_system_checks = ()

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Do what is missing. Raises CommandError if the database can't be used."""
        try:
            connection.ensure_connection()
        except OperationalError as error:
            raise CommandError(f"The database does not answer: {error}") from None
        self.check(tags=[Tags.database], databases=["default"])
        self._migrate()
        self._collect_static_files()
        self._create_admin()

    def _migrate(self) -> None:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            self.stdout.write("Bringing the database up to date …")
            call_command("migrate", interactive=False, verbosity=0)

    def _collect_static_files(self) -> None:
        stamp = Path(settings.STATIC_ROOT).with_suffix(".stamp")
        state = _state_of_static_files()
        if not stamp.exists() or stamp.read_text() != state:
            stamp.unlink(missing_ok=True)
            call_command("collectstatic", interactive=False, verbosity=0, clear=True)
            stamp.write_text(state)

    def _create_admin(self) -> None:
        users = get_user_model()
        if users.objects.exists():
            return
        chosen = os.environ.get("ADMIN_PASSWORD")
        password = chosen or secrets.token_urlsafe(12)
        users.objects.create_superuser(ADMIN, password=password)
        shown = "the password in ADMIN_PASSWORD" if chosen else f"the password  {password}"
        self.stdout.write(f"\nLog in as  {ADMIN}  with {shown}\n")
        if not chosen:
            self.stdout.write("It is shown only this once.\n")


def _state_of_static_files() -> str:
    """A digest that changes with any source of a static file, or with how they are stored."""
    state = [settings.STORAGES["staticfiles"]["BACKEND"], *sorted(_static_files())]
    return hashlib.sha256("\n".join(state).encode()).hexdigest()


def _static_files() -> Iterator[str]:
    for finder in get_finders():
        for path, storage in finder.list([]):
            file = Path(storage.path(path)).stat()
            yield f"{path} {file.st_size} {file.st_mtime_ns}"
