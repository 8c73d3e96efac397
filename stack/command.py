"""One command with the servers beside it: what `python3 run.py manage|test|bench` needs."""

import asyncio
import os
import shutil
import signal
import sys
import time
from asyncio.subprocess import Process
from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NoReturn

from stack import credentials, envfiles, locks, servers
from stack.errors import StackError
from stack.paths import PASSABLE, Var
from stack.supervisor import Supervisor

# Seconds within which the process that starts the servers must have done so.
PATIENCE = 60.0

Work = Callable[[Supervisor], Coroutine[Any, Any, int]]


def run(command: Sequence[str]) -> int:
    """Run a command with the servers of `var/`, which are started for its time unless they run.

    Returns its exit status. Raises StackError if the servers can't be started.
    """
    var = Var.from_environment()
    var.create()
    credentials.ensure(var)
    if servers.all_named():
        _replace_self(command, var)
    # The process that started the servers waits for those that borrow them, also beyond `exec`.
    borrowing = locks.take(var.borrowers, shared=True, wait=True)
    owning = _own_or_join(var)
    if owning is None:
        os.set_inheritable(borrowing.handle, True)  # noqa: FBT003 - it has no name
        _replace_self(command, var)
    servers.forget_crashed(var)
    owning.describe(f"{' '.join(command)} (process {os.getpid()})")
    try:
        return _supervise(partial(_lend, command, var, borrowing))
    finally:
        var.runtime.unlink(missing_ok=True)
        owning.release()


def run_apart(command: Sequence[str], *, fast: bool) -> int:
    """Run a command with servers and data of its own, which are gone afterwards.

    `fast` servers may lose data in a crash. Returns the exit status of the command. Raises
    StackError if the servers can't be started.
    """
    with TemporaryDirectory(prefix="product-importer-", ignore_cleanup_errors=True) as folder:
        var = Var(Path(folder).resolve())
        var.root.chmod(PASSABLE)
        try:
            return _supervise(partial(_keep_to_itself, command, var, fast=fast))
        finally:
            if var.postgres.is_symlink():
                shutil.rmtree(var.postgres.resolve().parent)


async def _lend(
    command: Sequence[str], var: Var, borrowing: locks.Lock, supervisor: Supervisor
) -> int:
    addresses = await servers.start_missing(supervisor, var) | servers.embedded()
    envfiles.write(var.runtime, addresses)
    status = await _in_foreground(supervisor, command, _environment(var, addresses))
    borrowing.release()
    await _until_nobody_borrows(var)
    return status


async def _keep_to_itself(
    command: Sequence[str], var: Var, supervisor: Supervisor, *, fast: bool
) -> int:
    addresses = await servers.start_missing(supervisor, var, fast=fast)
    return await _in_foreground(supervisor, command, _environment(var, addresses))


def _own_or_join(var: Var) -> locks.Lock | None:
    """The lock of the stack; None once the servers of the process that holds it are known."""
    holder, until = "", time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            return locks.take(var.lock)
        except locks.TakenError as taken:
            holder = str(taken)
        if var.runtime.exists():
            return None
        time.sleep(0.1)
    raise StackError(f"The servers of {holder} are not ready after {PATIENCE:.0f} seconds.")


def _replace_self(command: Sequence[str], var: Var) -> NoReturn:
    environment = _environment(var, envfiles.read(var.runtime) | servers.named())
    os.execvpe(command[0], list(command), environment)  # noqa: S606 - no shell is the point


def _environment(var: Var, addresses: Mapping[str, str]) -> dict[str, str]:
    return {**os.environ, **addresses, "VAR_DIR": str(var.root)}


def _supervise(work: Work) -> int:
    supervisor = Supervisor(_print_own)
    return asyncio.run(supervisor.run(work(supervisor)))


def _print_own(name: str, line: str) -> None:
    """The screen belongs to the command: of the rest, only the supervisor speaks."""
    if name == "up":
        sys.stderr.write(f"{line}\n")


async def _in_foreground(
    supervisor: Supervisor, command: Sequence[str], environment: Mapping[str, str]
) -> int:
    process = await asyncio.create_subprocess_exec(*command, env=environment)
    with supervisor.passing_signals(partial(_pass_on, process)):
        status = await process.wait()
    return status if status >= 0 else 128 - status


def _pass_on(process: Process, number: signal.Signals) -> None:
    # A terminal sends Ctrl-C to the command as well.
    if number != signal.SIGINT or not os.isatty(0):
        process.send_signal(number)


async def _until_nobody_borrows(var: Var) -> None:
    while True:
        try:
            # Held until this process ends, so that nobody borrows what is being stopped.
            locks.take(var.borrowers)
        except locks.TakenError:
            await asyncio.sleep(0.2)
        else:
            return
