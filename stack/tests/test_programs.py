"""Finding the servers' programs."""

import os
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from stack import accounts, programs
from stack.errors import StackError
from stack.processes import Account, run_as


def version(program: Path, account: Account | None = None) -> str:
    command = [str(program), "--version"]
    identity = run_as(account)
    return subprocess.run(command, capture_output=True, text=True, check=True, **identity).stdout


def test_postgres_is_found_in_its_package(tmp_path: Path) -> None:
    found = programs.locate_postgres(None, tmp_path)
    assert "PostgreSQL" in version(found / "postgres")
    assert list(tmp_path.iterdir()) == []


def test_valkey_is_found_in_its_package() -> None:
    assert "Valkey" in version(programs.locate_valkey())


@pytest.fixture
def out_of_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "can_reach", lambda _account, _path: False)


@pytest.mark.usefixtures("out_of_reach")
def test_out_of_reach_it_is_copied_once(tmp_path: Path) -> None:
    first = programs.locate_postgres(Account(65534, 65534), tmp_path)
    assert "PostgreSQL" in version(first / "postgres")
    copied = first.stat().st_ino
    assert programs.locate_postgres(Account(65534, 65534), tmp_path) == first
    assert first.stat().st_ino == copied
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.usefixtures("out_of_reach")
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can run something as somebody else")
def test_others_can_run_the_copy() -> None:
    nobody = Account(65534, 65534)
    with TemporaryDirectory() as folder:
        usual = os.umask(0o077)
        try:
            found = programs.locate_postgres(nobody, Path(folder, "copy"))
        finally:
            os.umask(usual)
        Path(folder).chmod(0o711)
        assert "PostgreSQL" in version(found / "postgres", nobody)


def test_without_the_packages_it_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(programs, "find_spec", lambda _name: None)
    with pytest.raises(StackError, match="DATABASE_URL"):
        programs.locate_postgres(None, tmp_path)
    with pytest.raises(StackError, match="REDIS_URL"):
        programs.locate_valkey()
