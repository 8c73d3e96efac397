"""The whole suite on every core: several pytest processes, each with servers of its own.

Shared servers would not do: tests count the bytes of WAL, wait for a checkpoint, and empty the
queues.
"""

from __future__ import annotations

import shlex
import sys

import pytest
from schemathesis.pytest.plugin import SchemathesisFunction

from stack import sizes
from stack.paths import Var

# Beyond these, tests of real processes only wait for each other.
MAX_PROCESSES = 4
# What starts a pytest process passes its standard streams on, over which xdist speaks to it.
_PYTHON = shlex.join(
    [
        *("env", "DATABASE_URL=", "REDIS_URL=", "CELERY_BROKER_URL="),
        *(sys.executable, "-m", "stack", "run", "--throwaway", "--fast", "--", sys.executable),
    ]
)
WITH_OWN_SERVERS = f"popen//python={_PYTHON}"


def choose_processes(config: pytest.Config) -> None:
    """Split the tests between processes if they are many and nobody has chosen otherwise."""
    option = config.option
    if option.numprocesses is None and _is_whole_suite(config) and not _are_servers_named():
        option.numprocesses = min(sizes.cores(), MAX_PROCESSES)
    if option.numprocesses and option.dist == "no":
        # A file stays in one process, which makes its fixtures once. Files start in their order,
        # so that those with browsers come last.
        option.dist = "loadfile"
        option.loadscopereorder = False


def give_servers(config: pytest.Config) -> None:
    """Have each process started with a PostgreSQL and a Valkey of its own.

    Raises UsageError if the servers to test with are named, as these are one for all.
    """
    if "popen" not in config.option.tx:
        return
    if _are_servers_named():
        raise pytest.UsageError("With DATABASE_URL or REDIS_URL set, one process runs all tests.")
    config.option.tx = [WITH_OWN_SERVERS for _ in config.option.tx]


def name_each(items: list[pytest.Item]) -> None:
    """Give the test of each operation of the API a name of its own.

    pytest has one name for all of them, and of tests with one name, only one would be run.
    """
    for item in items:
        if isinstance(item, SchemathesisFunction):
            item._id = item.id.with_params(item.operation_label)
    assert len({item.nodeid for item in items}) == len(items)


def _is_whole_suite(config: pytest.Config) -> bool:
    """Whether no files and no selection are named, and nobody wants to watch."""
    option = config.option
    narrowed = option.keyword or option.lf or option.collectonly
    watched = option.usepdb or option.trace or option.capture == "no"
    return config.args_source is not config.ArgsSource.ARGS and not (narrowed or watched)


def _are_servers_named() -> bool:
    """Whether one of the servers at hand was not started for this run."""
    var = Var.from_environment()
    return not (var.postgres.exists() and var.valkey.exists())
