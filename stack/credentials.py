"""The secrets that a stack makes for itself at its first start."""

import base64
import os
import secrets
from collections.abc import Callable

from stack import envfiles, locks
from stack.paths import Var


def _token() -> str:
    return secrets.token_urlsafe(48)


def _fernet_key() -> str:
    return base64.urlsafe_b64encode(os.urandom(32)).decode()


MAKERS: dict[str, Callable[[], str]] = {
    "SECRET_KEY": _token,
    "WEBHOOK_SECRET_KEY": _fernet_key,
    "POSTGRES_PASSWORD": _token,
    "VALKEY_PASSWORD": _token,
}


def ensure(var: Var) -> dict[str, str]:
    """The secrets of this stack by their names. Those that are missing are made and kept."""
    with locks.held(var.root):
        kept = envfiles.read(var.secrets)
        missing = {name: make() for name, make in MAKERS.items() if not kept.get(name)}
        if missing:
            envfiles.write(var.secrets, {**kept, **missing})
    return {**kept, **missing}
