"""Product Importer on a fresh machine. Needs Python 3.11 or newer and pip, nothing else.

python3 run.py             start everything: database, web, workers; Ctrl-C stops it again
python3 run.py test …      run the tests; arguments go to pytest
python3 run.py bench …     run the benchmarks
python3 run.py manage …    run a command of manage.py
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

try:
    import fcntl
except ImportError:
    sys.exit("Product Importer runs on Linux and macOS; on Windows use WSL or Docker.")

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = str(VENV / "bin" / "python")
# What is installed.
STAMP = VENV / "installed"
# Exists while packages are being installed: what is left of an interrupted try is thrown away.
UNFINISHED = VENV / "unfinished"
PRODUCTION = ("requirements.txt", "requirements-embedded.txt")
DEVELOPMENT = (*PRODUCTION, "requirements-dev.txt")
# The first pip that installs into an environment other than its own.
CAPABLE_PIP = (22, 3)
# Settings of the user that would lead the packages elsewhere.
MISLEADING = ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_PYTHON", "PIP_CONSTRAINT", "PYTHONHOME")


def main(arguments: list[str]) -> None:
    """Make the environment ready, then become the command that the arguments name."""
    action, rest = (arguments[0], arguments[1:]) if arguments else ("up", [])
    if [action, *rest[:1]] == ["manage", "up"]:
        action = "up"
    run = ["-m", "stack", "run"]
    commands = {
        "up": ["-m", "stack", "up"],
        "manage": [*run, "--", PYTHON, str(ROOT / "manage.py"), *rest],
        "test": [*run, "--throwaway", "--fast", "--", PYTHON, "-m", "pytest", *rest],
        "bench": [*run, "--throwaway", "--", PYTHON, "-m", "benchmarks", *rest],
    }
    if action not in commands:
        sys.exit(usage(action))
    for_development = action in ("test", "bench")
    ensure_packages(DEVELOPMENT if for_development else PRODUCTION)
    if for_development:
        os.chdir(ROOT)
    os.execve(PYTHON, [PYTHON, *commands[action]], environment())


def usage(action: str) -> int:
    """Print the commands that there are. Returns the exit status."""
    asked = action in ("-h", "--help", "help")
    print(__doc__, end="", file=sys.stdout if asked else sys.stderr)
    return 0 if asked else 2


def environment() -> dict[str, str]:
    """The environment for what runs in `.venv`: it finds the product from any folder."""
    kept = {name: value for name, value in os.environ.items() if name not in MISLEADING}
    path = [str(ROOT), *filter(None, [kept.get("PYTHONPATH")])]
    return kept | {"PYTHONPATH": os.pathsep.join(path), "PIP_USER": "0"}


def ensure_packages(files: tuple[str, ...]) -> None:
    """Install the packages that the files list into `.venv`, unless that was done before."""
    if digest(files) in installed():
        return
    with alone() as lock:
        # Another start may have been here meanwhile.
        if digest(files) not in installed():
            install(files, lock)


def digest(files: tuple[str, ...]) -> str:
    """A hash of the contents of the files and of the Python at hand."""
    contents = "".join((ROOT / file).read_text() for file in files)
    return hashlib.sha256((sys.version + contents).encode()).hexdigest()


def installed() -> list[str]:
    """The digests of what is installed; none if nothing is."""
    try:
        return STAMP.read_text().split()
    except FileNotFoundError:
        return []


@contextmanager
def alone() -> Iterator[int]:
    """Keep other starts from installing at the same time. Yields the handle that holds the lock."""
    lock = os.open(ROOT, os.O_RDONLY)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Waiting for another start, which installs packages …", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock
    finally:
        os.close(lock)


def install(files: tuple[str, ...], lock: int) -> None:
    """Install the packages that the files list. If this process dies, pip keeps the lock."""
    print("Installing packages (once) …", flush=True)
    started = time.monotonic()
    outside = has_capable_pip()
    if UNFINISHED.exists() or not fits():
        create_venv(with_pip=not outside)
    UNFINISHED.touch()
    STAMP.unlink(missing_ok=True)
    pip = [sys.executable, "-m", "pip", "--python", PYTHON] if outside else [PYTHON, "-m", "pip"]
    options = ["-qq", "--no-input", "--disable-pip-version-check", "--require-hashes"]
    listed = [f"--requirement={ROOT / file}" for file in files]
    command = [*pip, "install", *options, *listed]
    if subprocess.run(command, env=environment(), pass_fds=[lock], check=False).returncode:
        sys.exit("The packages could not be installed; see above. The next start tries again.")
    complete = [known for known in (PRODUCTION, DEVELOPMENT) if set(known) <= set(files)]
    STAMP.write_text("\n".join(map(digest, complete)))
    UNFINISHED.unlink()
    print(f"Installed in {time.monotonic() - started:.0f} s.", flush=True)


def has_capable_pip() -> bool:
    """Whether the Python at hand has a pip that can serve `.venv`."""
    found = re.match(r"(\d+)\.(\d+)", answer(sys.executable, "import pip; print(pip.__version__)"))
    return found is not None and (int(found[1]), int(found[2])) >= CAPABLE_PIP


def fits() -> bool:
    """Whether `.venv` works and is of the Python at hand."""
    return answer(PYTHON, "import sys; print(sys.version)") == sys.version


def answer(python: str, question: str) -> str:
    """What the program `question` prints in another Python; an empty text if that does not run."""
    try:
        done = subprocess.run([python, "-c", question], capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.removesuffix("\n")


def create_venv(*, with_pip: bool) -> None:
    """Make `.venv` anew; the pip inside is needed only if there is none outside."""
    options = ["--clear", *([] if with_pip else ["--without-pip"])]
    command = [sys.executable, "-m", "venv", *options, str(VENV)]
    if subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode:
        sys.exit(
            "This Python has no pip, nor the means to make one (ensurepip)."
            " Install pip (Debian, Ubuntu: apt install python3-pip) and start again."
        )


if __name__ == "__main__":
    if sys.version_info < (3, 11):  # noqa: UP036 - whoever meets it has an older one
        sys.exit(f"Product Importer needs Python 3.11 or newer; this is {sys.version.split()[0]}.")
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit(130)
