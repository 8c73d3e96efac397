"""Starting processes, and leaving none behind."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import psutil
import pytest

from stack.processes import (
    MARKER,
    Account,
    Service,
    bare_environment,
    kill_leftovers,
    run_as,
    says,
)
from stack.supervisor import Supervisor

# Starts the command in its arguments as a child and waits.
PARENT = """
import asyncio, os, sys
from pathlib import Path
from stack.processes import Child, Service, says
async def work():
    service = Service("x", sys.argv[1:], os.environ, Path("/"), ready=says("up"))
    child = Child(service, lambda name, line: print(line, flush=True))
    await asyncio.sleep(60)
asyncio.run(work())
"""
FAMILY = "sleep 60 & echo $!; echo $$; echo up; wait"


def shell(script: str, folder: Path, **more: Any) -> Service:
    command = ["/bin/sh", "-c", script]
    return Service("shell", command, bare_environment(), folder, says("up"), **more)


def supervise(work: Callable[[Supervisor], Coroutine[Any, Any, None]]) -> list[tuple[str, str]]:
    """Do some work under a supervisor. Returns all that was passed on."""
    lines: list[tuple[str, str]] = []
    supervisor = Supervisor(lambda name, line: lines.append((name, line)))

    async def whole() -> int:
        await work(supervisor)
        return 0

    asyncio.run(supervisor.run(whole()))
    return lines


def lines_of(script: str, folder: Path) -> list[tuple[str, str]]:
    return supervise(lambda supervisor: supervisor.complete(shell(script, folder)))


def gone(pid: int) -> bool:
    """Wait until nothing but a zombie is left of a process. Returns whether that came to be."""
    until = time.monotonic() + 5
    while time.monotonic() < until:
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.02)
    return False


def test_every_line_is_passed_on_with_the_name(tmp_path: Path) -> None:
    script = "echo one; echo two >&2; printf '\\377 three'"
    expected = [("shell", "one"), ("shell", "two"), ("shell", "\ufffd three")]
    assert lines_of(script, tmp_path) == expected


def test_a_long_line_stays_in_one_piece(tmp_path: Path) -> None:
    lines = lines_of("head -c 300000 /dev/zero | tr '\\0' x; echo; echo end", tmp_path)
    assert [len(line) for _, line in lines] == [300_000, 3]


def test_it_runs_where_and_as_whom_it_should(tmp_path: Path) -> None:
    assert lines_of("pwd", tmp_path) == [("shell", str(tmp_path))]
    assert run_as(None) == {}
    assert run_as(Account(1, 2)) == {"user": 1, "group": 2, "extra_groups": []}


def test_servers_learn_nothing_of_our_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "secret")
    monkeypatch.setenv("PGDATA", "/elsewhere")
    assert set(bare_environment()) == {"PATH", "LC_ALL"}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's end")
def test_children_go_when_their_parent_is_killed() -> None:
    command = [sys.executable, "-c", PARENT, "/bin/sh", "-c", "echo $$; exec sleep 60"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as parent:
        assert parent.stdout
        child = int(parent.stdout.readline())
        assert psutil.Process(child).ppid() == parent.pid
        parent.kill()
    assert gone(child)


def test_its_own_children_go_when_it_is_stopped(tmp_path: Path) -> None:
    family: list[int] = []

    async def work(supervisor: Supervisor) -> None:
        family.extend(await start_family(supervisor, tmp_path))
        assert all(psutil.pid_exists(pid) for pid in family)

    supervise(work)
    assert [gone(pid) for pid in family] == [True, True]


def test_its_own_children_go_when_it_is_killed(tmp_path: Path) -> None:
    async def work(supervisor: Supervisor) -> None:
        grandchild, child = await start_family(supervisor, tmp_path)
        os.kill(child, signal.SIGKILL)
        assert await supervisor._children["shell"].wait() == -signal.SIGKILL
        assert gone(grandchild)

    supervise(work)


async def start_family(supervisor: Supervisor, folder: Path) -> list[int]:
    await supervisor.start(shell(FAMILY, folder))
    return [int(line) for line in list(supervisor._children["shell"].heard)[:2]]


def test_what_does_not_end_by_itself_is_killed(tmp_path: Path) -> None:
    async def work(supervisor: Supervisor) -> None:
        deaf = "trap '' TERM; echo up; while :; do sleep 1; done"
        await supervisor.start(shell(deaf, tmp_path, patience=0.2))
        child = supervisor._children["shell"]
        await child.stop()
        assert child.status == -signal.SIGKILL

    supervise(work)


def test_only_what_belongs_to_the_folder_is_killed(tmp_path: Path) -> None:
    mine = subprocess.Popen(["sleep", "60"], env={MARKER: str(tmp_path)})
    other = subprocess.Popen(["sleep", "60"], env={MARKER: str(tmp_path / "other")})
    try:
        time.sleep(0.1)
        kill_leftovers(tmp_path)
        assert gone(mine.pid)
        assert other.poll() is None
    finally:
        for process in (mine, other):
            process.kill()
            process.wait()
