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

# Room to sort and to hold one range without going to disk.
WORK_MEM = "64MB"

WRITTEN = {"created", "updated", "unchanged", "duplicate"}


class CatalogueMoved(Conflict):
    """Somebody changed or removed a product between our look and our write: look again."""


def apply_range(import_: Import, range_: Range, *, lock_first: bool) -> Counts:
    """Write the staged rows of a range; returns what became of them.

    Raises NotPrepared where the staging table is gone or was emptied, and CatalogueMoved where
    somebody else was faster; with `lock_first` nobody can be.
    """
    table = staging.table_name(import_.pk, import_.lease_token)
    parameters = parameters_of(import_) | {"low": range_.low, "high": range_.high}
    with connection.cursor() as cursor:
        if not staging.is_intact(table, cursor):
            raise NotPrepared(table)
        cursor.execute("SELECT set_config('work_mem', %s, true)", [WORK_MEM])
        if lock_first:
            cursor.execute(sql.LOCK_NAMED.format(staging=table), parameters)
        cursor.execute(sql.CREATE_PLAN)
        cursor.execute(sql.PLAN.format(staging=table), parameters)
        outcomes = Counter(dict(cursor.fetchall()))
        _write(cursor, outcomes, parameters)
        removed = _remove_missing(cursor, import_, table, parameters)
    return _counts(outcomes) | {"removed": removed}


def preview(import_: Import) -> Counts:
    """What the import would count if it were applied now, with what reading has rejected.

    Raises NotPrepared where the staging table is gone or was emptied.
    """
    counts = count_outcomes(import_)
    counts["rejected"] += import_.progress.rejected
    return {"rows_read": import_.rows_read} | counts


def count_outcomes(import_: Import) -> Counts:
    """What would become of the staged rows if they were applied now. Raises NotPrepared."""
    table = staging.table_name(import_.pk, import_.lease_token)
    parameters = parameters_of(import_) | {"low": None, "high": None}
    with connection.cursor() as cursor:
        if not staging.is_intact(table, cursor):
            raise NotPrepared(table)
        cursor.execute(sql.COUNT_OUTCOMES.format(staging=table), parameters)
        counts = _counts(Counter(dict(cursor.fetchall())))
    return counts | {"removed": count_missing(import_, table)}


def keep_refused(import_: Import) -> None:
    """Keep, as rejects, all staged rows that the mode or the catalogue refuses; write nothing."""
    table = staging.table_name(import_.pk, import_.lease_token)
    parameters = parameters_of(import_) | {"low": None, "high": None}
    with connection.cursor() as cursor:
        cursor.execute(sql.CREATE_PLAN)
        cursor.execute(sql.PLAN.format(staging=table), parameters)
        cursor.execute(sql.INSERT_REJECTED, parameters)


def count_missing(import_: Import, table: str) -> int:
    """How many products the file does not name and `missing` would remove."""
    if import_.missing == Import.Missing.KEEP:
        return 0
    parameters = parameters_of(import_) | {"low": None, "high": None}
    with connection.cursor() as cursor:
        cursor.execute(sql.COUNT_MISSING.format(staging=table), parameters)
        return int(cursor.fetchone()[0])


def parameters_of(import_: Import) -> dict[str, Any]:
    """What the SQL has to know of the import."""
    has_price = "price" in import_.mapping.values()
    return {
        "job": import_.pk,
        "mode": import_.mode,
        "missing": import_.missing,
        "clears_price": has_price and import_.blank == Import.Blank.CLEAR,
    }


def _write(cursor: CursorWrapper, outcomes: Counter[str], parameters: dict[str, Any]) -> None:
    if outcomes["created"]:
        cursor.execute(sql.INSERT_CREATED, parameters)
    if outcomes["updated"]:
        _update(cursor, outcomes["updated"], parameters)
    if set(outcomes) - WRITTEN:
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


def _counts(outcomes: Counter[str]) -> Counts:
    rejected = sum(number for outcome, number in outcomes.items() if outcome not in WRITTEN)
    return {name: outcomes[name] for name in WRITTEN} | {"rejected": rejected}
