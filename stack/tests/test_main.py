"""The command line of the embedded stack."""

import os
import sys
from pathlib import Path

import pytest
from django.core.management import call_command

from stack import __main__ as command_line
from stack import command, launch
from stack.errors import StackError
from stack.paths import CHECKOUT


@pytest.fixture(autouse=True)
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout of its own, where nobody's `.env` is in the way."""
    monkeypatch.setattr(command_line, "CHECKOUT", tmp_path)
    return tmp_path


def test_an_env_file_counts_less_than_the_environment(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: dict[str, str] = {}

    def up() -> int:
        seen.update(os.environ)
        return 0

    monkeypatch.setattr(launch, "up", up)
    monkeypatch.setenv("PORT", "1")
    # So that it is as before afterwards.
    monkeypatch.setenv("ADMIN_PASSWORD", "")
    monkeypatch.delenv("ADMIN_PASSWORD")
    (checkout / ".env").write_text("PORT=2\nADMIN_PASSWORD='from the file'\n")
    assert command_line.main(["up"]) == 0
    assert (seen["PORT"], seen["ADMIN_PASSWORD"]) == ("1", "from the file")


def test_an_error_is_a_plain_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def up() -> int:
        raise StackError("It can't be.")

    monkeypatch.setattr(launch, "up", up)
    assert command_line.main(["up"]) == 1
    assert capsys.readouterr().err == "It can't be.\n"


def test_the_words_of_a_command_are_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[list[str], bool | None]] = []

    def run(words: list[str], fast: bool | None = None) -> int:
        calls.append((words, fast))
        return 4

    monkeypatch.setattr(command, "run", run)
    monkeypatch.setattr(command, "run_apart", run)
    assert command_line.main(["run", "--", "pytest", "--fast", "-x"]) == 4
    assert command_line.main(["run", "--throwaway", "--", "pytest", "--", "x"]) == 4
    assert command_line.main(["run", "--throwaway", "--fast", "--", "pytest"]) == 4
    assert calls == [
        (["pytest", "--fast", "-x"], None),
        (["pytest", "--", "x"], False),
        (["pytest"], True),
    ]


def test_manage_py_up_becomes_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    became: list[tuple[Path, list[str]]] = []
    monkeypatch.setattr(os, "execv", lambda _path, words: became.append((Path.cwd(), words)))
    monkeypatch.chdir(tmp_path)
    call_command("up")
    assert became == [(CHECKOUT, [sys.executable, "-m", "stack", "up"])]


def test_anything_else_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        command_line.main(["down"])
    assert "usage" in capsys.readouterr().err
