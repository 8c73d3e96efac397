"""The preview of an import: the counts, samples of each outcome and the cells that change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from imports import applying
from imports.difference import (
    CellChange,
    Difference,
    PreviewSample,
    PreviewWarning,
    changed_cell,
    shown_text,
)
from imports.models import Import, Preview
from imports.outlook import Outlook
from imports.review.preview_warnings import warnings_of
from imports.sql import preview as preview_sql
from product_files.judging.field_names import IGNORE
from products.fields import FIELD_NAMES
from products.writes import last_writes

# Rows that are shown for each code with which reading refuses a row.
MAX_SAMPLES_PER_CODE: Final = 4

TAKEN: Final = ("created", "updated", "unchanged")


def fields_of(import_: Import) -> list[str]:
    """The fields that an import may change, in the order of the products and then of the file."""
    given = [import_.mapping.get(column, IGNORE) for column in import_.header]
    if import_.missing == Import.Missing.DEACTIVATE:
        given.append("active")
    attributes = [field for field in given if field not in (*FIELD_NAMES, IGNORE)]
    return [field for field in FIELD_NAMES if field in given] + attributes


def parameters_of(import_: Import, fields: Sequence[str]) -> dict[str, Any]:
    """The parameters of the SQL of a preview, without the bounds of a range."""
    return applying.parameters_of(import_) | preview_sql.parameters_of(fields)


class PreviewOutlook(Outlook):
    """An outlook that also collects samples, and counts the cells that change."""

    def __init__(self, import_: Import, cursor: CursorWrapper) -> None:
        super().__init__(import_, cursor)
        # First of all: a write meanwhile is then reported once too often rather than not at all.
        self._last_writes, self._begun_at = last_writes(), timezone.now()
        self._fields = fields_of(import_)
        self.parameters |= preview_sql.parameters_of(self._fields)
        self._samples: list[PreviewSample] = []
        self._changed: Counter[str] = Counter()
        self._blanked: Counter[str] = Counter()

    def preview(self) -> Preview:
        """The preview of the import, not stored yet."""
        return Preview(
            job=self.import_,
            counted_at=self._begun_at,
            last_writes=self._last_writes,
            found=self._difference().as_json(),
        )

    def _difference(self) -> Difference:
        counts = dict(self.counts)
        if self.is_all_new:
            self._add_rows(self.query(preview_sql.sample_new(self._fields)))
        if counts["duplicate"]:
            self._sample_duplicates()
        codes = Counter({code: n for code, n in self.outcomes.items() if code not in TAKEN})
        refused = self._sample_refused() if self.valid_rows < self.import_.rows_read else Counter()
        counts["rejected"] += sum(refused.values())
        difference = Difference(
            counts={"rows_read": self.import_.rows_read} | counts,
            rejected_by_code=dict(codes + refused),
            changed=dict(+self._changed),
            blanked=dict(+self._blanked),
            samples=self._samples,
        )
        return replace(difference, warnings=self._warnings(difference))

    def count_outcomes(self) -> Counter[str]:
        outcomes: Counter[str] = Counter()
        records = []
        for outcome, number, record, *cells in self.query(
            preview_sql.count_difference(self._fields)
        ):
            outcomes[outcome] += number
            records.append(record)
            self._changed.update(dict(zip(self._fields, cells[::2], strict=True)))
            self._blanked.update(dict(zip(self._fields, cells[1::2], strict=True)))
        self._add_rows(self.query(preview_sql.sample_rows(self._fields), records=records))
        return outcomes

    def count_missing(self) -> int:
        rows = self.query(preview_sql.sample_missing(self._fields))
        for sku, _, *values in rows:
            cells = self._lost_cells(dict(zip(self._fields, values, strict=True)))
            self._add(outcome="removed", sku=sku, cells=cells)
        return rows[0][1] if rows else 0

    def _add_rows(self, rows: list[tuple[Any, ...]]) -> None:
        for outcome, line, sku, *cells in rows:
            if outcome in TAKEN:
                changes = self._changes(outcome, cells)
                self._add(outcome=outcome, line=line, sku=sku, cells=changes)
            else:
                value = "" if outcome == "name_missing" else sku
                self._samples.append(PreviewSample.rejected(line, sku, outcome, value))

    def _changes(self, outcome: str, cells: list[Any]) -> list[CellChange]:
        """What changes in a product, or what a new one has."""
        sides = zip(self._fields, cells[::3], cells[1::3], cells[2::3], strict=True)
        return [
            changed_cell(field, now, after)
            for field, now, after, is_changed in sides
            if is_changed and outcome != "unchanged" and (now or after)
        ]

    def _add(self, *, sku: str, **fields: Any) -> None:
        self._samples.append(PreviewSample(sku=shown_text(sku), **fields))

    def _sample_duplicates(self) -> None:
        for line, sku, counting in self.query(preview_sql.SAMPLE_DUPLICATES):
            self._add(outcome="duplicate", line=line, sku=sku, counting_line=counting)

    def _lost_cells(self, values: dict[str, str | None]) -> list[CellChange]:
        """What a product that the file does not name loses."""
        if self.import_.missing == Import.Missing.DEACTIVATE:
            return [CellChange(field="active", now="true", after="false")]
        return [changed_cell(field, value, "") for field, value in values.items() if value]

    def _sample_refused(self) -> Counter[str]:
        """The number of rows that reading has refused, by code; adds samples of each."""
        refused: Counter[str] = Counter()
        for line, sku, code, value, total in self.query(
            preview_sql.SAMPLE_REFUSED, samples=MAX_SAMPLES_PER_CODE
        ):
            refused[code] = total
            self._samples.append(PreviewSample.rejected(line, sku or "", code, value or ""))
        return refused

    def _warnings(self, difference: Difference) -> list[PreviewWarning]:
        [(damaged, skus)] = self.query(preview_sql.COUNT_DAMAGED_SKUS)
        touched = difference.counts["updated"] + difference.counts["removed"]
        return warnings_of(
            difference,
            # Only if it could matter, because counting a large catalogue takes a while.
            catalogue=self.catalogue if touched else 0,
            damaged=damaged,
            damaged_skus=skus or (),
        )
