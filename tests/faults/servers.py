"""Servers of a test's own, started as the product starts them, which it may stop and freeze."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from kombu import Connection

from stack import ports, valkey
from stack.paths import PASSABLE, Var
from stack.processes import Child, Service, bare_environment, run_as
from tests.processes import wait_until

PASSWORD = "only-for-a-test"
# Where Debian's package keeps it; the one on the path insists on a user of its own.
RABBITMQ = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")


class Server:
    """One server: stopped, it refuses connections; frozen, it accepts them and answers nothing."""

    def __init__(self, service: Service, answers: Callable[[], bool]) -> None:
        self._service = service
        self._answers = answers
        self._log = service.folder / f"{service.name}.test.log"

    def start(self) -> None:
        service = self._service
        with self._log.open("ab") as log:
            self._popen = subprocess.Popen(
                service.command,
                cwd=service.folder,
                env=service.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **run_as(service.account),
            )
        try:
            wait_until(self._answers, seconds=60, what=service.name)
        except AssertionError:
            self.kill()
            raise AssertionError(self._log.read_text(errors="replace")) from None

    def stop(self) -> None:
        self._popen.send_signal(self._service.stop_signal)
        with suppress(subprocess.TimeoutExpired):
            self._popen.wait(30)
        self.kill()

    def kill(self) -> None:
        self._signal(signal.SIGKILL)
        self._popen.wait()

    def freeze(self) -> None:
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._popen.pid, number)


@contextmanager
def a_folder() -> Iterator[Var]:
    """A place for the data of servers, which other accounts can pass through."""
    with TemporaryDirectory(prefix="product-importer-", ignore_cleanup_errors=True) as folder:
        var = Var(Path(folder).resolve())
        var.root.chmod(PASSABLE)
        yield var


# --- Brokers ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Broker:
    """A broker of a test's own."""

    url: str
    server: Server

    def flush(self) -> None:
        """Forget every message, and with Redis everything else too."""
        with Connection(self.url) as broker:
            channel: Any = broker.default_channel
            if broker.transport.driver_type == "redis":
                channel.client.flushall()
            else:
                channel.queue_purge("jobs")


@contextmanager
def a_broker(kind: str, *listen: str) -> Iterator[Broker]:
    """The embedded Valkey, or the system's RabbitMQ; skips where there is none.

    It also listens on the addresses `listen`.
    """
    with a_folder() as var, _BROKERS[kind](var, *listen) as broker:
        broker.server.start()
        try:
            yield broker
        finally:
            broker.server.thaw()
            broker.server.stop()


@contextmanager
def _valkey(var: Var, *listen: str) -> Iterator[Broker]:
    port = ports.choose(var.valkey_port)
    service = valkey.service(var, port, PASSWORD)
    command = [*service.command, *(["--bind", ports.HOST, *listen] if listen else [])]
    url = valkey.url(port, PASSWORD)
    yield Broker(url, Server(replace(service, command=command), lambda: _is_there(url)))


@contextmanager
def _rabbitmq(var: Var) -> Iterator[Broker]:
    if not RABBITMQ.exists():
        pytest.skip("there is no RabbitMQ here (Debian, Ubuntu: apt install rabbitmq-server)")
    port, control, names = (ports.choose(var.root / name) for name in ("port", "control", "names"))
    environment = bare_environment() | {
        "HOME": str(var.root),
        "RABBITMQ_NODENAME": f"product-importer-{port}@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": ports.HOST,
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_DIST_PORT": str(control),
        "RABBITMQ_MNESIA_BASE": str(var.root / "data"),
        "RABBITMQ_LOGS": "-",
        # For what it writes all the same, and can't where root alone may.
        "RABBITMQ_LOG_BASE": str(var.root / "log"),
        "ERL_CRASH_DUMP": str(var.root / "crash"),
        "RABBITMQ_CONFIG_FILE": str(var.root / "rabbitmq"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(var.root / "plugins"),
        "RABBITMQ_PID_FILE": str(var.root / "pid"),
        "ERL_EPMD_PORT": str(names),
        "ERL_EPMD_ADDRESS": ports.HOST,
    }
    url = f"amqp://guest:guest@{ports.HOST}:{port}//"
    service = Service("rabbitmq", [str(RABBITMQ)], environment, var.root, ready=_at_once)
    yield Broker(url, Server(service, lambda: _is_there(url)))
    # Its register of names would outlive it.
    subprocess.run(["epmd", "-port", str(names), "-kill"], check=True, capture_output=True)


_BROKERS = {"valkey": _valkey, "rabbitmq": _rabbitmq}


async def _at_once(_: Child) -> bool:
    return True


def _is_there(url: str) -> bool:
    try:
        with Connection(url, connect_timeout=2) as broker:
            broker.connect()
            channel: Any = broker.default_channel
            channel.queue_declare("any", auto_delete=True)
    except Exception:  # noqa: BLE001 - each kind of broker has errors of its own
        return False
    return True
