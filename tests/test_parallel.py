"""Which tests are split between processes, and with which servers."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import Any, cast

import pytest

from stack import sizes
from tests import parallel

PLAIN: dict[str, Any] = {
    **dict.fromkeys(("keyword", "lf", "collectonly", "usepdb", "trace", "numprocesses")),
    "capture": "fd",
    "dist": "no",
    "loadscopereorder": True,
    "tx": [],
}


@pytest.fixture(autouse=True)
def servers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a stack that has started both servers, on a machine with two cores."""
    monkeypatch.setenv("VAR_DIR", str(tmp_path))
    monkeypatch.setattr(sizes, "cores", lambda: 2)
    for name in ("postgres", "valkey"):
        (tmp_path / name).mkdir()
    return tmp_path


def configured(*, files: bool = False, **options: Any) -> pytest.Config:
    source = pytest.Config.ArgsSource
    config = Namespace(
        option=Namespace(**PLAIN | options),
        args_source=source.ARGS if files else source.TESTPATHS,
        ArgsSource=source,
    )
    parallel.choose_processes(cast("pytest.Config", config))
    return cast("pytest.Config", config)


def test_the_whole_suite_has_a_process_for_each_core() -> None:
    option = configured().option
    assert (option.numprocesses, option.dist) == (2, "loadfile")


@pytest.mark.parametrize(
    "options",
    [
        {"files": True},
        {"keyword": "lamp"},
        {"lf": True},
        {"usepdb": True},
        {"capture": "no"},
        {"numprocesses": 0},
    ],
    ids=str,
)
def test_whoever_asks_for_a_part_or_wants_to_watch_has_one_process(options: Any) -> None:
    assert not configured(**options).option.numprocesses


def test_servers_that_are_named_are_not_shared(servers: Path) -> None:
    (servers / "postgres").rmdir()
    assert not configured().option.numprocesses
    with pytest.raises(pytest.UsageError, match="DATABASE_URL"):
        parallel.give_servers(configured(numprocesses=3, tx=["popen"] * 3))


def test_each_process_has_servers_of_its_own() -> None:
    config = configured(numprocesses=3, tx=["popen"] * 3)
    parallel.give_servers(config)
    assert config.option.tx == [parallel.WITH_OWN_SERVERS] * 3
