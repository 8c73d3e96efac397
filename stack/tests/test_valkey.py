"""The embedded Valkey."""

import asyncio
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, RedisError
from redis.retry import Retry

from stack import ports, valkey
from stack.paths import Var
from stack.processes import MARKER
from stack.supervisor import Supervisor


def with_server(var: Var, use: Callable[[str, int], None], *, fast: bool = False) -> None:
    """Call `use`, in a thread of its own, with address and port of a server for a stack."""
    port = ports.choose(var.valkey_port)
    supervisor = Supervisor(lambda _name, _line: None)

    async def work() -> int:
        await supervisor.start(valkey.service(var, port, "secret", fast=fast))
        await asyncio.to_thread(use, valkey.url(port, "secret"), port)
        return 0

    asyncio.run(supervisor.run(work()))


@pytest.mark.parametrize(("fast", "sync"), [(False, "everysec"), (True, "no")])
def test_it_keeps_what_it_is_told_and_to_itself(tmp_path: Path, fast: bool, sync: str) -> None:
    def check(url: str, port: int) -> None:
        with Redis.from_url(url, decode_responses=True) as client:
            found = client.config_get("append*", "bind", "maxmemory-policy")
        assert (found["appendonly"], found["appendfsync"]) == ("yes", sync)
        assert (found["bind"], found["maxmemory-policy"]) == ("127.0.0.1", "noeviction")
        with (
            Redis(port=port, retry=Retry(NoBackoff(), 0)) as stranger,
            pytest.raises(AuthenticationError),
        ):
            stranger.ping()

    with_server(Var(tmp_path), check, fast=fast)


def test_after_a_kill_it_is_back_with_its_data(tmp_path: Path) -> None:
    def check(url: str, _port: int) -> None:
        with Redis.from_url(url) as client:
            client.set("kept", "value")
            first = client.info("server")["process_id"]
            os.kill(first, signal.SIGKILL)
            assert eventually(lambda: client.get("kept")) == b"value"
            assert client.info("server")["process_id"] != first

    with_server(Var(tmp_path), check)


def eventually(attempt: Callable[[], object]) -> object:
    until = time.monotonic() + 15
    while True:
        try:
            return attempt()
        except RedisError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


def test_a_clean_stop_keeps_the_data(tmp_path: Path) -> None:
    def write(url: str, _port: int) -> None:
        with Redis.from_url(url) as client:
            client.set("kept", "value")

    def check(url: str, _port: int) -> None:
        with Redis.from_url(url) as client:
            assert client.get("kept") == b"value"

    with_server(Var(tmp_path), write)
    with_server(Var(tmp_path), check)


def test_its_password_is_seen_neither_in_files_nor_among_processes(tmp_path: Path) -> None:
    def check(url: str, _port: int) -> None:
        with Redis.from_url(url) as client:
            process = psutil.Process(client.info("server")["process_id"])
        assert "secret" not in " ".join(process.cmdline())
        assert process.environ()[MARKER] == str(tmp_path)

    with_server(Var(tmp_path), check)
    assert (tmp_path / "valkey.conf").stat().st_mode & 0o777 == 0o600
