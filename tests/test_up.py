"""The whole product as its users start it: one command, real servers, real signals."""

import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Self, TypeVar
from urllib.parse import urlsplit

import psutil
import psycopg
import pytest
import requests
from django.contrib.auth.models import User
from redis import Redis
from redis.exceptions import RedisError

from stack import envfiles, ports
from stack.paths import CHECKOUT, Var
from stack.processes import MARKER
from stack.tests.reachable import reachable_var
from tests.processes import wait_until
from webhooks.tests.receiver import receiving

T = TypeVar("T")
UP = [sys.executable, "-m", "stack", "up"]
SERVERS = ("DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL")
# A word by which the main process of each service is known.
WORDS = {
    "web": "gunicorn",
    "worker": "--queues=jobs",
    "webhooks": "--queues=webhooks",
    "beat": "beat",
    "valkey": "valkey-server",
    "postgres": "postgres",
}
WEBHOOKS_READY = re.compile(r"webhooks@.* ready\.")
NOT_YET = (psycopg.OperationalError, RedisError, requests.ConnectionError, LookupError)


def own_environment(var: Var) -> dict[str, str]:
    """The environment of a stack that starts its own servers."""
    kept = {name: value for name, value in os.environ.items() if name != "ADMIN_PASSWORD"}
    port = ports.choose(var.root / "web.port")
    return kept | dict.fromkeys(SERVERS, "") | {"VAR_DIR": str(var.root), "PORT": str(port)}


