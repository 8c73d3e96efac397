"""Real processes for tests: a web server and workers on the test database."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile

import psutil
import requests

ROOT = Path(__file__).resolve().parent.parent


def wait_until(condition: Callable[[], object], *, seconds: float = 60, what: str = "it") -> None:
    """Look every 50 ms until the condition holds; fails with what was waited for."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds} s for {what}"
        time.sleep(0.05)


class Process:
    """One process of the stack, with everything it has started, in a session of its own."""

    def __init__(self, *command: str, env: Mapping[str, str], prefix: tuple[str, ...] = ()) -> None:
        self._output = TemporaryFile("w+")  # noqa: SIM115 - closed with the process
        self.popen = subprocess.Popen(
            [*prefix, sys.executable, "-m", *command],
            cwd=ROOT,
            env={**os.environ, **env},
            stdout=self._output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    @property
    def output(self) -> str:
        self._output.seek(0)
        return self._output.read()

    @property
    def is_alive(self) -> bool:
        return self.popen.poll() is None

    def children(self) -> list[psutil.Process]:
        return psutil.Process(self.popen.pid).children(recursive=True)

    def wait_until_ready(self, is_ready: Callable[[], bool]) -> None:
        try:
            wait_until(lambda: is_ready() or not self.is_alive, seconds=60, what="a process")
            assert self.is_alive, self.output
        except AssertionError:
            self.stop()
            raise

    def kill(self) -> None:
        """kill -9 of the process and all that it has started, where anything of it is left."""
        with suppress(ProcessLookupError):
            os.killpg(self.popen.pid, signal.SIGKILL)
        self.popen.wait()

    def freeze(self) -> None:
        """Stop it in its tracks, with all that it has started, until `thaw`."""
        os.killpg(self.popen.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.killpg(self.popen.pid, signal.SIGCONT)

    def stop(self) -> None:
        if self.is_alive:
            self.popen.terminate()
            try:
                self.popen.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()
        self._output.close()


def start_worker(env: Mapping[str, str], *, concurrency: int = 2, beat: bool = True) -> Process:
    """A Celery worker, ready to work; with `beat` it also sends the sweeps."""
    options = ["--queues", "jobs", "-c", str(concurrency)]
    if beat:
        options += ["--beat", "--schedule", f"{env['VAR_DIR']}/beat-{time.monotonic_ns()}"]
    return _start_celery(*options, env=env)


def start_beat(env: Mapping[str, str]) -> Process:
    """What sends the sweeps, for workers that don't."""
    schedule = f"{env['VAR_DIR']}/beat-{time.monotonic_ns()}"
    options = ["--loglevel", "INFO", "--schedule", schedule, "--pidfile="]
    beat = Process("celery", "-A", "product_importer", "beat", *options, env=env)
    beat.wait_until_ready(lambda: "beat: Starting" in beat.output)
    return beat


def start_webhook_worker(env: Mapping[str, str]) -> Process:
    """The worker that sends webhooks, without beat."""
    return _start_celery("--queues", "webhooks", "--pool", "threads", "-c", "40", env=env)


def _start_celery(*options: str, env: Mapping[str, str]) -> Process:
    quick = ("--loglevel", "INFO", "--without-mingle", "--without-gossip")
    worker = Process("celery", "-A", "product_importer", "worker", *quick, *options, env=env)
    worker.wait_until_ready(lambda: " ready." in worker.output)
    return worker


def start_server(env: Mapping[str, str], port: int) -> Process:
    """gunicorn as in production, answering."""
    bind = f"127.0.0.1:{port}"
    options = ["--worker-class", "gthread", "--threads", "8", "--bind", bind]
    server = Process("gunicorn", "product_importer.wsgi", *options, env=env)
    server.wait_until_ready(lambda: _answers(f"http://{bind}/health/live/"))
    return server


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=5).ok
    except requests.RequestException:
        return False
