"""An import that is watched all the time, and whether it has ended as if nothing had happened."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from threading import Event, Thread
from typing import Any

from django.contrib.auth.models import User
from django.core.files.base import File
from django.db import Error, connection

from imports.intake.submitting import create, submit
from imports.models import Import
from jobs.models import LedgerLine
from products.models import Change
from tests import oracle
from tests.processes import wait_until
from webhooks.models import Endpoint
from webhooks.models import Event as StoredEvent

LOOK_SECONDS = 0.05
WATCHED = ("percent", "rows_read", *LedgerLine.COUNTS)


def stored(sample: Path, user: User, **options: Any) -> Import:
    """An import that nobody was woken for."""
    before = put_something_there(sample)
    with sample.open("rb") as data:
        import_ = create(file=File(data), filename="sample.csv", created_by=user, **options)
    return watched(import_, before)


def begin(sample: Path, user: User, **options: Any) -> Import:
    before = put_something_there(sample)
    with sample.open("rb") as data:
        import_ = submit(file=File(data), filename="sample.csv", user=user, **options)
    return watched(import_, before)


def status(import_: Import) -> str:
    import_.refresh_from_db()
    return import_.status


def assert_failed(import_: Import, code: str, detail: str) -> None:
    """The import ends in time, with this error, and leaves no staging table behind."""
    wait_until(lambda: status(import_) in Import.ENDED, seconds=60, what="the end")
    assert (import_.status, import_.error_code, import_.error_detail) == ("failed", code, detail)
    wait_until(lambda: not staging_tables(import_), what="the staging tables to go")


def assert_undisturbed(import_: Import, sample: Path, seconds: float = 60) -> None:
    """The import ends in time, as plain Python expects, and its progress never went back."""
    wait_until(lambda: status(import_) in Import.ENDED, seconds=seconds, what="the end")
    assert import_.status == "completed", import_.error_detail
    watch = _watches[import_.pk]
    watch.stop()
    assert watch.looks
    assert watch.steps_back == []
    expected, counts = oracle.expect(sample.read_bytes(), watch.before)
    progress = import_.progress
    assert {name: getattr(progress, name) for name in counts} == counts
    assert oracle.catalogue() == expected
    assert import_.rejects.count() == counts["rejected"]
    _assert_kept_once(import_, counts["updated"])
    assert StoredEvent.objects.filter(type="import.completed", data__id=import_.pk).count() == 1
    wait_until(lambda: not staging_tables(import_), what="the staging tables to go")


def staging_tables(import_: Import) -> list[str]:
    own = f"imports_staging_{import_.pk}_"
    return [name for name in connection.introspection.table_names() if name.startswith(own)]


def _assert_kept_once(import_: Import, updated: int) -> None:
    """Every product that was there before has one before-image, and no other product has any."""
    assert Change.objects.count() == updated
    kept = Change.objects.filter(job=import_, version=1, name=BEFORE)
    assert kept.values("product_id").distinct().count() == updated


# --- What was there before ----------------------------------------------------------------

BEFORE = "As it was before"


def put_something_there(sample: Path) -> oracle.Catalogue:
    """Somebody who listens, and every third product of the file, for the import to update."""
    Endpoint.objects.create(url="http://127.0.0.1:9/")
    rows = csv.DictReader(io.StringIO(sample.read_text(), newline=""))
    skus = [row["sku"] for row in rows][::3]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO products_product (sku, name)"
            " SELECT sku, %s FROM unnest(%s::text[]) sku ON CONFLICT DO NOTHING",
            [BEFORE, skus],
        )
    return oracle.catalogue()


# --- Watching -----------------------------------------------------------------------------

_watches: dict[int, Watch] = {}


class Watch(Thread):
    """Reads the progress of an import again and again, as its page does; notes what goes back."""

    def __init__(self, import_id: int, before: oracle.Catalogue) -> None:
        super().__init__(name=f"watch-{import_id}", daemon=True)
        self.before = before
        self.looks = 0
        self.steps_back: list[str] = []
        self._import_id = import_id
        self._last_values = dict.fromkeys(WATCHED, 0)
        self._enough = Event()

    def run(self) -> None:
        while not self._enough.wait(LOOK_SECONDS):
            try:
                self._look()
            except Error:
                # The database is what breaks in some tests; the next look connects anew.
                connection.close()
            except Import.DoesNotExist:
                break
        connection.close()

    def stop(self) -> None:
        self._enough.set()
        self.join()

    def _look(self) -> None:
        import_ = Import.objects.get(pk=self._import_id)
        values = {name: getattr(import_.progress, name) for name in WATCHED}
        self.looks += 1
        self.steps_back += [
            f"{name}: {before} to {values[name]} while {import_.status}"
            for name, before in self._last_values.items()
            if values[name] < before
        ]
        self._last_values = values


def watched(import_: Import, before: oracle.Catalogue) -> Import:
    watch = _watches[import_.pk] = Watch(import_.pk, before)
    watch.start()
    return import_


def stop_watching() -> None:
    while _watches:
        _watches.popitem()[1].stop()
