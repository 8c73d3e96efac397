"""Starting processes, and leaving none behind."""

import asyncio
import ctypes
import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypedDict

import psutil

# In the environment of every process of a stack: the folder of the stack.
MARKER = "PRODUCT_IMPORTER_STACK"
PR_SET_PDEATHSIG = 1
PRCTL = ctypes.CDLL(None).prctl if sys.platform == "linux" else None

Emit = Callable[[str, str], None]


@dataclass(frozen=True)
class Account:
    """A user of the system to run a process as."""

    uid: int
    gid: int


@dataclass(frozen=True)
class Service:
    """What to run and how to end it."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    folder: Path
    ready: Callable[["Child"], Awaitable[bool]]
    # Runs before every start.
    recover: Callable[[], None] = lambda: None
    account: Account | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    # Seconds to end by itself before it is killed.
    patience: float = 10
    # Sent by the system when the process that started this one is gone.
    death_signal: signal.Signals = signal.SIGKILL
    pass_fds: Sequence[int] = ()
    # A server: a second Ctrl-C doesn't hurry it, and its start is worth no line unless it fails.
    keeps_data: bool = False


class Identity(TypedDict, total=False):
    """The arguments of `subprocess` that name the account."""

    user: int
    group: int
    extra_groups: list[str | int]


def run_as(account: Account | None) -> Identity:
    """The arguments by which `subprocess` runs something as an account; None is the one at hand."""
    if account is None:
        return {}
    return {"user": account.uid, "group": account.gid, "extra_groups": []}


def bare_environment() -> dict[str, str]:
    """An environment for servers: no secrets of ours, no settings of theirs, English."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}


def says(text: str) -> Callable[["Child"], Awaitable[bool]]:
    """A test for readiness: the process has printed `text`."""

    async def ready(child: "Child") -> bool:
        return any(text in line for line in child.heard)

    return ready


class Child:
    """A running process, in a session of its own; every line that it prints goes to `emit`."""

    def __init__(self, service: Service, emit: Emit) -> None:
        self.service = service
        self.heard: deque[str] = deque(maxlen=100)
        self._muted = service.keeps_data
        self._process = _spawn(service)
        self._emit = emit
        self._reading = asyncio.create_task(self._read())
        self._cleared = False
        self._ended = asyncio.Event()

    @property
    def status(self) -> int | None:
        """The exit status once it has ended, None before."""
        return self._process.returncode

    def reap(self) -> None:
        """Note whether the process has ended."""
        if self._process.poll() is not None:
            self._ended.set()

    async def wait(self) -> int:
        """Wait until it has ended and nothing of it is left. Returns its exit status."""
        await self._ended.wait()
        await self._clear()
        return self._process.returncode

    def unmute(self) -> None:
        """Pass on every line from now on."""
        self._muted = False

    def last_words(self) -> str:
        """The lines that it printed and nobody saw."""
        return "\n".join(self.heard) if self._muted else ""

    async def stop(self) -> None:
        """Ask it to end, insist after a while, and wait until nothing of it is left."""
        self._process.send_signal(self.service.stop_signal)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._ended.wait(), self.service.patience)
        await self._clear()

    def kill(self) -> None:
        """Give up waiting for it to end by itself."""
        if self.status is None:
            self._kill_group()

    async def _clear(self) -> None:
        """Kill what is left of it and of its own children; pass on its last words."""
        # Once: later its number may be that of another process.
        if not self._cleared:
            self._cleared = True
            self._kill_group()
            await self._ended.wait()
            await asyncio.wait({self._reading}, timeout=0.5)
            self._reading.cancel()

    def _kill_group(self) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)

    async def _read(self) -> None:
        reader = asyncio.StreamReader()
        protocol = asyncio.StreamReaderProtocol(reader)
        loop = asyncio.get_running_loop()
        pipe, _ = await loop.connect_read_pipe(lambda: protocol, self._process.stdout)
        rest = b""
        with closing(pipe):
            while block := await reader.read(65536):
                *lines, rest = (rest + block).split(b"\n")
                for line in lines:
                    self._hear(line)
        if rest:
            self._hear(rest)

    def _hear(self, line: bytes) -> None:
        text = line.decode(errors="replace").rstrip()
        self.heard.append(text)
        if not self._muted:
            self._emit(self.service.name, text)


def _spawn(service: Service) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        service.command,
        cwd=service.folder,
        env=service.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        pass_fds=service.pass_fds,
        # It calls the system and nothing else, so it can't meet a lock that a thread holds.
        preexec_fn=partial(_die_with_parent, os.getpid(), service.death_signal),  # noqa: PLW1509
        **run_as(service.account),
    )


def _die_with_parent(parent: int, death_signal: signal.Signals) -> None:
    """In the new process: let the system send `death_signal` once the parent is gone."""
    if PRCTL:
        PRCTL(PR_SET_PDEATHSIG, death_signal)
    if os.getppid() != parent:
        os._exit(1)


def kill_leftovers(root: Path) -> None:
    """Kill what an earlier stack in the folder `root` left running, and wait until it is gone."""
    left = [process for process in psutil.process_iter() if _belongs_to(process, root)]
    for process in left:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(left, timeout=10)


def _belongs_to(process: psutil.Process, root: Path) -> bool:
    try:
        return process.environ().get(MARKER) == str(root)
    except (psutil.Error, OSError):
        return False
