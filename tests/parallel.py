"""The whole suite on every core: several pytest processes, each with servers of its own.

A shared server would not do: tests count the bytes of its log, wait for its checkpoints, and
empty its queues.
"""

from __future__ import annotations

import shlex
import sys

import pytest
from schemathesis.pytest.plugin import SchemathesisFunction

from stack import sizes

# Beyond these, tests of real processes only wait for each other.
MAX_PROCESSES = 4
# A pytest process is reached over its standard streams, so whatever starts it passes them on.
_PYTHON = shlex.join(
    [
        *("env", "DATABASE_URL=", "REDIS_URL=", "CELERY_BROKER_URL="),
        *(sys.executable, "-m", "stack", "run", "--throwaway", "--fast", "--", sys.executable),
    ]
)
WITH_OWN_SERVERS = f"popen//python={_PYTHON}"


def choose_processes(config: pytest.Config) -> None:
    """Split the tests between processes if they are many and nobody has said how."""
    option = config.option
    if option.numprocesses is None and not option.tx and _is_whole_suite(config):
        option.numprocesses = min(sizes.cores(), MAX_PROCESSES)
        # A file stays in one process, which makes its fixtures once. Files start in their order,
        # so that those with browsers come last.
        option.dist = "loadfile"
        option.loadscopereorder = False


def give_servers(config: pytest.Config) -> None:
    """Have each process started with a PostgreSQL and a Valkey of its own."""
    config.option.tx = [WITH_OWN_SERVERS if spec == "popen" else spec for spec in config.option.tx]


def name_each(items: list[pytest.Item]) -> None:
    """Give each operation of the API a test by its own name.

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
