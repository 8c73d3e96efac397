"""Looking at how much memory processes take."""

import os
import subprocess
import sys

import psutil

from benchmarks.memory import Peak
from tests.processes import wait_until

HUNGRY = "print(len(bytearray(b'x' * 200_000_000)), flush=True); input()"


def test_the_largest_child_at_its_peak_counts() -> None:
    with (
        Peak(os.getpid()) as peak,
        subprocess.Popen(
            [sys.executable, "-c", HUNGRY], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as child,
    ):
        wait_until(lambda: peak.bytes > 200_000_000, what="the memory")
        child.communicate(b"\n")
    assert 200_000_000 < peak.bytes < 200_000_000 + 2 * psutil.Process().memory_info().rss
