"""Starting those servers that nobody named."""

import asyncio
import socket
import sys
from pathlib import Path

import pytest

from stack import ports, servers
from stack.paths import Var
from stack.processes import Service, bare_environment, says
from stack.supervisor import EarlyEndError, Supervisor

NAMES = ("DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL")


@pytest.fixture(autouse=True)
def _none_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)


def name_them(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    for name in names:
        monkeypatch.setenv(name, f"{name.lower()}://")


def test_an_empty_value_names_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "")
    name_them(monkeypatch, "REDIS_URL")
    assert servers.named() == {"REDIS_URL": "redis_url://", "CELERY_BROKER_URL": "redis_url://"}


@pytest.mark.parametrize(
    ("names", "all_named"),
    [
        ([], False),
        (["DATABASE_URL"], False),
        (["REDIS_URL"], False),
        (["DATABASE_URL", "REDIS_URL"], True),
        (["DATABASE_URL", "CELERY_BROKER_URL"], True),
    ],
)
def test_a_database_and_a_broker_are_all_it_takes(
    monkeypatch: pytest.MonkeyPatch, names: list[str], all_named: bool
) -> None:
    name_them(monkeypatch, *names)
    assert servers.all_named() is all_named
    assert servers.embedded() == ({} if names else {"EMBEDDED": "1"})


def start_missing(var: Var) -> tuple[dict[str, str], list[str]]:
    """The environment, and the names of what was started."""
    supervisor = Supervisor(lambda _name, _line: None)
    started: list[str] = []

    async def work() -> int:
        addresses.update(await servers.start_missing(supervisor, var))
        started.extend(supervisor._children)
        return 0

    addresses: dict[str, str] = {}
    asyncio.run(supervisor.run(work()))
    return addresses, started


def test_what_is_named_is_not_started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    name_them(monkeypatch, "DATABASE_URL", "CELERY_BROKER_URL")
    addresses, started = start_missing(Var(tmp_path))
    assert addresses == {
        "DATABASE_URL": "database_url://",
        "CELERY_BROKER_URL": "celery_broker_url://",
    }
    assert started == []


def test_what_is_missing_is_started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    name_them(monkeypatch, "DATABASE_URL")
    addresses, started = start_missing(Var(tmp_path))
    port = (tmp_path / "valkey.port").read_text().strip()
    assert addresses["REDIS_URL"].endswith(f"@127.0.0.1:{port}/0")
    assert addresses["CELERY_BROKER_URL"] == addresses["REDIS_URL"]
    assert started == ["valkey"]


# A server that can't have its port ends at once.
SERVER = """
import socket, sys, time
server = socket.socket()
server.bind(("127.0.0.1", int(sys.argv[1])))
server.listen()
print("up", flush=True)
time.sleep(60)
"""


def start_on_a_port(memory: Path, *, snatch: bool) -> tuple[int, list[int]]:
    """The port at last and all that were tried, the first of which may be snatched."""
    supervisor = Supervisor(lambda _name, _line: None)
    tried: list[int] = []
    others: list[socket.socket] = []

    def build(port: int) -> Service:
        tried.append(port)
        if snatch and len(tried) == 1:
            others.append(ports.listen(port))
        command = [sys.executable, "-c", SERVER, str(port)]
        return Service("server", command, bare_environment(), memory.parent, says("up"))

    async def work() -> int:
        return await servers._start_on_a_port(supervisor, build, memory)

    port = asyncio.run(supervisor.run(work()))
    for other in others:
        other.close()
    return port, tried


def test_the_port_is_the_chosen_one(tmp_path: Path) -> None:
    port = ports.choose(tmp_path / "port")
    assert start_on_a_port(tmp_path / "port", snatch=False) == (port, [port])


def test_a_port_that_somebody_is_quicker_to_take_is_given_up(tmp_path: Path) -> None:
    first = ports.choose(tmp_path / "port")
    port, tried = start_on_a_port(tmp_path / "port", snatch=True)
    assert tried == [first, port]
    assert port != first


def test_another_fault_is_no_reason_to_try_another_port(tmp_path: Path) -> None:
    supervisor = Supervisor(lambda _name, _line: None)
    tried: list[int] = []

    def build(port: int) -> Service:
        tried.append(port)
        command = ["/bin/sh", "-c", "exit 4"]
        return Service("broken", command, bare_environment(), tmp_path, says("up"))

    with pytest.raises(EarlyEndError, match="broken ended with status 4"):
        asyncio.run(supervisor.run(servers._start_on_a_port(supervisor, build, tmp_path / "port")))
    assert len(tried) == 1
