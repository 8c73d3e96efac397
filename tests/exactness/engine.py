"""Drives the import engine: with any number of workers, in any order of ranges."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Final

from celery import current_app
from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.db import connection
from django.test import override_settings
from rest_framework.test import APIClient

from imports import stored_file
from imports.intake.submitting import create
from imports.models import Import
from jobs import applying, requests, runner
from jobs.progress import Progress
from products.models import Product
from tests import oracle

COUNTS: Final = ("created", "updated", "unchanged", "duplicate", "rejected")

# In an order that foreign keys allow.
TABLES: Final = (
    *("products_product", "products_change", "products_backlog"),
    *("webhooks_delivery", "webhooks_event", "webhooks_endpoint"),
    *(
        "imports_reject",
        "imports_preview",
        "imports_idempotencykey",
        "imports_import",
        "products_bulkdelete",
    ),
    *("jobs_ledgerline", "jobs_range", "jobs_job"),
)


class Engine:
    """Imports files for one person."""

    def __init__(self, person: User) -> None:
        self.person = person
        self._client = APIClient()
        self._client.force_authenticate(person)

    def begin(self, products: Iterable[dict[str, Any]]) -> oracle.Catalogue:
        """A catalogue of just these products, and no past."""
        self.forget_everything()
        Product.objects.bulk_create(Product(**fields) for fields in products)
        return oracle.catalogue()

    def forget_everything(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("".join(f"DELETE FROM {table};" for table in TABLES))

    def preview(self, import_: Import) -> dict[str, Any] | None:
        """The preview as the API returns it; None if there is and was no review."""
        answer = self._client.get(f"/api/imports/{import_.pk}/preview/")
        return answer.json() if answer.status_code == 200 else None

    def difference(self, import_: Import) -> bytes:
        """The whole difference as the API sends it, for an import that waits for its review."""
        answer = self._client.get(f"/api/imports/{import_.pk}/preview.csv")
        return b"".join(answer.streaming_content)  # type: ignore[attr-defined]

    def run(self, data: bytes, *, workers: int = 1, seed: int = 0, **options: Any) -> Import:
        """An import from its file to its end."""
        import_ = self.prepare(data, **options)
        self.apply(import_, workers=workers, seed=seed)
        return import_

    def prepare(self, data: bytes, *, range_rows: int | None = None, **options: Any) -> Import:
        """An import that is read and waits for its review."""
        import_ = self._stored(data, **options | {"review": True})
        with override_settings(IMPORT_RANGE_ROWS=range_rows or settings.IMPORT_RANGE_ROWS):
            runner.advance(import_.pk)
        stored_file.delete(import_.parts)
        import_.refresh_from_db()
        return import_

    def send(self, data: bytes, **options: Any) -> Import:
        """An import for real workers, which a real message wakes."""
        import_ = self._stored(data, **options)
        current_app.send_task("jobs.advance", args=[import_.pk])
        return import_

    def _stored(self, data: bytes, **options: Any) -> Import:
        file = ContentFile(data)
        return create(file=file, filename="exact.csv", created_by=self.person, **options)

    def apply(
        self,
        import_: Import,
        *,
        workers: int = 1,
        seed: int = 0,
        look: Callable[[Progress], None] | None = None,
    ) -> None:
        """Apply all ranges in an order that `seed` decides, and look at the progress after each."""
        requests.apply(import_)
        numbers = import_.outstanding_ranges()
        random.Random(seed).shuffle(numbers)

        def work() -> None:
            while numbers:
                with suppress(IndexError):  # another worker has taken the last
                    applying.run_range(import_.pk, numbers.pop())
                if look:
                    look(Import.objects.get(pk=import_.pk).progress)

        at_once(*[work] * workers)
        import_.refresh_from_db()


def at_once(*works: Callable[[], object]) -> None:
    """Do all of it at the same time, each with a database connection of its own."""

    def alone(work: Callable[[], object]) -> None:
        try:
            work()
        finally:
            connection.close()

    if len(works) == 1:
        works[0]()
        return
    with ThreadPoolExecutor(len(works)) as pool:
        for done in [pool.submit(alone, work) for work in works]:
            done.result()


def counts_of(progress: Progress) -> dict[str, int]:
    """What became of the rows, as `oracle.foresee` counts it."""
    return {name: getattr(progress, name) for name in (*COUNTS, "rows_read")}


def rejects_of(import_: Import) -> list[tuple[int, str]]:
    return list(import_.rejects.order_by("record").values_list("line", "code"))
