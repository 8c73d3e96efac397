"""`run.py` on a machine with nothing but Python and pip."""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Stands for `python -m stack`: prints what it was called with.
TOOL = """
import os, sys
import tiny
print("tool", sys.argv[1:], os.getcwd(), tiny.VERSION)
"""


@pytest.fixture(scope="module")
def wheels() -> Iterator[Path]:
    """An index of the packages `tiny` 1.0 and 2.0 and `spare` 1.0."""
    with TemporaryDirectory() as folder:
        for name, version in (("tiny", "1.0"), ("tiny", "2.0"), ("spare", "1.0")):
            build_wheel(Path(folder), name, version)
        yield Path(folder)


def build_wheel(folder: Path, name: str, version: str) -> None:
    information = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{name}.py", f"VERSION = {version!r}\n")
        wheel.writestr(
            f"{information}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        )
        wheel.writestr(f"{information}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr(f"{information}/RECORD", "")


class Checkout:
    """A checkout of `run.py` and next to nothing else."""

    def __init__(self, folder: Path, wheels: Path) -> None:
        self.folder = folder
        self.wheels = wheels
        self.venv = folder / ".venv"
        self.python = sys.executable
        self.first: list[tuple[int, str, str]] = []
        shutil.copy(ROOT / "run.py", folder)
        tool = folder / "stack"
        tool.mkdir(parents=True)
        (tool / "__main__.py").write_text(TOOL)
        self.require("requirements.txt", "tiny==1.0")
        self.require("requirements-embedded.txt", "tiny==1.0")
        self.require("requirements-dev.txt", "spare==1.0")

    def require(self, file: str, package: str) -> None:
        wheel = self.wheels / f"{package.replace('==', '-')}-py3-none-any.whl"
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        (self.folder / file).write_text(f"{package} --hash=sha256:{digest}\n")

    def start(self, *arguments: str, **environment: str | None) -> "subprocess.Popen[str]":
        """Start run.py from another folder, with no index but ours and no home."""
        settings = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.wheels), "HOME": None}
        # The path that this test was started with leads to the real product.
        wanted = {**os.environ, **settings, "PYTHONPATH": None, **environment}
        return subprocess.Popen(
            [self.python, str(self.folder / "run.py"), *arguments],
            cwd=self.wheels,
            env={name: value for name, value in wanted.items() if value is not None},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, **environment: str | None) -> tuple[int, str, str]:
        """Exit status, output and errors of run.py."""
        return self.finish(self.start(*arguments, **environment))

    @staticmethod
    def finish(process: "subprocess.Popen[str]") -> tuple[int, str, str]:
        output, errors = process.communicate(timeout=120)
        return process.returncode, output, errors


@pytest.fixture
def fresh(tmp_path: Path, wheels: Path) -> Checkout:
    return Checkout(tmp_path, wheels)


@pytest.fixture(scope="module")
def installed(wheels: Path) -> Iterator[Checkout]:
    """A checkout whose packages were installed by two starts at once. Leave it so."""
    with TemporaryDirectory() as folder:
        checkout = Checkout(Path(folder).resolve(), wheels)
        misleading = {"PIP_TARGET": str(wheels / "astray"), "PIP_USER": "1"}
        both = [checkout.start(**misleading) for _ in range(2)]
        checkout.first = [checkout.finish(process) for process in both]
        yield checkout


@pytest.fixture
def copy(fresh: Checkout, installed: Checkout) -> Checkout:
    """A checkout of its own whose packages are installed."""
    shutil.copytree(installed.venv, fresh.venv, symlinks=True)
    return fresh


def test_the_first_start_installs_once_and_the_second_does_not(installed: Checkout) -> None:
    here = f"tool ['up'] {installed.wheels} 1.0"
    assert [(status, errors) for status, _, errors in installed.first] == [(0, "")] * 2
    waiting, installing = sorted(output.splitlines() for _, output, _ in installed.first)[::-1]
    assert waiting == ["Waiting for another start, which installs packages …", here]
    assert installing[0] == "Installing packages (once) …"
    assert installing[1].startswith("Installed in ")
    assert installing[2:] == [here]
    assert installed.run() == (0, f"{here}\n", "")


