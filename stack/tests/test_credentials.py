"""The secrets of a stack."""

from pathlib import Path

from cryptography.fernet import Fernet

from stack import credentials, envfiles
from stack.paths import Var


def test_they_are_made_once(tmp_path: Path) -> None:
    first = credentials.ensure(Var(tmp_path))
    assert credentials.ensure(Var(tmp_path)) == first
    assert set(first) == {
        "SECRET_KEY",
        "WEBHOOK_SECRET_KEY",
        "POSTGRES_PASSWORD",
        "VALKEY_PASSWORD",
    }


def test_no_two_stacks_share_any(tmp_path: Path) -> None:
    stacks = [Var(tmp_path / name) for name in ("one", "two")]
    for var in stacks:
        var.create()
    one, two = (set(credentials.ensure(var).values()) for var in stacks)
    assert len(one) == 4
    assert not one & two


def test_only_the_owner_may_read_them(tmp_path: Path) -> None:
    credentials.ensure(Var(tmp_path))
    assert Var(tmp_path).secrets.stat().st_mode & 0o777 == 0o600


def test_the_webhook_key_can_encrypt(tmp_path: Path) -> None:
    key = Fernet(credentials.ensure(Var(tmp_path))["WEBHOOK_SECRET_KEY"])
    assert key.decrypt(key.encrypt(b"secret")) == b"secret"


def test_a_missing_one_is_added_and_the_others_stay(tmp_path: Path) -> None:
    envfiles.write(Var(tmp_path).secrets, {"SECRET_KEY": "mine", "OWN": "too"})
    secrets = credentials.ensure(Var(tmp_path))
    assert (secrets["SECRET_KEY"], secrets["OWN"]) == ("mine", "too")
    assert envfiles.read(Var(tmp_path).secrets) == secrets
    assert len(secrets["POSTGRES_PASSWORD"]) > 40
