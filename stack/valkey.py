"""The embedded Valkey, which keeps what it is told in an append-only file."""

from stack import envfiles, ports, programs
from stack.paths import Var
from stack.processes import MARKER, Service, bare_environment, says


def service(var: Var, port: int, password: str, *, fast: bool = False) -> Service:
    """The service that runs Valkey on a port.

    If it is `fast`, a crash of the machine may cost some seconds of messages more.
    """
    var.valkey.mkdir(exist_ok=True)
    configuration = var.root / "valkey.conf"
    envfiles.write_private(configuration, _configuration(var, port, password, fast=fast))
    return Service(
        name="valkey",
        command=[str(programs.locate_valkey()), str(configuration)],
        environment=bare_environment() | {MARKER: str(var.root)},
        folder=var.valkey,
        ready=says("Ready to accept connections"),
        keeps_data=True,
    )


def url(port: int, password: str) -> str:
    """The address of the server."""
    return f"redis://:{password}@{ports.HOST}:{port}/0"


def _configuration(var: Var, port: int, password: str, *, fast: bool) -> str:
    return f"""\
bind {ports.HOST}
port {port}
requirepass {password}
dir "{var.valkey}"
appendonly yes
appendfsync {"no" if fast else "everysec"}
save ""
maxmemory-policy noeviction
# A title would overwrite the environment, by which the process is known.
set-proc-title no
"""