def test_changed_and_more_requirements_are_installed(copy: Checkout) -> None:
    def has_spare() -> bool:
        return bool(list(copy.venv.glob("lib/*/site-packages/spare.py")))

    assert not has_spare()
    for file in ("requirements.txt", "requirements-embedded.txt"):
        copy.require(file, "tiny==2.0")
    _, output, _ = copy.run("test")
    assert output.splitlines()[0] == "Installing packages (once) …"
    assert output.splitlines()[-1].endswith(" 2.0")
    assert has_spare()


def test_after_a_fault_the_next_start_begins_anew(copy: Checkout) -> None:
    for file in ("requirements.txt", "requirements-embedded.txt"):
        copy.require(file, "tiny==2.0")
    status, output, errors = copy.run(PIP_FIND_LINKS=str(copy.folder))
    assert (status, output) == (1, "Installing packages (once) …\n")
    assert "tiny==2.0" in errors
    assert "The packages could not be installed" in errors
    # An interruption leaves half a package, of which pip believes that it is there.
    next(copy.venv.glob("lib/*/site-packages/tiny.py")).unlink()
    for file in ("requirements.txt", "requirements-embedded.txt"):
        copy.require(file, "tiny==1.0")
    status, output, _ = copy.run()
    assert status == 0
    assert output.splitlines()[-1].endswith(" 1.0")


def test_without_pip_the_environment_brings_its_own(fresh: Checkout) -> None:
    bare = fresh.folder / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", bare], check=True)
    fresh.python = str(bare / "bin" / "python")
    status, output, _ = fresh.run()
    assert status == 0
    assert output.splitlines()[-1].endswith(" 1.0")
    assert (fresh.venv / "bin" / "pip").exists()


@pytest.mark.parametrize(
    ("action", "words", "where"),
    [
        ("manage", ["run", "--", "{python}", "{root}/manage.py", "a", "--b"], "{here}"),
        (
            "test",
            ["run", "--throwaway", "--fast", "--", "{python}", "-m", "pytest", "a", "--b"],
            "{root}",
        ),
        (
            "bench",
            ["run", "--throwaway", "--", "{python}", "-m", "benchmarks", "a", "--b"],
            "{root}",
        ),
    ],
)
def test_each_action_has_its_command(
    installed: Checkout, action: str, words: list[str], where: str
) -> None:
    names = {
        "python": str(installed.venv / "bin" / "python"),
        "root": str(installed.folder),
        "here": str(installed.wheels),
    }
    status, output, _ = installed.run(action, "a", "--b")
    expected = [word.format(**names) for word in words]
    assert status == 0
    assert output.splitlines()[-1] == f"tool {expected} {where.format(**names)} 1.0"


def test_manage_up_is_up(installed: Checkout) -> None:
    assert "tool ['up']" in installed.run("manage", "up")[1]


def test_an_unknown_action_is_answered_with_the_known_ones(fresh: Checkout) -> None:
    status, output, errors = fresh.run("tests")
    assert (status, output) == (2, "")
    assert "python3 run.py test" in errors
    assert not fresh.venv.exists()


def test_help_is_no_error(fresh: Checkout) -> None:
    status, output, errors = fresh.run("--help")
    assert (status, errors) == (0, "")
    assert "python3 run.py bench" in output


@pytest.fixture
def module() -> ModuleType:
    spec = importlib.util.spec_from_file_location("run", ROOT / "run.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("answer", "capable"),
    [("22.2.2", False), ("22.3", True), ("101.0.dev1", True), ("", False)],
)
def test_an_old_pip_is_not_relied_upon(
    module: ModuleType, monkeypatch: pytest.MonkeyPatch, answer: str, capable: bool
) -> None:
    monkeypatch.setattr(module, "answer", lambda _python, _question: answer)
    assert module.has_capable_pip() is capable


def test_an_environment_of_another_python_does_not_fit(
    module: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other = tmp_path / "python"
    other.write_text("#!/bin/sh\necho 3.11.0 of another build\n")
    other.chmod(0o755)
    for python, fits in ((sys.executable, True), (str(other), False), ("/gone/python", False)):
        monkeypatch.setattr(module, "PYTHON", python)
        assert module.fits() is fits


def test_an_old_python_is_told_so() -> None:
    code = (
        "import sys, runpy; sys.version_info = (3, 10, 4); sys.version = '3.10.4 (main)';"
        f"runpy.run_path({str(ROOT / 'run.py')!r}, run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == "Product Importer needs Python 3.11 or newer; this is 3.10.4.\n"
