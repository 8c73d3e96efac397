"""Hosts for workers: Linux network namespaces on one switch, which can be unplugged."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import pytest

from tests.processes import Process

# Unlikely to be in use; documentation networks are not routed anywhere.
NETWORK = "198.51.100"
SWITCH_ADDRESS = f"{NETWORK}.1"


@dataclass(frozen=True)
class Host:
    """A network of its own, plugged into the switch."""

    name: str
    address: str

    def start_worker(self, env: Mapping[str, str]) -> Process:
        worker = Process(
            *("celery", "-A", "product_importer", "worker", "--loglevel", "INFO"),
            *("--without-mingle", "--without-gossip", "--queues", "jobs", "-c", "2"),
            *("--hostname", self.name),
            env=env,
            prefix=("ip", "netns", "exec", self.name),
        )
        worker.wait_until_ready(lambda: " ready." in worker.output)
        return worker

    def unplug(self) -> None:
        """From now on whatever either side sends is lost without an error."""
        _ip("link", "set", f"{self.name}-s", "nomaster")

    def plug_in(self) -> None:
        _ip("link", "set", f"{self.name}-s", "master", _switch())


@contextmanager
def two_hosts() -> Iterator[tuple[Host, Host]]:
    """Skips where there are no network namespaces to be had."""
    if not shutil.which("ip") or os.geteuid() != 0:
        pytest.skip("needs root, and `ip` (Debian, Ubuntu: apt install iproute2)")
    try:
        _ip("link", "add", _switch(), "type", "bridge")
    except subprocess.CalledProcessError as error:
        pytest.skip(f"this system gives no network: {error.stderr.strip()}")
    hosts = (_host("a", 2), _host("b", 3))
    try:
        _ip("address", "add", f"{SWITCH_ADDRESS}/24", "dev", _switch())
        _ip("link", "set", _switch(), "up")
        for host in hosts:
            _plug(host)
        yield hosts
    finally:
        for host in hosts:
            with suppress(subprocess.CalledProcessError):
                _ip("netns", "delete", host.name)
        _ip("link", "delete", _switch())


def _plug(host: Host) -> None:
    _ip("netns", "add", host.name)
    _ip("link", "add", f"{host.name}-s", "type", "veth", "peer", "eth0", "netns", host.name)
    _ip("-n", host.name, "address", "add", f"{host.address}/24", "dev", "eth0")
    for device in ("lo", "eth0"):
        _ip("-n", host.name, "link", "set", device, "up")
    _ip("link", "set", f"{host.name}-s", "up")
    host.plug_in()


def _host(letter: str, number: int) -> Host:
    return Host(f"pi{os.getpid()}{letter}", f"{NETWORK}.{number}")


def _switch() -> str:
    return f"pi{os.getpid()}"


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True)
