"""The account that PostgreSQL runs as: it refuses to be root."""

import os
import pwd
import stat
from pathlib import Path

from stack.errors import StackError
from stack.processes import Account

CANDIDATES = ("postgres", "nobody")


def choose(data: Path) -> Account | None:
    """The account that is to run PostgreSQL on the folder `data`; None for the one at hand.

    Raises StackError if this is root and there is no other account to hand it to.
    """
    if os.geteuid() != 0:
        return None
    if data.exists() and data.stat().st_uid != 0:
        return _owner(data)
    for name in CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise StackError(
        "PostgreSQL does not run as root, and this system has neither a user 'postgres' nor"
        " 'nobody'. Start as an ordinary user, or name a server in DATABASE_URL."
    )


def can_reach(account: Account | None, path: Path) -> bool:
    """Whether an account may pass through all folders above `path`."""
    return account is None or all(_may_pass(account, folder) for folder in path.parents)


def _may_pass(account: Account, folder: Path) -> bool:
    status = folder.stat()
    needed = stat.S_IXUSR if status.st_uid == account.uid else stat.S_IXOTH
    return bool(status.st_mode & needed)


def _owner(path: Path) -> Account:
    status = path.stat()
    return Account(status.st_uid, status.st_gid)
