"""Real workers and web servers, with the options of production."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import requests

from product_importer.celery import app
from stack.paths import CHECKOUT

HOST = "127.0.0.1"
# The seconds in which a process must start, and in which the longest import must end.
START_SECONDS, JOB_SECONDS = 60, 1800
# Celery warns root of a risk of a serializer that is switched off here.
QUIET = ("-W", "ignore:You're running the worker")


def wait_until(condition: Callable[[], object], *, seconds: float, pause: float = 0.1) -> None:
    """Check every `pause` seconds until the condition is true; raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{condition} is still false after {seconds} seconds")
        time.sleep(pause)


@contextmanager
def worker(*, concurrency: int = 2) -> Iterator[int]:
    """A Celery worker that is ready to work; yields the id of its main process.

    `concurrency` is the number of its processes.
    """
    options = [f"--concurrency={concurrency}", "--without-gossip", "--without-mingle"]
    command = [*QUIET, "-m", "celery", "--quiet", "-A", "product_importer", "worker", *options]
    with running([*command, "--loglevel=WARNING"], lambda: app.control.ping(timeout=0.2)) as pid:
        yield pid


@contextmanager
def web() -> Iterator[str]:
    """gunicorn; yields the address of the site."""
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        listener.listen()
        url = f"http://{HOST}:{listener.getsockname()[1]}"
        options = ["--preload", "--worker-class=gthread", "--workers=2", "--threads=8"]
        command = ["-m", "gunicorn", *options, "--no-control-socket", "--log-level=warning"]
        command += [f"--bind=fd://{listener.fileno()}", "product_importer.wsgi"]
        with running(command, lambda: _answers(url), pass_fds=[listener.fileno()]):
            yield url


def _answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/health/ready/", timeout=1).ok
    except requests.Timeout:
        return False


@contextmanager
def running(
    arguments: Sequence[str], is_ready: Callable[[], object], *, pass_fds: Sequence[int] = ()
) -> Iterator[int]:
    """A process of this Python that ends with the block, which begins when it is ready.

    Yields its id.
    """
    # Their output is dropped, because the benchmarks print theirs; errors stay visible.
    process = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=CHECKOUT,
        stdout=subprocess.DEVNULL,
        pass_fds=pass_fds,
    )
    try:
        wait_until(lambda: process.poll() is not None or is_ready(), seconds=START_SECONDS)
        if process.returncode is not None:
            raise RuntimeError(f"{' '.join(arguments)} did not start")
        yield process.pid
    finally:
        process.terminate()
        process.wait()
