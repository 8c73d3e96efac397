"""The machine that a result comes from, in a few words."""

from __future__ import annotations

import os
import platform

import psutil
from django.db import connection

GIB = 1024**3


def describe() -> str:
    """Cores, memory, versions, and the load of the machine before the benchmarks."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        postgresql = cursor.fetchone()[0].split()[0]
    load, _, _ = os.getloadavg()
    return (
        f"{os.cpu_count()} cores, {psutil.virtual_memory().total / GIB:.0f} GiB,"
        f" {platform.system()}, Python {platform.python_version()},"
        f" PostgreSQL {postgresql}, load {load:.2f}"
    )
