"""Starting the servers that the environment doesn't name."""

import os
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from stack import credentials, ports, postgres, valkey
from stack.paths import Var
from stack.processes import Service, kill_leftovers
from stack.supervisor import EarlyEndError, Supervisor, together

DATABASE, REDIS, BROKER = "DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL"


def named() -> dict[str, str]:
    """The addresses of the servers that the environment names; an empty value names none."""
    names = (DATABASE, REDIS, BROKER)
    return _with_broker({name: os.environ[name] for name in names if os.environ.get(name)})


def all_named() -> bool:
    """Whether nothing is left to start."""
    return {DATABASE, BROKER} <= named().keys()


def forget_crashed(var: Var) -> None:
    """Clear away what is left of a stack that did not end by itself."""
    var.runtime.unlink(missing_ok=True)
    kill_leftovers(var.root)


def embedded() -> dict[str, str]:
    """The mark of a stack without any server from outside, as part of an environment."""
    return {} if named() else {"EMBEDDED": "1"}


async def start_missing(supervisor: Supervisor, var: Var, *, fast: bool = False) -> dict[str, str]:
    """Start the servers that nobody named. Returns the environment with the addresses of all.

    Raises StackError if one does not start.
    """
    secrets = credentials.ensure(var)
    addresses = named()
    starts: list[Coroutine[Any, Any, tuple[str, str]]] = []
    # PostgreSQL first: what started first is stopped last.
    if DATABASE not in addresses:
        starts.append(_start_postgres(supervisor, var, secrets["POSTGRES_PASSWORD"], fast=fast))
    if BROKER not in addresses:
        starts.append(_start_valkey(supervisor, var, secrets["VALKEY_PASSWORD"], fast=fast))
    return _with_broker(addresses | dict(await together(*starts)))


def _with_broker(addresses: dict[str, str]) -> dict[str, str]:
    """Messages go through Redis if no other broker is named."""
    return {BROKER: addresses[REDIS], **addresses} if REDIS in addresses else addresses


async def _start_postgres(
    supervisor: Supervisor, var: Var, password: str, *, fast: bool
) -> tuple[str, str]:
    cluster = postgres.open_cluster(var, password, fast=fast)
    port = await _start_on_a_port(supervisor, cluster.service, var.postgres_port)
    return DATABASE, postgres.url(port, password)


async def _start_valkey(
    supervisor: Supervisor, var: Var, password: str, *, fast: bool
) -> tuple[str, str]:
    def build(port: int) -> Service:
        return valkey.service(var, port, password, fast=fast)

    port = await _start_on_a_port(supervisor, build, var.valkey_port)
    return REDIS, valkey.url(port, password)


async def _start_on_a_port(
    supervisor: Supervisor, build: Callable[[int], Service], memory: Path
) -> int:
    """Start what `build` makes for a port; again for another port if this was taken meanwhile."""
    while True:
        port = ports.choose(memory)
        try:
            await supervisor.start(build(port))
        except EarlyEndError:
            if ports.is_free(port):
                raise
        else:
            return port