class Up:
    """One `python3 run.py`, after its packages are installed."""

    def __init__(self, var: Var, **environment: str) -> None:
        self.var = var
        self.lines: list[str] = []
        self._news: queue.Queue[str] = queue.Queue()
        self.started = time.monotonic()
        self.url = ""
        self.process = subprocess.Popen(
            UP,
            cwd=CHECKOUT,
            env=own_environment(var) | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def __enter__(self) -> Self:
        """The stack, ready."""
        try:
            found = re.search(r"READY (http://127.0.0.1:\d+)", self.await_line("READY"))
        except BaseException:
            self.end(signal.SIGTERM)
            raise
        assert found
        self.url = found[1]
        return self

    def __exit__(self, *_: object) -> None:
        self.end(signal.SIGTERM)

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.lines.append(line.rstrip())
            self._news.put(line)

    def await_line(self, text: str, seconds: float = 120) -> str:
        """The next line that contains `text`."""
        until = time.monotonic() + seconds
        while True:
            try:
                line = self._news.get(timeout=max(0, until - time.monotonic()))
            except queue.Empty:
                pytest.fail(f"no line with {text!r} in\n" + "\n".join(self.lines))
            if text in line:
                return line

    def pid_of(self, service: str) -> int:
        """The number of the main process of a service. Raises LookupError if there is none."""
        for child in psutil.Process(self.process.pid).children():
            if WORDS[service] in [Path(word).name for word in child.cmdline()]:
                return child.pid
        raise LookupError(service)

    def end(self, number: signal.Signals) -> int:
        """Send a signal. Returns the exit status."""
        self.process.send_signal(number)
        status = self.process.wait(timeout=60)
        self._reader.join()
        assert self.process.stdout
        self.process.stdout.close()
        return status


@pytest.fixture(scope="module")
def var() -> Iterator[Var]:
    with reachable_var() as var:
        yield var


@pytest.fixture(scope="module")
def stack(var: Var) -> Iterator[Up]:
    with Up(var) as up:
        yield up


def family(var: Var) -> list[psutil.Process]:
    """Every process that belongs to a stack."""

    def belongs(process: psutil.Process) -> bool:
        try:
            cwd = process.cwd()
            return cwd == str(var.postgres) or process.environ().get(MARKER) == str(var.root)
        except (psutil.Error, OSError):
            return False

    return [process for process in psutil.process_iter() if belongs(process)]


def eventually(attempt: Callable[[], T], seconds: float = 30) -> T:
    """What `attempt` returns once what it needs is there."""
    until = time.monotonic() + seconds
    while True:
        try:
            return attempt()
        except NOT_YET:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


def refused(var: Var, **environment: str) -> str:
    """Start a stack that can't start; return its output."""
    done = subprocess.run(
        UP,
        cwd=CHECKOUT,
        env=own_environment(var) | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (1, "")
    return done.stderr


def test_ready_means_that_it_works(stack: Up) -> None:
    assert requests.get(f"{stack.url}/login/", timeout=20).status_code == 200
    assert requests.get(f"{stack.url}/health/ready/", timeout=20).status_code == 200
    assert {stack.pid_of(service) for service in WORDS} <= {one.pid for one in family(stack.var)}


def test_the_password_is_shown_once_and_opens_the_door(stack: Up) -> None:
    (line,) = [line for line in stack.lines if "the password" in line]
    with requests.Session() as browser:
        page = browser.get(f"{stack.url}/login/", timeout=20)
        token = browser.cookies["csrftoken"]
        form = {"username": "admin", "password": line.split()[-1], "csrfmiddlewaretoken": token}
        answer = browser.post(page.url, form, timeout=20, allow_redirects=False)
    assert answer.status_code == 302


def test_it_sends_webhooks_to_this_machine_but_not_to_itself(stack: Up) -> None:
    (line,) = [line for line in stack.lines if "the password" in line]
    with requests.Session() as browser, receiving() as receiver:
        browser.get(f"{stack.url}/login/", timeout=20)
        token = browser.cookies["csrftoken"]
        form = {"username": "admin", "password": line.split()[-1], "csrfmiddlewaretoken": token}
        browser.post(f"{stack.url}/login/", form, timeout=20)
        browser.headers["X-CSRFToken"] = browser.cookies["csrftoken"]

        def post(path: str, **data: str) -> requests.Response:
            return browser.post(f"{stack.url}/api/{path}", json=data, timeout=20)

        for server in envfiles.read(stack.var.runtime).values():
            if port := urlsplit(server).port:
                assert post("webhooks/", url=f"http://127.0.0.1:{port}/").status_code == 400
        assert post("webhooks/", url=f"{stack.url}/").status_code == 400

        webhook = post("webhooks/", url=receiver.url).json()
        assert post(f"webhooks/{webhook['id']}/test/").json()["ok"]
        assert post("products/", sku="A", name="Lamp").status_code == 201
        wait_until(lambda: len(receiver.messages) == 2, what="the message of the worker")
        types = [message["type"] for message in receiver.verified(webhook["secret"])]
        assert types == ["webhook.test", "product.created"]


def test_its_secrets_are_its_own(stack: Up) -> None:
    for path in (stack.var.secrets, stack.var.runtime):
        assert path.stat().st_mode & 0o777 == 0o600
    secrets = envfiles.read(stack.var.secrets).values()
    arguments = " ".join(word for process in family(stack.var) for word in process.cmdline())
    log = "\n".join(stack.lines)
    assert not [secret for secret in secrets if secret in arguments or secret in log]


def test_a_second_one_is_refused(stack: Up) -> None:
    assert f"Already running: {stack.url}" in refused(stack.var)
    assert requests.get(f"{stack.url}/login/", timeout=20).status_code == 200


def test_commands_use_its_servers(stack: Up) -> None:
    question = "import os; print(os.environ['DATABASE_URL'], os.environ['REDIS_URL'])"
    tool = [sys.executable, "-m", "stack", "run", "--"]
    answer = subprocess.run(
        [*tool, sys.executable, "-c", question],
        cwd=CHECKOUT,
        env=own_environment(stack.var),
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    servers = envfiles.read(stack.var.runtime)
    assert answer.split() == [servers["DATABASE_URL"], servers["REDIS_URL"]]


def test_a_port_that_is_taken_is_refused(tmp_path: Path) -> None:
    with closing(ports.listen(0)) as somebody:
        port = somebody.getsockname()[1]
        assert f"PORT={port} can't be used" in refused(Var(tmp_path), PORT=str(port))
    assert family(Var(tmp_path)) == []


@pytest.mark.faults
@pytest.mark.parametrize("service", WORDS)
def test_what_is_killed_comes_back_with_its_data(stack: Up, service: str) -> None:
    # It comes up after READY, and what ends before it is ready ends the stack.
    wait_until(lambda: any(WEBHOOKS_READY.search(line) for line in stack.lines), what="webhooks")
    servers = envfiles.read(stack.var.runtime)
    with psycopg.connect(servers["DATABASE_URL"], autocommit=True) as database:
        database.execute("CREATE TABLE IF NOT EXISTS kept (note text)")
        database.execute("INSERT INTO kept VALUES (%s)", [service])
    with Redis.from_url(servers["REDIS_URL"]) as broker:
        broker.set(f"kept:{service}", "value")
    first = stack.pid_of(service)
    relatives = psutil.Process(first).children(recursive=True)
    os.kill(first, signal.SIGKILL)
    stack.await_line(f"{service} was ended by SIGKILL; starting it again.")
    assert eventually(lambda: stack.pid_of(service)) != first
    assert psutil.wait_procs(relatives, timeout=10)[1] == []
    if service in ("worker", "webhooks"):
        stack.await_line(" ready.")
    with eventually(lambda: psycopg.connect(servers["DATABASE_URL"])) as database:
        kept = database.execute("SELECT 1 FROM kept WHERE note = %s", [service]).fetchall()
    assert kept == [(1,)]
    with Redis.from_url(servers["REDIS_URL"]) as broker:
        assert eventually(lambda: broker.get(f"kept:{service}")) == b"value"
    assert eventually(lambda: requests.get(f"{stack.url}/health/ready/", timeout=20)).ok


@pytest.mark.faults
def test_it_goes_without_a_trace_and_starts_again(capsys: pytest.CaptureFixture[str]) -> None:
    with reachable_var() as var:
        with Up(var) as up:
            assert stopped(up, signal.SIGKILL) == -signal.SIGKILL
        with Up(var) as up:
            with capsys.disabled():
                sys.stdout.write(f"\nSecond start: {time.monotonic() - up.started:.1f} s\n")
            assert not [line for line in up.lines if "password" in line]
            assert stopped(up, signal.SIGINT) == 0
        assert not var.runtime.exists()


def stopped(up: Up, number: signal.Signals) -> int:
    """End a stack by a signal and see that nothing of it is left. Returns the exit status."""
    assert len(family(up.var)) > 5
    status = up.end(number)
    left = family(up.var)
    # Without its supervisor each process notices that by itself, within seconds.
    gone, alive = psutil.wait_procs(left, timeout=10)
    assert alive == []
    assert number == signal.SIGKILL or not gone
    return status


@pytest.mark.faults
def test_servers_that_are_named_are_used(
    transactional_db: None, tmp_path: Path, stack_env: dict[str, str]
) -> None:
    broker = {name: os.environ[name] for name in SERVERS[1:] if os.environ.get(name)}
    with Up(Var(tmp_path), DATABASE_URL=stack_env["DATABASE_URL"], **broker) as up:
        assert User.objects.get().username == "admin"
        names = {process.name() for process in family(up.var)}
        assert stopped(up, signal.SIGTERM) == 0
    assert not names & {"postgres", "valkey-server"}
