"""All that a job leaves behind, so that two runs of it can be compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from django.db import connection
from django.db.models import QuerySet
from django.forms import model_to_dict

from imports.models import Reject
from jobs.models import Job, LedgerLine
from products.models import Change, Product
from webhooks.models import Event

# Columns whose values differ at each run, even if nothing disturbs it.
DIFFERENT_EACH_RUN: Final = frozenset(
    {"id", "product_id", "created_at", "started_at", "updated_at", "changed_at", "finished_at"}
)
REFERENCES: Final = frozenset({"job_id", "created_in_id", "changed_in_id"})

ColumnValues = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class State:
    """The database after a job, without ids and times; a reference is true if it is to this job."""

    job: ColumnValues
    counts: dict[str, int]
    ledger: list[int]
    catalogue: list[ColumnValues]
    changes: list[ColumnValues]
    rejects: list[ColumnValues]
    events: list[tuple[str, ColumnValues]]
    # Every table there is, so that one that was left behind shows.
    tables: list[str]
    # Advisory locks that some session still holds.
    locks: int

    def after_its_last_end(self) -> State:
        """Without the events of earlier ends, for a job that was cancelled or has failed before."""
        return replace(self, events=self.events[-1:])


def state_of(job: Job) -> State:
    """The database as it is now, after this job."""
    job = Job.objects.get(pk=job.pk)
    names = ("status", "stage", "percent", "rows_read", "bytes_read", "error_code", "cleaned_up")
    return State(
        job=model_to_dict(job, names),
        counts={name: getattr(job.progress, name) for name in LedgerLine.COUNTS},
        ledger=list(job.ledger.order_by("number").values_list("number", flat=True)),
        catalogue=_rows(Product.objects.order_by("sku"), job),
        changes=_rows(Change.objects.order_by("sku", "version"), job),
        rejects=_rows(Reject.objects.order_by("record"), job),
        events=[
            (event.type, _comparable(event.data, job)) for event in Event.objects.order_by("pk")
        ],
        tables=sorted(connection.introspection.table_names()),
        locks=_advisory_locks(),
    )


def _rows(rows: QuerySet[Any], job: Job) -> list[ColumnValues]:
    return [_comparable(row, job) for row in rows.values()]


def _comparable(row: Mapping[str, Any], job: Job) -> ColumnValues:
    return {
        name: value == job.pk if name in REFERENCES else value
        for name, value in row.items()
        if name not in DIFFERENT_EACH_RUN
    }


def _advisory_locks() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")
        return int(cursor.fetchone()[0])
