"""What every test may use: people, clients, and the real stack on the test database."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.core.management.commands import flush as flush_command
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import Client, override_settings
from rest_framework.test import APIClient

from product_importer.celery import app as celery_app
from tests import parallel
from tests.processes import Process, start_server, start_worker


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--share", default="1/1", help="which of how many parts of the tests: 2/3")


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        parallel.choose_processes(config)


def pytest_configure(config: pytest.Config) -> None:
    parallel.give_servers(config)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests with the shared worker come late, so that it starts once, and browser tests last:
    playwright keeps an event loop that others would stumble over."""
    parallel.name_each(items)
    part, parts = map(int, config.getoption("--share").split("/"))
    items[:] = items[part - 1 :: parts]
    items.sort(key=lambda item: ("browser" in item.keywords, _asks_for_worker(item)))


def _asks_for_worker(item: pytest.Item) -> bool:
    return "worker" in getattr(item, "fixturenames", ())


# `--hypothesis-profile thorough`: ten times as many examples.
hypothesis.settings.register_profile("thorough", max_examples=1_000)

PASSWORD = "correct horse battery staple"


@pytest.fixture(scope="session", autouse=True)
def _quick_passwords() -> Iterator[None]:
    """One round in place of a million, which take half a second for each user of a test."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PBKDF2PasswordHasher, "iterations", 1)
        yield


FLUSHES = 5
# Migrations fill these, and no test changes them. To fill them again takes as long as to empty
# all others.
KEPT_TABLES = {"django_content_type", "auth_permission"}


@pytest.fixture(scope="session", autouse=True)
def _quick_and_patient_flush() -> Iterator[None]:
    """The tables are emptied after a test while workers and pages may still look at several.

    If PostgreSQL ends such a deadlock at our cost, we try again.
    """
    flush = flush_command.Command.handle

    def handle(self: flush_command.Command, **options: Any) -> None:
        options["inhibit_post_migrate"] = True
        for _ in range(FLUSHES - 1):
            try:
                return flush(self, **options)
            except CommandError as error:
                if "deadlock" not in str(error.__cause__):
                    raise
        return flush(self, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flush_command, "sql_flush", _sql_flush)
        patch.setattr(flush_command.Command, "handle", handle)
        yield


def _sql_flush(style: Any, connection: BaseDatabaseWrapper, **options: bool) -> list[str]:
    names = connection.introspection.django_table_names(only_existing=True, include_views=False)
    tables = [name for name in names if name not in KEPT_TABLES]
    return connection.ops.sql_flush(style, tables, **options)


@pytest.fixture(scope="session", autouse=True)
def _files_of_their_own(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Uploads and static files of all tests lie in one temporary place, as the stack's do."""
    settings.MEDIA_ROOT = str(_var(tmp_path_factory) / "media")
    settings.STATIC_ROOT = str(_var(tmp_path_factory) / "static")
    # Each client would look at every static file before its first request.
    settings.WHITENOISE_AUTOREFRESH = True
    # By the names that they have in production, but not compressed, which takes two seconds.
    staticfiles = {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"}
    with override_settings(STORAGES=settings.STORAGES | {"staticfiles": staticfiles}):
        call_command("collectstatic", interactive=False, verbosity=0)


def _var(factory: pytest.TempPathFactory) -> Path:
    var = factory.getbasetemp() / "var"
    (var / "media" / "incoming").mkdir(parents=True, exist_ok=True)
    return var


@pytest.fixture
def user(db: None) -> User:
    return User.objects.create_user("ana", password=PASSWORD)


@pytest.fixture
def client(user: User) -> Client:
    """A browser that is logged in."""
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def api(user: User) -> APIClient:
    """A client of the API that has shown who it is."""
    client = APIClient()
    client.force_authenticate(user)
    return client


@pytest.fixture
def unsent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is woken, not even a worker of earlier tests: the test runs its jobs itself."""
    monkeypatch.setattr("jobs.wakeups._send", lambda *_, **__: None)


@pytest.fixture(scope="session")
def stack_env(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a process that works on the test database; quick to notice trouble."""
    db = connection.settings_dict
    host = f"{db['HOST']}:{db['PORT']}" if db["PORT"] else db["HOST"]
    password = f":{db['PASSWORD']}" if db["PASSWORD"] else ""
    return {
        "DATABASE_URL": f"postgres://{db['USER']}{password}@{host}/{db['NAME']}",
        "VAR_DIR": str(_var(tmp_path_factory)),
        "SECRET_KEY": settings.SECRET_KEY,
        "WEBHOOK_SECRET_KEY": settings.WEBHOOK_SECRET_KEYS[0],
        "JOB_LEASE_SECONDS": "3",
        "JOB_STALL_SECONDS": "3",
        "JOB_SWEEP_SECONDS": "1",
        "WEBHOOK_SWEEP_SECONDS": "1",
        # The receivers of tests are on this machine.
        "WEBHOOK_TRUSTED_NETWORKS": "127.0.0.0/8",
    }


class SharedWorker:
    """The worker that most tests share; it is sent away from those that don't ask for it."""

    def __init__(self, env: dict[str, str]) -> None:
        self._env = env
        self._worker: Process | None = None

    def call(self) -> Process:
        if self._worker is None or not self._worker.is_alive:
            self._worker = start_worker(self._env)
        return self._worker

    def send_away(self) -> None:
        if self._worker is not None:
            self._worker.stop()
            self._worker = None


@pytest.fixture(scope="session")
def shared_worker(stack_env: dict[str, str]) -> Iterator[SharedWorker]:
    shared = SharedWorker(stack_env)
    yield shared
    shared.send_away()


@pytest.fixture(autouse=True)
def _no_uninvited_worker(request: pytest.FixtureRequest) -> None:
    """Nobody sweeps the tables behind a test that does not ask for a worker."""
    if _is_seen_by_others(request.node) and not _asks_for_worker(request.node):
        request.getfixturevalue("shared_worker").send_away()


def _is_seen_by_others(item: pytest.Item) -> bool:
    """Whether a test commits what it writes."""
    marker = item.get_closest_marker("django_db")
    is_marked = marker is not None and bool(marker.kwargs.get("transaction"))
    return is_marked or "transactional_db" in getattr(item, "fixturenames", ())


@pytest.fixture
def empty_broker() -> None:
    """No wake-ups of earlier tests."""
    celery_app.control.purge()


@pytest.fixture
def worker(transactional_db: None, empty_broker: None, shared_worker: SharedWorker) -> Process:
    """A real worker with two processes and beat, on the test database. Shared: don't kill it."""
    return shared_worker.call()


@pytest.fixture(scope="session")
def _session_server(stack_env: dict[str, str]) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    # What a browser is sent is compressed, which no other test needs to wait for.
    call_command("collectstatic", interactive=False, verbosity=0)
    server = start_server(stack_env, port)
    yield f"http://127.0.0.1:{port}"
    server.stop()


@dataclass(frozen=True)
class LiveStack:
    """The site as its users have it: gunicorn, a worker and beat, PostgreSQL and a broker."""

    url: str
    worker: Process


@pytest.fixture
def live_stack(worker: Process, _session_server: str) -> LiveStack:
    return LiveStack(url=_session_server, worker=worker)
