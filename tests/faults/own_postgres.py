"""A PostgreSQL that a test may restart and crash, and works on itself."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from django.db import connection

from stack import ports, postgres
from stack.paths import Var
from stack.processes import run_as
from tests.faults.databases import answers, serving_this_process
from tests.processes import wait_until

PASSWORD = "only-for-this-test"


class OwnPostgres:
    """One server on a new cluster. As safe as in production, because it is going to crash."""

    def __init__(self, folder: Path) -> None:
        self._log = (folder / "log").open("w")
        cluster = postgres.open_cluster(Var(folder), PASSWORD)
        port = ports.choose(folder / "port")
        self._service = cluster.service(port)
        self._data = cluster.data
        self.url = postgres.url(port, PASSWORD)
        self.start()

    def start(self) -> None:
        postgres.recover(self._data)
        self._server = subprocess.Popen(
            self._service.command,
            cwd=self._service.folder,
            env=self._service.environment,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            **run_as(self._service.account),
        )

    def stop(self, how: signal.Signals) -> None:
        self._server.send_signal(how)
        self._server.wait(60)

    def kill_a_session(self) -> None:
        """The server then ends all others, and recovers as after a crash."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            psutil.Process(cursor.fetchone()[0]).kill()

    def wait_until_there(self) -> None:
        """Until it answers this process, in a new session.

        It is started again where it ends, as whoever keeps services running does: where it was
        killed while a staging table was created, its first start fails (PostgreSQL's bug 17731).
        """
        wait_until(self._is_there, seconds=60, what="PostgreSQL")

    def _is_there(self) -> bool:
        if self._server.poll() is not None:
            self.start()
        return answers()

    def close(self) -> None:
        self.stop(signal.SIGINT)
        self._log.close()

    @contextmanager
    def serving_the_test(self) -> Iterator[None]:
        """Let this process, its threads too, work on this server."""
        with serving_this_process(self.url):
            self.wait_until_there()
            yield
