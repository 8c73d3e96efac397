"""A PostgreSQL of a test's own: elsewhere than on this machine alone, or short of room."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import environ
from django.core.management import call_command
from django.db import Error, connection

from stack import initdb, ports, postgres
from stack.processes import Account, bare_environment, run_as
from tests.faults.servers import PASSWORD, Server, a_folder


@dataclass(frozen=True)
class Database:
    """A prepared database of the product, which this process works on too."""

    url: str
    account: Account | None


@contextmanager
def a_database(
    *, setup: Sequence[str] = (), listen: str = ports.HOST, network: str = f"{ports.HOST}/32"
) -> Iterator[Database]:
    """Start a server after the superuser's statements `setup`; it also listens on `listen`."""
    with a_folder() as var:
        cluster = postgres.open_cluster(var, PASSWORD, fast=True)
        for statement in (f"ALTER ROLE {initdb.NAME} SUPERUSER", *setup):
            _run_alone(cluster, statement)
        with (cluster.data / "pg_hba.conf").open("a") as rules:
            rules.write(f"host all all {network} scram-sha-256\n")
        port = ports.choose(var.postgres_port)
        service = cluster.service(port)
        command = [*service.command, f"--listen_addresses={ports.HOST},{listen}"]
        url = postgres.url(port, PASSWORD)
        with serving_this_process(url):
            server = Server(replace(service, command=command), answers)
            server.start()
            try:
                call_command("migrate", verbosity=0)
                yield Database(url.replace(ports.HOST, listen), cluster.account)
            finally:
                connection.close()
                server.kill()


def _run_alone(cluster: postgres.Cluster, statement: str) -> None:
    subprocess.run(
        [str(cluster.programs / "postgres"), "--single", "-D", str(cluster.data), "-j", "postgres"],
        input=f"{statement};\n\n",
        text=True,
        env=bare_environment(),
        cwd=cluster.data,
        check=True,
        capture_output=True,
        **run_as(cluster.account),
    )


@contextmanager
def serving_this_process(url: str) -> Iterator[None]:
    """Let this process, its threads too, work on the server at `url`."""
    others = connection.settings_dict.copy()
    connection.close()
    connection.settings_dict.update(environ.Env.db_url_config(url))
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(others)


def answers() -> bool:
    connection.close()
    try:
        connection.ensure_connection()
    except Error:
        return False
    return True
