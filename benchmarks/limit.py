"""The limit: the work of an expert by hand, with only `psql` and two statements."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

from django.db import connection

from benchmarks import database
from benchmarks.catalogue import PRODUCTS, Run
from stack import programs

# `row` is the number of a row in the file: the last row of a SKU counts.
CREATE_STAGING = """
CREATE UNLOGGED TABLE bench_staging (
    row bigint GENERATED ALWAYS AS IDENTITY (CACHE 1000),
    sku text, name text, description text, price numeric(12, 2), active boolean
)
"""

COPY = r"""
\copy bench_staging (sku, name, description, price, active) FROM '{file}' (FORMAT csv, HEADER)
"""

UPSERT = """
INSERT INTO {table} AS p (sku, name, description, price, active)
SELECT DISTINCT ON (lower(sku)) sku, name, description, price, active
FROM bench_staging
ORDER BY lower(sku), row DESC
ON CONFLICT (lower(sku)) DO UPDATE
SET sku = excluded.sku, name = excluded.name, description = excluded.description,
    price = excluded.price, active = excluded.active,
    version = p.version + 1, updated_at = now()
WHERE (p.sku, p.name, p.description, p.price, p.active)
    IS DISTINCT FROM
    (excluded.sku, excluded.name, excluded.description, excluded.price, excluded.active)
"""

# The product's own table, its indexes and constraints included.
FULL = """
CREATE TABLE {table} (LIKE {products} INCLUDING ALL)
"""
# The same columns, with only the indexes that an upsert needs.
BARE = """
CREATE TABLE {table} (LIKE {products} INCLUDING DEFAULTS INCLUDING IDENTITY, PRIMARY KEY (id));
CREATE UNIQUE INDEX ON {table} (lower(sku) COLLATE "C")
"""

TIME = re.compile(r"^Time: ([0-9.]+) ms", re.MULTILINE)


class Limit:
    """A table to be filled by hand; it exists for the length of a `with` block."""

    table = "bench_product"

    def __init__(self, definition: str = FULL) -> None:
        self._definition = definition.format(table=self.table, products=PRODUCTS)

    def __enter__(self) -> Self:
        database.execute(CREATE_STAGING, self._definition)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        database.execute(f"DROP TABLE bench_staging, {self.table}")

    def empty(self) -> None:
        database.empty(self.table)

    def take(self, file: Path) -> Run:
        """Copy a file and upsert it. The time is that of the two statements, without connecting."""
        database.empty("bench_staging")
        database.settle()
        wal = database.wal_position()
        seconds = _psql(COPY.format(file=file), UPSERT.format(table=self.table))
        return Run(seconds=seconds, wal_bytes=database.wal_position() - wal)


def _psql(*statements: str) -> float:
    """Run them one after the other in one session; returns the seconds they took."""
    # Room to sort the whole file in memory.
    commands = ["SET work_mem = '512MB'", r"\timing on", *map(str.strip, statements)]
    arguments = [f"--command={command}" for command in commands]
    done = subprocess.run(
        [_locate_psql(), "--no-psqlrc", "--set=ON_ERROR_STOP=1", *arguments],
        env=_environment(),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return sum(float(milliseconds) for milliseconds in TIME.findall(done.stdout)) / 1000


def _locate_psql() -> Path:
    """The `psql` that comes with the embedded server."""
    return programs.locate_postgres(None, Path()) / "psql"


def _environment() -> dict[str, str]:
    """The environment in which `psql` connects to the database that Django uses."""
    connection.ensure_connection()
    info = connection.connection.info
    return {
        **os.environ,
        "LC_ALL": "C",
        "PGHOST": info.host,
        "PGPORT": str(info.port),
        "PGUSER": info.user,
        "PGPASSWORD": info.password,
        "PGDATABASE": info.dbname,
        # The file's encoding may differ from the shell's.
        "PGCLIENTENCODING": "UTF8",
    }
