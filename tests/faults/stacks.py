"""A whole stack of a test's own, to be used as a client uses it while something breaks."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.contrib.auth.models import User
from django.db import transaction
from rest_framework.authtoken.models import Token

from imports.models import Import
from jobs import locks
from tests.client import Client
from tests.faults import undisturbed
from tests.processes import Process, start_beat, start_server, start_worker, wait_until

# Many small ranges, so that there is a middle of applying.
MANY_RANGES = {"IMPORT_RANGE_ROWS": "500"}


@dataclass(frozen=True)
class Stack:
    """A site and its worker; beat is a process of its own, as in production."""

    url: str
    processes: tuple[Process, ...]

    def client(self, user: User) -> Client:
        return Client(self.url, Token.objects.get_or_create(user=user)[0])

    def upload(self, sample: Path, user: User) -> Import:
        """Send a file as a client does, which must be accepted; watched from then on."""
        before = undisturbed.put_something_there(sample)
        import_id = self.client(user).start(sample)
        return undisturbed.watched(Import.objects.get(pk=import_id), before)

    def retry(self, import_: Import, user: User) -> None:
        self.client(user).post(f"/api/imports/{import_.pk}/retry/", {})

    def assert_alive(self) -> None:
        for process in self.processes:
            assert process.is_alive, process.output


@contextmanager
def a_stack(env: Mapping[str, str]) -> Iterator[Stack]:
    env = {**env, **MANY_RANGES}
    port = _free_port()
    with ThreadPoolExecutor() as pool:
        starts = [
            pool.submit(start_server, env, port),
            pool.submit(start_worker, env, beat=False),
            pool.submit(start_beat, env),
        ]
    processes = tuple(start.result() for start in starts)
    try:
        yield Stack(f"http://127.0.0.1:{port}", processes)
    finally:
        for process in processes:
            process.kill()
            process.stop()


@contextmanager
def in_the_middle_of_applying(import_: Import) -> Iterator[None]:
    """For the length of the block some of the ranges are done, and the others have to wait."""
    wait_until(lambda: import_.ledger.count() >= 3, seconds=60, what="some ranges")
    with transaction.atomic():
        locks.exclude(import_.pk)
        assert undisturbed.status(import_) == "applying"
        yield


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
