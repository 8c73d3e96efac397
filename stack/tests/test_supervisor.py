"""Keeping services running."""

import asyncio
import os
import signal
import time
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from stack.processes import Service, bare_environment, says
from stack.supervisor import (
    EarlyEndError,
    Supervisor,
    describe,
    pause_after,
    together,
)

NAP = "echo up; exec sleep 60"
DEAF = "trap '' TERM; echo up; while :; do sleep 1; done"


class Log(list[tuple[str, str]]):
    def __call__(self, name: str, line: str) -> None:
        self.append((name, line))

    def of(self, name: str) -> list[str]:
        return [line for who, line in self if who == name]

    async def until(self, name: str, line: str, times: int = 1) -> None:
        async with asyncio.timeout(10):
            while self.of(name).count(line) < times:  # noqa: ASYNC110 - it is but a list
                await asyncio.sleep(0.01)


def shell(name: str, script: str, **more: Any) -> Service:
    command = ["/bin/sh", "-c", script]
    return Service(name, command, bare_environment(), Path("/"), says("up"), **more)


def supervise(work: Callable[[Supervisor, Log], Coroutine[Any, Any, int]]) -> tuple[int, Log]:
    log = Log()
    supervisor = Supervisor(log)
    return asyncio.run(supervisor.run(work(supervisor, log))), log


def test_what_dies_is_started_again() -> None:
    async def work(supervisor: Supervisor, log: Log) -> int:
        await supervisor.start(shell("nap", f"echo pid $$; {NAP}"))
        first = pid_of(log)
        os.kill(first, signal.SIGKILL)
        await log.until("nap", "up", times=2)
        assert pid_of(log) != first
        return 0

    def pid_of(log: Log) -> int:
        return int(log.of("nap")[-2].removeprefix("pid "))

    _, log = supervise(work)
    assert log.of("up") == ["nap was ended by SIGKILL; starting it again."]


def test_before_every_start_it_recovers() -> None:
    recovered: list[str] = []

    async def work(supervisor: Supervisor, log: Log) -> int:
        service = shell("brief", "echo up; sleep 0.1", recover=lambda: recovered.append("now"))
        await supervisor.start(service)
        await log.until("brief", "up", times=2)
        return 0

    supervise(work)
    assert len(recovered) >= 2


def test_a_start_that_can_not_be_is_tried_again() -> None:
    faults = iter([None, OSError("no such program"), None])

    def recover() -> None:
        if fault := next(faults, None):
            raise fault

    async def work(supervisor: Supervisor, log: Log) -> int:
        await supervisor.start(shell("brief", "echo up; sleep 0.1", recover=recover))
        await log.until("brief", "up", times=2)
        return 0

    _, log = supervise(work)
    assert "brief can't be started: no such program" in log.of("up")


def test_pauses_grow_in_a_crash_loop_and_shrink_after_a_long_life() -> None:
    pauses = [0.0]
    for _ in range(12):
        pauses.append(pause_after(lifetime=1, previous=pauses[-1]))
    assert pauses[1:4] == [0.2, 0.4, 0.8]
    assert pauses[-1] == 30
    assert pause_after(lifetime=61, previous=30) == 0.2


def test_the_result_of_the_work_is_returned() -> None:
    async def work(_supervisor: Supervisor, _log: Log) -> int:
        return 7

    assert supervise(work)[0] == 7


@pytest.fixture
def _not_by_nohup() -> Iterator[None]:
    """Under `nohup`, which these tests may run under, that signal is meant to stop nothing."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.usefixtures("_not_by_nohup")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_everything(number: signal.Signals) -> None:
    async def work(supervisor: Supervisor, _log: Log) -> int:
        await supervisor.start(shell("nap", "trap 'echo bye; exit' TERM; echo up; sleep 60 & wait"))
        os.kill(os.getpid(), number)
        await asyncio.Event().wait()
        return 1

    status, log = supervise(work)
    assert status == 0
    assert log.of("nap") == ["up", "bye"]
    assert log.of("up") == []


def test_servers_stop_after_all_others_and_the_first_one_last() -> None:
    def polite(name: str, **more: Any) -> Service:
        return shell(
            name, "trap 'sleep 0.1; echo bye; exit' TERM; echo up; sleep 60 & wait", **more
        )

    async def work(supervisor: Supervisor, _log: Log) -> int:
        for name in ("postgres", "valkey"):
            await supervisor.start(polite(name, keeps_data=True))
        await supervisor.start(polite("web"))
        return 0

    _, log = supervise(work)
    assert [name for name, line in log if line == "bye"] == ["web", "valkey", "postgres"]


def test_a_second_signal_hurries_all_but_the_servers() -> None:
    async def work(supervisor: Supervisor, _log: Log) -> int:
        server = "trap 'echo bye; exit' TERM; echo up; sleep 60 & wait"
        await supervisor.start(shell("server", server, keeps_data=True))
        await supervisor.start(shell("deaf", DEAF, patience=30))
        loop = asyncio.get_running_loop()
        for seconds in (0.05, 0.3):
            loop.call_later(seconds, os.kill, os.getpid(), signal.SIGTERM)
        await asyncio.Event().wait()
        return 1

    started = time.monotonic()
    status, log = supervise(work)
    assert (status, log.of("server")) == (0, ["bye"])
    assert time.monotonic() - started < 20, "its patience is 30 seconds"


def test_signals_may_be_for_somebody_else() -> None:
    received: list[signal.Signals] = []

    async def work(supervisor: Supervisor, _log: Log) -> int:
        with supervisor.passing_signals(received.append):
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.sleep(0.1)
        return 3

    assert supervise(work)[0] == 3
    assert received == [signal.SIGTERM]


def test_a_start_that_fails_says_how() -> None:
    async def work(supervisor: Supervisor, _log: Log) -> int:
        await supervisor.start(shell("server", "echo reason; exit 3", keeps_data=True))
        return 0

    with pytest.raises(EarlyEndError, match=r"^server ended with status 3\.\nreason$"):
        supervise(work)


def test_a_task_that_fails_is_an_error() -> None:
    async def work(supervisor: Supervisor, _log: Log) -> int:
        await supervisor.complete(shell("good", "exit 0"))
        await supervisor.complete(shell("bad", "echo seen; exit 1"))
        return 0

    with pytest.raises(EarlyEndError, match=r"^bad ended with status 1\.$"):
        supervise(work)


def test_the_start_of_a_server_is_worth_no_line_unless_it_takes_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def work(supervisor: Supervisor, _log: Log) -> int:
        server = shell("server", "echo begin; sleep 0.3; echo up; sleep 60", keeps_data=True)
        await supervisor.start(server)
        return 0

    assert supervise(work)[1] == []
    monkeypatch.setattr("stack.supervisor.SLOW_AFTER", 0.2)
    assert supervise(work)[1] == [("up", "Still waiting for server … begin")]


def test_the_first_error_of_works_together_ends_the_others() -> None:
    ended: list[str] = []

    async def long() -> str:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append("long")
        return "never"

    async def fail() -> str:
        await asyncio.sleep(0.01)
        raise EOFError("failed")

    async def give(value: str) -> str:
        return value

    assert asyncio.run(together(give("a"), give("b"))) == ["a", "b"]
    with pytest.raises(EOFError, match="failed"):
        asyncio.run(together(long(), fail()))
    assert ended == ["long"]


def test_an_exit_status_in_words() -> None:
    assert describe(2) == "ended with status 2"
    assert describe(-9) == "was ended by SIGKILL"
