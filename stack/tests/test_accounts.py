"""As whom PostgreSQL runs."""

import os
import pwd
from pathlib import Path

import pytest

from stack import accounts
from stack.errors import StackError
from stack.processes import Account


@pytest.fixture
def as_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)


def users(monkeypatch: pytest.MonkeyPatch, **known: int) -> None:
    """Let the system know these users alone."""

    def getpwnam(name: str) -> pwd.struct_passwd:
        return pwd.struct_passwd((name, "x", known[name], known[name] + 1, "", "/", ""))

    monkeypatch.setattr(pwd, "getpwnam", getpwnam)


def test_an_ordinary_user_runs_it_as_they_are(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert accounts.choose(tmp_path) is None


@pytest.mark.usefixtures("as_root")
def test_root_takes_the_user_made_for_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    users(monkeypatch, postgres=70, nobody=99)
    assert accounts.choose(tmp_path / "new") == Account(70, 71)


@pytest.mark.usefixtures("as_root")
def test_or_nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    users(monkeypatch, nobody=99)
    assert accounts.choose(tmp_path / "new") == Account(99, 100)


@pytest.mark.usefixtures("as_root")
def test_or_says_that_there_is_no_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    users(monkeypatch)
    with pytest.raises(StackError, match="DATABASE_URL"):
        accounts.choose(tmp_path / "new")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give folders away")
def test_existing_data_stays_with_its_owner(tmp_path: Path) -> None:
    os.chown(tmp_path, 4321, 1234)
    assert accounts.choose(tmp_path) == Account(4321, 1234)


@pytest.mark.parametrize(
    ("mode", "owner_passes", "others_pass"),
    [(0o711, True, True), (0o700, True, False), (0o001, False, True)],
)
def test_who_passes_through_a_folder(
    tmp_path: Path, mode: int, owner_passes: bool, others_pass: bool
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir()
    closed.chmod(mode)
    owner = closed.stat().st_uid

    def passes(uid: int) -> bool:
        return accounts._may_pass(Account(uid, 0), closed)

    assert (passes(owner), passes(owner + 1)) == (owner_passes, others_pass)


def test_one_closed_folder_on_the_way_is_enough(tmp_path: Path) -> None:
    stranger = Account(4321, 4321)
    (tmp_path / "closed" / "open").mkdir(parents=True)
    (tmp_path / "closed").chmod(0o700)
    assert accounts.can_reach(stranger, Path("/usr/bin/env"))
    assert not accounts.can_reach(stranger, tmp_path / "closed" / "open" / "data")
    assert accounts.can_reach(None, tmp_path / "closed" / "open" / "data")
