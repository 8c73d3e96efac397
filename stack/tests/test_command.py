"""One command in the company of the servers."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
from redis import Redis

from stack import envfiles
from stack.__main__ import main
from stack.paths import CHECKOUT, Var
from stack.tests.reachable import reachable_var

# Prints its environment, line by line, then waits for a line on standard input.
TELL = "import os; print(*map(os.environ.get, {names!r}), sep='\\n', flush=True); input()"


@pytest.fixture
def var(tmp_path: Path) -> Var:
    return Var(tmp_path)


@pytest.fixture(scope="module")
def data() -> Iterator[Var]:
    """One set of data for several tests."""
    with reachable_var() as var:
        yield var


def run(var: Var, script: str, *options: str, **environment: str) -> "subprocess.Popen[str]":
    """Start a script in Python with the servers of a stack, none of which is named."""
    tool = [sys.executable, "-m", "stack", "run", *options, "--"]
    none = {"DATABASE_URL": "", "REDIS_URL": "", "CELERY_BROKER_URL": ""}
    return subprocess.Popen(
        [*tool, sys.executable, "-c", script],
        cwd=CHECKOUT,
        env={**os.environ, **none, "VAR_DIR": str(var.root), **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def lines(process: "subprocess.Popen[str]", count: int) -> list[str]:
    assert process.stdout
    return [process.stdout.readline().rstrip("\n") for _ in range(count)]


def finish(process: "subprocess.Popen[str]") -> int:
    """Let the script go on; return the exit status."""
    process.communicate("\n", timeout=60)
    return process.returncode


def test_it_has_servers_for_its_time_and_its_exit_status_is_passed_on(data: Var) -> None:
    names = ("DATABASE_URL", "REDIS_URL", "VAR_DIR", "EMBEDDED")
    process = run(data, TELL.format(names=names) + "; raise SystemExit(3)")
    database, redis, folder, embedded = lines(process, 4)
    with psycopg.connect(database) as connection, Redis.from_url(redis) as client:
        assert connection.info.dbname == "product_importer"
        assert client.ping()
    assert (folder, embedded) == (str(data.root), "1")
    assert envfiles.read(data.runtime) == {
        "DATABASE_URL": database,
        "REDIS_URL": redis,
        "CELERY_BROKER_URL": redis,
        "EMBEDDED": "1",
    }
    assert data.runtime.stat().st_mode & 0o777 == 0o600
    assert finish(process) == 3
    assert not data.runtime.exists()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(database)


def test_a_second_one_borrows_the_servers_of_the_first(data: Var) -> None:
    # As a start that crashed leaves it: nobody must rely on that.
    envfiles.write(data.runtime, {"DATABASE_URL": "postgres://of-a-crashed-start"})
    first, second = (run(data, TELL.format(names=["DATABASE_URL"])) for _ in range(2))
    (database,) = lines(first, 1)
    assert lines(second, 1) == [database]
    assert first.stdin
    first.stdin.write("\n")
    first.stdin.flush()
    time.sleep(0.5)
    with psycopg.connect(database) as connection:
        assert connection.info.dbname == "product_importer"
    assert finish(second) == 0
    assert finish(first) == 0


def test_throwaway_servers_and_data_are_gone_afterwards(var: Var) -> None:
    process = run(var, TELL.format(names=["VAR_DIR", "DATABASE_URL"]), "--throwaway", "--fast")
    folder, database = lines(process, 2)
    assert folder != str(var.root)
    with psycopg.connect(database) as connection:
        assert connection.execute("SHOW fsync").fetchone() == ("off",)
    assert finish(process) == 0
    assert not Path(folder).exists()
    assert list(var.root.iterdir()) == []


def test_with_both_servers_named_it_starts_none(var: Var) -> None:
    named = {"DATABASE_URL": "postgres://elsewhere", "REDIS_URL": "redis://elsewhere"}
    process = run(var, TELL.format(names=list(named)), **named)
    assert lines(process, 2) == list(named.values())
    assert psutil.Process(process.pid).children() == []
    assert finish(process) == 0
    assert [path.name for path in var.root.iterdir()] == ["secrets.env"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_reach_the_command(var: Var, number: signal.Signals) -> None:
    script = (
        "import signal, sys, time\n"
        f"signal.signal({number:d}, lambda *_: sys.exit(5))\n"
        "print('ready', flush=True); time.sleep(60)"
    )
    process = run(var, script, "--throwaway", "--fast", DATABASE_URL="postgres://elsewhere")
    assert lines(process, 1) == ["ready"]
    process.send_signal(number)
    assert finish(process) == 5


def test_a_command_that_was_killed_has_the_status_of_a_shell(var: Var) -> None:
    script = "import os; os.kill(os.getpid(), 9)"
    named = {"DATABASE_URL": "postgres://elsewhere", "REDIS_URL": "redis://elsewhere"}
    assert finish(run(var, script, "--throwaway", **named)) == 128 + signal.SIGKILL


def test_a_command_that_does_not_exist_is_an_error(
    var: Var, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("DATABASE_URL", "REDIS_URL"):
        monkeypatch.setenv(name, "elsewhere")
    monkeypatch.setenv("VAR_DIR", str(var.root))
    assert main(["run", "--", "/no-such-command"]) == 1
    assert capsys.readouterr().err.endswith("'/no-such-command'\n")
