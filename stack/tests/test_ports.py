"""Choosing ports."""

from contextlib import closing
from pathlib import Path

import pytest

from stack import ports
from stack.errors import StackError


def test_a_chosen_port_is_remembered(tmp_path: Path) -> None:
    port = ports.choose(tmp_path / "port")
    assert ports.choose(tmp_path / "port") == port
    assert ports.is_free(port)


def test_it_is_none_that_outgoing_connections_get(tmp_path: Path) -> None:
    assert ports.LAST < 32768
    assert ports.FIRST <= ports.choose(tmp_path / "port") < ports.LAST


def test_a_taken_port_is_given_up_for_another(tmp_path: Path) -> None:
    port = ports.choose(tmp_path / "port")
    with closing(ports.listen(port)):
        assert not ports.is_free(port)
        other = ports.choose(tmp_path / "port")
    assert other != port
    assert ports.choose(tmp_path / "port") == other


def test_a_spoilt_memory_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "port").write_text("no number")
    port = ports.choose(tmp_path / "port")
    assert (tmp_path / "port").read_text() == f"{port}\n"


def test_without_any_free_port_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "is_free", lambda _: False)
    with pytest.raises(StackError, match="No free port"):
        ports.choose(tmp_path / "port")
