"""Where a stack keeps its things."""

from pathlib import Path

import pytest

from stack.paths import CHECKOUT, Var


def test_the_folder_is_var_of_the_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VAR_DIR", raising=False)
    assert Var.from_environment().root == CHECKOUT / "var"
    assert (CHECKOUT / "manage.py").exists()


def test_the_environment_may_name_another(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VAR_DIR", str(tmp_path / "here" / ".." / "there"))
    assert Var.from_environment().root == tmp_path / "there"


def test_a_new_folder_can_be_passed_but_not_listed(tmp_path: Path) -> None:
    var = Var(tmp_path / "new" / "var")
    var.create()
    assert var.root.stat().st_mode & 0o777 == 0o711


def test_an_existing_folder_stays_as_it_is(tmp_path: Path) -> None:
    tmp_path.chmod(0o750)
    Var(tmp_path).create()
    assert tmp_path.stat().st_mode & 0o777 == 0o750
