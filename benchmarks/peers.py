"""The alternatives of a Django project, each as its documentation shows.

Their table has only a key and a unique SKU, and they validate nothing: every doubt is in their
favour.
"""

from __future__ import annotations

import csv
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar

from django.db import connection, models, transaction
from import_export.resources import ModelResource
from tablib import Dataset  # type: ignore[import-untyped]

from benchmarks import database

TABLE = "bench_peer"
BATCH_ROWS = 10_000
FIELDS = ["name", "description", "price", "active"]


class PeerProduct(models.Model):
    """A model without an app: its table exists for the length of a `with peer_table()`."""

    sku = models.CharField(max_length=64)
    name = models.CharField(max_length=255)
    description = models.TextField()
    price = models.DecimalField(max_digits=12, decimal_places=2)
    active = models.BooleanField()

    # Explicit, because the type checker knows no model outside the installed apps.
    objects: ClassVar[models.Manager[PeerProduct]] = models.Manager()

    class Meta:
        app_label = "benchmarks"
        db_table = TABLE
        constraints = [models.UniqueConstraint(name="peer_sku_is_unique", fields=["sku"])]

    def __str__(self) -> str:
        return self.sku


class PeerResource(ModelResource):  # type: ignore[misc]
    """The settings from the documentation's page on bulk imports."""

    class Meta:
        model = PeerProduct
        import_id_fields = ["sku"]
        fields = ["sku", *FIELDS]
        use_bulk = True
        skip_diff = True


@contextmanager
def peer_table() -> Iterator[None]:
    with connection.schema_editor() as editor:
        editor.create_model(PeerProduct)
    try:
        yield
    finally:
        with connection.schema_editor() as editor:
            editor.delete_model(PeerProduct)


def bulk_create(file: Path) -> None:
    """Django's own upsert in batches."""
    PeerProduct.objects.bulk_create(
        (PeerProduct(**row) for row in _rows(file)),
        batch_size=BATCH_ROWS,
        update_conflicts=True,
        unique_fields=["sku"],
        update_fields=FIELDS,
    )


def import_export(file: Path) -> None:
    """django-import-export in bulk mode."""
    dataset = Dataset().load(file.read_text(encoding="utf-8"), format="csv")
    PeerResource().import_data(dataset, raise_errors=True)


def update_or_create(file: Path, rows: int) -> None:
    """The loop that most projects begin with, over this number of rows, in one transaction."""
    with transaction.atomic():
        for row in islice(_rows(file), rows):
            PeerProduct.objects.update_or_create(sku=row.pop("sku"), defaults=row)


def seconds(work: Callable[[], None]) -> float:
    """The seconds that the work takes on an empty table."""
    database.empty(TABLE)
    database.settle()
    started = time.monotonic()
    work()
    return time.monotonic() - started


def _rows(file: Path) -> Iterator[dict[str, Any]]:
    with file.open(encoding="utf-8", newline="") as text:
        for row in csv.DictReader(text):
            yield {**row, "price": Decimal(row["price"]), "active": row["active"] == "true"}
