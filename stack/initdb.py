"""Making a database cluster: whole, or not at all."""

import locale
import os
import secrets
import shutil
import subprocess
from pathlib import Path

from stack.errors import StackError
from stack.processes import Account, bare_environment, run_as

# Role and database of the product.
NAME = "product_importer"
OPTIONS = (
    "--username=postgres",
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--no-instructions",
)
# The first of these that the system has is used: by it pg_trgm knows letters from other characters.
CHARACTER_TYPES = ("C.UTF-8", "en_US.UTF-8", "C")
# One statement a line.
SETUP = f"""\
CREATE ROLE {NAME} LOGIN CREATEDB PASSWORD '{{password}}'
CREATE DATABASE {NAME} OWNER {NAME}
"""


def create(programs: Path, data: Path, account: Account | None, password: str) -> None:
    """Make a cluster in the folder `data` that has the role and the database of the product.

    It grows under another name, so `data` exists only when it is complete. Raises StackError
    with the output of the program that failed.
    """
    draft = data.with_name(f"{data.name}.new")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(mode=0o700)
    superuser_password = draft / "password"
    # Not kept: nothing logs in as superuser.
    superuser_password.write_text(secrets.token_urlsafe())
    for path in (draft, superuser_password):
        _give(path, account)
    cluster = draft / "data"
    options = [
        "-D",
        str(cluster),
        f"--pwfile={superuser_password}",
        f"--lc-ctype={_character_type()}",
    ]
    _run([str(programs / "initdb"), *options, *OPTIONS], draft, account)
    single = [str(programs / "postgres"), "--single", "-D", str(cluster), "-cexit_on_error=on"]
    _run([*single, "postgres"], draft, account, SETUP.format(password=password))
    cluster.rename(data)
    shutil.rmtree(draft)


def _character_type() -> str:
    current = locale.setlocale(locale.LC_CTYPE)
    try:
        return next(filter(_is_known, CHARACTER_TYPES))
    finally:
        locale.setlocale(locale.LC_CTYPE, current)


def _is_known(character_type: str) -> bool:
    try:
        locale.setlocale(locale.LC_CTYPE, character_type)
    except locale.Error:
        return False
    return True


def _give(path: Path, account: Account | None) -> None:
    if account:
        os.chown(path, account.uid, account.gid)


def _run(command: list[str], folder: Path, account: Account | None, text: str = "") -> None:
    done = subprocess.run(
        command,
        cwd=folder,
        env=bare_environment(),
        input=text,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        **run_as(account),
    )
    if done.returncode:
        raise StackError(f"PostgreSQL could not be set up:\n{done.stdout.strip()}")
