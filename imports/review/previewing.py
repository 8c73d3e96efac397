"""The preview of an import that waits for its review: counted once, kept, counted again if asked.

The same SQL judges the rows here and where they are written (imports.applying), so what a preview
says is what happens, unless somebody writes to the catalogue in between; that is told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any, Final

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from imports import applying, staging
from imports.difference import Cell, Difference, PreviewWarning, Sample, changed_cell, shown
from imports.models import Import, Preview
from imports.review.preview_warnings import warnings_of
from imports.sql import preview as preview_sql
from jobs.errors import NotPrepared
from jobs.models import Job
from product_files.judging.field_names import IGNORE
from products.fields import FIELD_NAMES
from products.models import Product
from products.writes import last_writes

# Rows that are shown of each reason why reading refuses one.
SAMPLES_A_CODE: Final = 4

TAKEN: Final = ("created", "updated", "unchanged")


def count(import_: Import) -> Preview:
    """What applying the import now would do; not stored yet.

    Raises NotPrepared where the staging table is gone or was emptied.
    """
    # Before anything is looked at: a write meanwhile is told too often rather than not at all.
    writes, now = last_writes(), timezone.now()
    table = staging.table_name(import_.pk, import_.lease_token)
    with transaction.atomic(), connection.cursor() as cursor:
        if not staging.is_intact(table, cursor):
            raise NotPrepared(table)
        cursor.execute("SELECT set_config('work_mem', %s, true)", [applying.WORK_MEM])
        difference = _Look(import_, table, cursor).difference()
    return Preview(job=import_, counted_at=now, last_writes=writes, found=difference.as_json())


def store(preview: Preview, statuses: Collection[str]) -> bool:
    """Keep a preview in place of the one before.

    False where the import is in another status by now, or is read anew by somebody else.
    """
    import_ = preview.job
    jobs = Job.objects.select_for_update(no_key=True).filter(
        pk=import_.pk, lease_token=import_.lease_token, status__in=statuses
    )
    with transaction.atomic():
        still = jobs.first() is not None
        if still:
            preview.save()
    return still


def count_again(import_: Import) -> bool:
    """Count what applying would do by now. False where the import does not wait for a review.

    Raises NotPrepared.
    """
    statuses = [Import.Status.REVIEW]
    return import_.status in statuses and store(count(import_), statuses)


def fields_of(import_: Import) -> list[str]:
    """The fields that an import may change, in the order of the products and then of the file."""
    given = [import_.mapping.get(column, IGNORE) for column in import_.header]
    if import_.missing == Import.Missing.DEACTIVATE:
        given.append("active")
    attributes = [field for field in given if field not in (*FIELD_NAMES, IGNORE)]
    return [field for field in FIELD_NAMES if field in given] + attributes


def parameters_of(import_: Import, fields: Sequence[str]) -> dict[str, Any]:
    """What the SQL of a preview has to know, but for the bounds of a range."""
    return applying.parameters_of(import_) | preview_sql.parameters_of(fields)


class _Look:
    """One look at the staged rows beside the catalogue."""

    def __init__(self, import_: Import, table: str, cursor: CursorWrapper) -> None:
        self._import = import_
        self._table = table
        self._cursor = cursor
        self._fields = fields_of(import_)
        bounds = {"low": None, "high": None}
        self._parameters = parameters_of(import_, self._fields) | bounds
        self._samples: list[Sample] = []
        self._changed: Counter[str] = Counter()
        self._blanked: Counter[str] = Counter()

    def difference(self) -> Difference:
        rows, skus = applying.count_valid(self._cursor, self._table, self._parameters)
        outcomes = self._outcomes(skus)
        counts = applying.counts_of(outcomes, rows, skus) | {"removed": self._count_missing()}
        if counts["duplicate"]:
            self._sample_duplicates()
        codes = Counter({code: n for code, n in outcomes.items() if code not in TAKEN})
        refused = self._refused() if rows < self._import.rows_read else Counter()
        counts["rejected"] += sum(refused.values())
        difference = Difference(
            counts={"rows_read": self._import.rows_read} | counts,
            rejected_by_code=dict(codes + refused),
            changed=dict(+self._changed),
            blanked=dict(+self._blanked),
            samples=self._samples,
        )
        return replace(difference, warnings=self._warnings(difference))

    def _run(self, statement: str, **more: Any) -> list[tuple[Any, ...]]:
        self._cursor.execute(statement.format(staging=self._table), self._parameters | more)
        return list(self._cursor.fetchall())

    def _outcomes(self, skus: int) -> Counter[str]:
        """What becomes of the rows that count, with samples of it and changed cells on the way."""
        if applying.is_all_new(self._cursor, self._import, self._parameters):
            self._add_rows(self._run(preview_sql.sample_new(self._fields)))
            return Counter(created=skus)
        outcomes: Counter[str] = Counter()
        records = []
        for outcome, number, record, *cells in self._run(
            preview_sql.count_difference(self._fields)
        ):
            outcomes[outcome] += number
            records.append(record)
            self._changed.update(dict(zip(self._fields, cells[::2], strict=True)))
            self._blanked.update(dict(zip(self._fields, cells[1::2], strict=True)))
        self._add_rows(self._run(preview_sql.sample_rows(self._fields), records=records))
        return outcomes

    def _add_rows(self, rows: list[tuple[Any, ...]]) -> None:
        for outcome, line, sku, *cells in rows:
            if outcome in TAKEN:
                shown_cells = self._cells(outcome, cells)
                self._add(outcome=outcome, line=line, sku=sku, cells=shown_cells)
            else:
                value = "" if outcome == "name_missing" else sku
                self._samples.append(Sample.rejected(line, sku, outcome, value))

    def _cells(self, outcome: str, cells: list[Any]) -> list[Cell]:
        """Of a product that changes what changes, of a new one what it has."""
        sides = zip(self._fields, cells[::3], cells[1::3], cells[2::3], strict=True)
        return [
            changed_cell(field, now, after)
            for field, now, after, is_changed in sides
            if is_changed and outcome != "unchanged" and (now or after)
        ]

    def _add(self, *, sku: str, **fields: Any) -> None:
        self._samples.append(Sample(sku=shown(sku), **fields))

    def _sample_duplicates(self) -> None:
        for line, sku, counting in self._run(preview_sql.SAMPLE_DUPLICATES):
            self._add(outcome="duplicate", line=line, sku=sku, counting_line=counting)

    def _count_missing(self) -> int:
        count = applying.count_missing(self._import, self._table)
        if count:
            for sku, *values in self._run(preview_sql.sample_missing(self._fields)):
                cells = self._leaving(dict(zip(self._fields, values, strict=True)))
                self._add(outcome="removed", sku=sku, cells=cells)
        return count

    def _leaving(self, values: dict[str, str | None]) -> list[Cell]:
        """What a product loses that the file does not name."""
        if self._import.missing == Import.Missing.DEACTIVATE:
            return [Cell(field="active", now="true", after="false")]
        return [changed_cell(field, value, "") for field, value in values.items() if value]

    def _refused(self) -> Counter[str]:
        """How many rows reading has refused, by code, with samples of each on the way."""
        refused: Counter[str] = Counter()
        for line, sku, code, value, total in self._run(
            preview_sql.SAMPLE_REFUSED, samples=SAMPLES_A_CODE
        ):
            refused[code] = total
            self._samples.append(Sample.rejected(line, sku or "", code, value or ""))
        return refused

    def _warnings(self, difference: Difference) -> list[PreviewWarning]:
        [(damaged, skus)] = self._run(preview_sql.COUNT_DAMAGED_SKUS)
        touched = difference.counts["updated"] + difference.counts["removed"]
        return warnings_of(
            difference,
            # Only where it could matter: to count a large catalogue takes a while.
            catalogue=Product.objects.count() if touched else 0,
            damaged=damaged,
            damaged_skus=skus or (),
        )
