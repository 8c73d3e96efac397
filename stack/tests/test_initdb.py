"""Making a database cluster."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from stack import accounts, initdb, programs
from stack.errors import StackError
from stack.tests.reachable import reachable_var


@pytest.fixture
def folder() -> Iterator[Path]:
    with reachable_var() as var:
        yield var.root


def create(data: Path) -> None:
    account = accounts.choose(data)
    initdb.create(programs.locate_postgres(account, data.parent / "programs"), data, account, "pw")


def test_it_is_there_as_a_whole_and_locked(folder: Path) -> None:
    draft = folder / "data.new"
    draft.mkdir()
    (draft / "rest of an interrupted try").touch()
    create(folder / "data")
    assert (folder / "data" / "PG_VERSION").exists()
    assert (folder / "data").stat().st_mode & 0o777 == 0o700
    assert not draft.exists()
    assert ways_in(folder / "data") == {"scram-sha-256"}


def ways_in(data: Path) -> set[str]:
    """The ways in which a client may show who it is."""
    lines = (data / "pg_hba.conf").read_text().splitlines()
    return {line.split()[-1] for line in lines if line and not line.startswith("#")}


def test_a_failure_leaves_nothing_and_tells_why(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(initdb, "SETUP", "CREATE NONSENSE\n")
    with pytest.raises(StackError, match='syntax error at or near "NONSENSE"'):
        create(folder / "data")
    assert not (folder / "data").exists()


def test_letters_are_told_apart_where_the_system_can(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(initdb, "CHARACTER_TYPES", ("no such", "POSIX", "C"))
    assert initdb._character_type() == "POSIX"
