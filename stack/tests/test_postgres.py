"""The embedded PostgreSQL."""

import asyncio
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, LiteralString

import psutil
import psycopg
import pytest

from stack import accounts, ports, postgres
from stack.errors import StackError
from stack.paths import Var
from stack.processes import run_as
from stack.supervisor import Supervisor
from stack.tests.reachable import reachable_var

PASSWORD = "secret"
MIB = 1024 * 1024
only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root must run it as somebody else")


@pytest.fixture(scope="module")
def var() -> Iterator[Var]:
    with reachable_var() as var:
        yield var


@pytest.fixture(scope="module")
def cluster(var: Var) -> postgres.Cluster:
    return postgres.open_cluster(var, PASSWORD)


@pytest.fixture
def port(cluster: postgres.Cluster) -> int:
    return ports.choose(cluster.data.with_name("port"))


def with_server(cluster: postgres.Cluster, port: int, use: Callable[[], None]) -> None:
    """Call `use` in a thread of its own while the cluster runs under a supervisor."""
    supervisor = Supervisor(lambda _name, _line: None)

    async def work() -> int:
        await supervisor.start(cluster.service(port))
        await asyncio.to_thread(use)
        return 0

    asyncio.run(supervisor.run(work()))


def ask(port: int, question: LiteralString) -> list[tuple[Any, ...]]:
    with psycopg.connect(postgres.url(port, PASSWORD)) as connection:
        return connection.execute(question).fetchall()


def postmaster(cluster: postgres.Cluster) -> int:
    return int((cluster.data / "postmaster.pid").read_text().split()[0])


def test_it_has_what_the_product_needs(cluster: postgres.Cluster, port: int) -> None:
    def check() -> None:
        question = "SELECT rolsuper, rolcreatedb FROM pg_roles WHERE rolname = current_user"
        assert ask(port, question) == [(False, True)]
        assert ask(port, "SELECT lower('É') = 'é', lower('ẞ') = 'ß'") == [(True, True)]
        settings = dict(ask(port, "SELECT name, setting FROM pg_settings"))
        safe = ("fsync", "synchronous_commit", "full_page_writes", "data_checksums")
        assert [settings[name] for name in safe] == ["on"] * 4
        assert settings["listen_addresses"] == "127.0.0.1"
        assert not Path(f"/tmp/.s.PGSQL.{port}").exists()
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(postgres.url(port, "wrong"))

    with_server(cluster, port, check)


def test_after_a_kill_it_is_back_with_its_data(cluster: postgres.Cluster, port: int) -> None:
    def check() -> None:
        with psycopg.connect(postgres.url(port, PASSWORD), autocommit=True) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 'row' AS note")
            first = postmaster(cluster)
            os.kill(first, signal.SIGKILL)
            assert eventually(lambda: ask(port, "SELECT note FROM kept")) == [("row",)]
            assert postmaster(cluster) != first

    with_server(cluster, port, check)


def eventually(attempt: Callable[[], list[tuple[Any, ...]]]) -> list[tuple[Any, ...]]:
    until = time.monotonic() + 15
    while True:
        try:
            return attempt()
        except psycopg.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


def test_a_server_left_over_is_ended(cluster: postgres.Cluster, port: int) -> None:
    service = cluster.service(port)
    left = subprocess.Popen(
        service.command,
        env=service.environment,
        cwd=service.folder,
        stderr=subprocess.DEVNULL,
        **run_as(service.account),
    )
    eventually(lambda: ask(port, "SELECT 1"))
    backends = psutil.Process(left.pid).children()
    postgres.recover(cluster.data)
    assert len(backends) > 3
    assert not any(backend.is_running() for backend in backends)
    assert left.wait(timeout=5) == 0


def test_the_number_of_another_process_stops_no_start(cluster: postgres.Cluster, port: int) -> None:
    stale = cluster.data / "postmaster.pid"
    sleeper = subprocess.Popen(["sleep", "60"], **run_as(cluster.account))
    try:
        stale.write_text(f"{sleeper.pid}\n{cluster.data}\n")
        with_server(cluster, port, lambda: None)
        assert sleeper.poll() is None
    finally:
        sleeper.kill()
        sleeper.wait()


def test_two_stacks_can_not_share_data(cluster: postgres.Cluster, var: Var) -> None:
    assert cluster.data == var.postgres
    with pytest.raises(StackError, match="in use by another running stack"):
        postgres.open_cluster(var, PASSWORD)


def test_data_of_another_version_is_left_alone() -> None:
    with reachable_var() as var:
        var.postgres.mkdir()
        (var.postgres / "PG_VERSION").write_text("9\n")
        with pytest.raises(StackError, match="written by PostgreSQL 9, installed is 18"):
            postgres.open_cluster(var, PASSWORD)
        assert [file.name for file in var.postgres.iterdir()] == ["PG_VERSION"]


@only_root
def test_out_of_reach_the_data_lie_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with reachable_var() as elsewhere:
        monkeypatch.setattr(postgres, "ELSEWHERE", elsewhere.root / "here")
        cluster = postgres.open_cluster(Var(tmp_path), PASSWORD)
        assert cluster.data == Var(tmp_path).postgres.resolve()
        assert cluster.data.is_relative_to(elsewhere.root)
        port, answers = ports.choose(tmp_path / "port"), []
        with_server(cluster, port, lambda: answers.extend(ask(port, "SELECT 1")))
        assert answers == [(1,)]


@only_root
def test_data_that_got_out_of_reach_are_an_error(tmp_path: Path) -> None:
    Var(tmp_path).postgres.mkdir()
    assert not accounts.can_reach(accounts.choose(tmp_path), tmp_path)
    with pytest.raises(StackError, match=r"chmod o\+x"):
        postgres.open_cluster(Var(tmp_path), PASSWORD)


@pytest.mark.parametrize(
    ("memory", "shared", "cache"),
    [(256, "128MB", "256MB"), (4096, "512MB", "2048MB"), (65536, "1024MB", "32768MB")],
)
def test_memory_is_taken_in_measure(
    monkeypatch: pytest.MonkeyPatch, memory: int, shared: str, cache: str
) -> None:
    monkeypatch.setattr(postgres, "_memory", lambda: memory * MIB)
    settings = postgres.settings(20_000)
    assert (settings["shared_buffers"], settings["effective_cache_size"]) == (shared, cache)


def test_the_limit_of_a_container_counts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    limit = tmp_path / "memory.max"
    monkeypatch.setattr(postgres, "CGROUP_LIMIT", limit)
    unlimited = postgres._memory()
    limit.write_text("max\n")
    assert postgres._memory() == unlimited
    limit.write_text(f"{300 * MIB}\n")
    assert postgres._memory() == 300 * MIB


def test_small_shared_memory_is_not_relied_upon(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    usage = shutil._ntuple_diskusage
    monkeypatch.setattr(postgres, "SHARED_MEMORY", tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage(64 * MIB, 0, 0))
    assert postgres.settings(20_000)["dynamic_shared_memory_type"] == "mmap"
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage(1024 * MIB, 0, 0))
    assert postgres.settings(20_000)["dynamic_shared_memory_type"] == "posix"
    monkeypatch.setattr(postgres, "SHARED_MEMORY", tmp_path / "none")
    assert postgres.settings(20_000)["dynamic_shared_memory_type"] == "posix"
