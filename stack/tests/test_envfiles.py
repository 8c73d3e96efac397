"""Small private files of names and values."""

from pathlib import Path

import environ
import pytest

from stack import envfiles

VALUES = {"ONE": "1", "KEY": "a=b==", "EMPTY": ""}


def test_what_was_written_is_read(tmp_path: Path) -> None:
    envfiles.write(tmp_path / "file", VALUES)
    assert envfiles.read(tmp_path / "file") == VALUES


def test_the_settings_read_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VALUES:
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    envfiles.write(tmp_path / "file", VALUES)
    environ.Env.read_env(tmp_path / "file")
    assert {name: environ.Env()(name) for name in VALUES} == VALUES


def test_no_file_has_no_values(tmp_path: Path) -> None:
    assert envfiles.read(tmp_path / "none") == {}


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("open to all")
    path.chmod(0o644)
    envfiles.write(path, VALUES)
    assert path.stat().st_mode & 0o777 == 0o600


def test_who_reads_meanwhile_sees_the_old_file_whole(tmp_path: Path) -> None:
    path = tmp_path / "file"
    envfiles.write(path, {"OLD": "1"})
    with path.open() as reader:
        envfiles.write(path, {"NEW": "1"})
        assert reader.read() == "OLD=1\n"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]
