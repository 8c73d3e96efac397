"""One range of an import, inside the transaction that its ledger line begins."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper

from imports import sql, staging
from imports.models import Import
from jobs.errors import Conflict, NotPrepared
from jobs.kinds import Counts
from jobs.models import Range
from products.fields import CLEARED

# Memory in which PostgreSQL can sort one range without a temporary file.
WORK_MEM = "64MB"

WRITTEN = ("created", "updated")


class CatalogueMoved(Conflict):
    """Somebody changed or removed a product after it was judged: the range is tried again."""


def apply_range(import_: Import, range_: Range, *, lock_first: bool) -> Counts:
    """Write the staged rows of a range; returns the number of rows with each outcome.

    Raises NotPrepared if the staging table is gone or was emptied, and CatalogueMoved if somebody
    else was faster; with `lock_first` nobody can be.
    """
    table = staging.table_name(import_.pk, import_.lease_token)
    parameters = parameters_of(import_) | {"low": range_.low, "high": range_.high}
    with connection.cursor() as cursor:
        if not staging.is_intact(table, cursor):
            raise NotPrepared(table)
        cursor.execute("SELECT set_config('work_mem', %s, true)", [WORK_MEM])
        if lock_first:
            cursor.execute(sql.LOCK_NAMED.format(staging=table), parameters)
        if is_all_new(cursor, import_, parameters):
            rows = _count_rows(cursor, table, parameters)
            outcomes = _insert_all(cursor, table, parameters)
            skus = outcomes["created"]
        else:
            rows, skus = count_valid(cursor, table, parameters)
            outcomes = _plan(cursor, table, parameters)
            _write(cursor, outcomes, parameters)
        removed = _remove_missing(cursor, import_, table, parameters)
    return counts_of(outcomes, rows, skus) | {"removed": removed}


def keep_refused(import_: Import) -> None:
    """Keep, as rejects, all staged rows that the mode or the catalogue refuses; write nothing."""
    table = staging.table_name(import_.pk, import_.lease_token)
    parameters = parameters_of(import_) | {"low": None, "high": None}
    with connection.cursor() as cursor:
        _plan(cursor, table, parameters)
        cursor.execute(sql.INSERT_REJECTED, parameters)


def parameters_of(import_: Import) -> dict[str, Any]:
    """The parameters of the SQL, without the bounds of a range."""
    return {
        "job": import_.pk,
        "mode": import_.mode,
        "missing": import_.missing,
        **{field.clears: _clears(import_, field.name) for field in CLEARED},
    }


def _clears(import_: Import, field: str) -> bool:
    """Whether a blank cell clears the value of this field in the catalogue."""
    return field in import_.mapping.values() and import_.blank == Import.Blank.CLEAR


def count_valid(cursor: CursorWrapper, table: str, parameters: dict[str, Any]) -> tuple[int, int]:
    """The number of valid rows of the range, and the number of SKUs that they name."""
    cursor.execute(sql.COUNT_VALID.format(staging=table), parameters)
    rows, skus = cursor.fetchone()
    return int(rows), skus


def _count_rows(cursor: CursorWrapper, table: str, parameters: dict[str, Any]) -> int:
    cursor.execute(sql.COUNT_ROWS.format(staging=table), parameters)
    return int(cursor.fetchone()[0])


def is_all_new(cursor: CursorWrapper, import_: Import, parameters: dict[str, Any]) -> bool:
    """Whether every row of the range that counts creates a product."""
    has_names = "name" in import_.mapping.values() and import_.blank == Import.Blank.CLEAR
    if import_.mode == Import.Mode.UPDATE or not has_names:
        return False
    cursor.execute(sql.IS_ALL_NEW, parameters)
    return bool(cursor.fetchone()[0])


def _insert_all(cursor: CursorWrapper, table: str, parameters: dict[str, Any]) -> Counter[str]:
    cursor.execute(sql.INSERT_ALL.format(staging=table), parameters)
    return Counter(created=cursor.rowcount)


def _plan(cursor: CursorWrapper, table: str, parameters: dict[str, Any]) -> Counter[str]:
    cursor.execute(sql.CREATE_PLAN)
    cursor.execute(sql.PLAN.format(staging=table), parameters)
    cursor.execute(sql.COUNT_PLAN)
    return Counter(dict(cursor.fetchall()))


def _write(cursor: CursorWrapper, outcomes: Counter[str], parameters: dict[str, Any]) -> None:
    if outcomes["created"]:
        cursor.execute(sql.INSERT_CREATED, parameters)
    if outcomes["updated"]:
        _update(cursor, outcomes["updated"], parameters)
    if set(outcomes) - set(WRITTEN):
        cursor.execute(sql.INSERT_REJECTED, parameters)


def _update(cursor: CursorWrapper, planned: int, parameters: dict[str, Any]) -> None:
    cursor.execute(sql.UPDATE_UPDATED, parameters | {"action": "updated"})
    if cursor.rowcount != planned:
        raise CatalogueMoved


def _remove_missing(
    cursor: CursorWrapper, import_: Import, table: str, parameters: dict[str, Any]
) -> int:
    if import_.missing == Import.Missing.KEEP:
        return 0
    statement, action = REMOVALS[import_.missing]
    cursor.execute(statement.format(staging=table), parameters | {"action": action})
    return int(cursor.rowcount)


REMOVALS: dict[str, tuple[str, str]] = {
    Import.Missing.DEACTIVATE: (sql.DEACTIVATE_MISSING, "updated"),
    Import.Missing.DELETE: (sql.DELETE_MISSING, "deleted"),
}


def counts_of(outcomes: Counter[str], rows: int, skus: int) -> Counts:
    """Every valid row counted once; `outcomes` need not contain those that are unchanged."""
    written = {name: outcomes[name] for name in WRITTEN}
    rejected = sum(outcomes.values()) - sum(written.values()) - outcomes["unchanged"]
    return written | {
        "rejected": rejected,
        "unchanged": skus - sum(written.values()) - rejected,
        "duplicate": rows - skus,
    }
