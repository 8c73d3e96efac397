from __future__ import annotations

import os
from pathlib import Path

import pytest

from stack import sizes

NAMES = ("WEB_THREADS", "WEB_CONCURRENCY", "WORKER_PROCESSES", "WEBHOOK_THREADS")


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Sixteen cores, and nothing set; returns where a container is given fewer."""
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(16)), raising=False)
    monkeypatch.setattr(sizes, "CPU_QUOTA", tmp_path / "cpu.max")
    return tmp_path / "cpu.max"


def everything() -> tuple[int, int, int]:
    return sizes.web_processes(), sizes.worker_processes(), sizes.connections()


@pytest.mark.parametrize(
    ("quota", "expected"),
    [
        ("max 100000\n", (4, 16, 4 * 8 + 16 * 2 + 40 + 20)),
        ("300000 100000\n", (3, 3, 3 * 8 + 3 * 2 + 40 + 20)),
        ("200000 100000\n", (2, 2, 2 * 8 + 2 * 2 + 40 + 20)),
        ("50000 100000\n", (2, 2, 2 * 8 + 2 * 2 + 40 + 20)),
    ],
)
def test_cores_say_how_many(machine: Path, quota: str, expected: tuple[int, ...]) -> None:
    machine.write_text(quota)
    assert everything() == expected


def test_without_a_quota_all_cores_count(machine: Path) -> None:
    assert sizes.cores() == 16


def test_the_environment_knows_better(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, number in zip(NAMES, ("3", "5", "7", "11"), strict=True):
        monkeypatch.setenv(name, number)
    assert everything() == (5, 7, 5 * 3 + 7 * 2 + 11 + 20)
