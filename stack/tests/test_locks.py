"""Locks that go with their holder."""

import subprocess
import sys
from pathlib import Path

import pytest

from stack import locks

HOLD = """
import sys, time
from pathlib import Path
from stack import locks
lock = locks.take(Path(sys.argv[1]))
lock.describe("somebody else")
print("held", flush=True)
time.sleep(60)
"""


def test_a_second_one_learns_who_holds_it(tmp_path: Path) -> None:
    first = locks.take(tmp_path / "lock")
    first.describe("a rather long name")
    first.describe("first")
    with pytest.raises(locks.TakenError, match=r"^first$"):
        locks.take(tmp_path / "lock")
    first.release()
    locks.take(tmp_path / "lock").release()


def test_it_goes_with_a_process_that_is_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path / "lock")]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(locks.TakenError, match="somebody else"):
            locks.take(tmp_path / "lock")
        holder.kill()
    locks.take(tmp_path / "lock").release()


def test_those_who_share_keep_others_out(tmp_path: Path) -> None:
    sharing = [locks.take(tmp_path / "lock", shared=True) for _ in range(2)]
    with pytest.raises(locks.TakenError):
        locks.take(tmp_path / "lock")
    for lock in sharing:
        lock.release()
    locks.take(tmp_path / "lock").release()
