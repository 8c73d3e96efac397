"""The subject of the benchmarks: the product's own import, through the broker and a worker."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from django.core.files.base import File

from benchmarks import database
from benchmarks.processes import JOB_SECONDS, wait_until
from imports import stored_file
from imports.intake.submitting import submit
from imports.models import Import
from jobs.models import Job
from products.models import Product

PRODUCTS, CHANGES = "products_product", "products_change"
# The tables beside the products, by which these are searched and sorted.
INDEXES = ("products_words", "products_sortkeys", "products_backlog")


@dataclass(frozen=True)
class Run:
    """The cost of the import of one file."""

    seconds: float
    wal_bytes: int
    ids: int = 0


def is_in_use() -> bool:
    """Whether the database has products or jobs that would be lost."""
    return Product.objects.exists() or Job.objects.exists()


def empty() -> None:
    """Delete all products, their history, and their indexes."""
    database.empty(PRODUCTS, CHANGES, *INDEXES)


def take(file: Path) -> Run:
    """Import a file; a worker must be running. The time is the job's, from start to end."""
    database.settle()
    wal, ids = database.wal_position(), database.ids_used(PRODUCTS)
    with file.open("rb") as content:
        import_ = submit(file=File(content), filename=file.name, user=None)
    seconds = forget(import_.pk)
    return Run(
        seconds=seconds,
        wal_bytes=database.wal_position() - wal,
        ids=database.ids_used(PRODUCTS) - ids,
    )


def forget(number: int) -> float:
    """Wait until an import has ended and delete its file; returns the seconds that it took."""
    imports = Import.objects.filter(pk=number)
    # Checking more often would slow the import down; its times are in its row.
    wait_until(imports.filter(cleaned_up=True).exists, seconds=JOB_SECONDS)
    import_ = imports.get()
    stored_file.delete(import_.parts)
    took = import_.progress.took_seconds
    if import_.status != Import.Status.COMPLETED or took is None or import_.progress.rejected:
        raise RuntimeError(
            f"{import_} should have applied every row, but its status is {import_.status}"
            f" and {import_.progress.rejected} rows were rejected"
        )
    return took
