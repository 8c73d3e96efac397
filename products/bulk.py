"""The job that deletes every product that matches some filters, range by range.

The filters are those of the request, but each product is judged at the moment when its range is
deleted. Products that were created after the request are kept, even if they match.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models.sql import DeleteQuery
from django.urls import reverse

from jobs import requests
from jobs.kinds import Counts, Kind, Label, Preparation
from jobs.leases import Lease
from jobs.models import Job, Range
from jobs.summary import summary_of
from products.before_images import keep_before_images
from products.filters import matching
from products.models import BulkDelete
from products.querysets import ProductQuerySet, sku_key
from webhooks.events import emit

# The last key of every full range.
CUT: Final = """
SELECT key
FROM (SELECT key, row_number() OVER (ORDER BY key) AS number FROM ({products}) products) numbered
WHERE number %% %s = 0
ORDER BY key
"""

# Locks products in the order of their keys, so that no two writers wait for each other.
LOCK: Final = "SELECT count(*) FROM ({products}) locked"

# Deletes products and keeps each exactly as it was at that moment.
DELETE: Final = f"""
WITH removed AS ({{delete}} RETURNING *)
{keep_before_images("removed", action="'deleted'", job="%s")}
"""


class WrongNumber(Exception):
    """The caller expected another number of products to be deleted."""

    def __init__(self, count: int) -> None:
        super().__init__(
            f"This would delete {count:,} products, which is not the number in `confirm`."
            " Nothing was deleted."
        )
        self.count = count


def start_bulk_delete(
    *, filters: Mapping[str, str], confirm: int | None, requested_by: User
) -> BulkDelete:
    """Start to delete the products that match these query parameters, or all if there are none.

    Raises WrongNumber if `confirm` is given and is not the number of these products.
    """
    with transaction.atomic():
        count = None if confirm is None else matching(filters).count()
        if count is not None and count != confirm:
            raise WrongNumber(count)
        job = BulkDelete.objects.create(
            kind=BulkDelete.KIND, created_by=requested_by, filters=dict(filters)
        )
        requests.start(job)
    return job


class BulkDeleteKind:
    """See jobs.kinds.Kind."""

    def prepare(self, lease: Lease) -> Preparation:
        products = _products_of(lease.job_id)
        count = products.count()
        lease.check()
        sql, parameters = products.values(key=sku_key()).query.sql_with_params()
        with connection.cursor() as cursor:
            cursor.execute(CUT.format(products=sql), [*parameters, settings.IMPORT_RANGE_ROWS])
            keys = [key for (key,) in cursor.fetchall()]
        # A job that is resumed finds only what it has not deleted before.
        deleted_before = Job.objects.get(pk=lease.job_id).progress.removed
        # If the last range is full, its last key is not a bound between two ranges.
        return Preparation(
            bounds=keys[: (count - 1) // settings.IMPORT_RANGE_ROWS],
            rows_read=deleted_before + count,
        )

    def publish(self, job: Job) -> None:
        """There is nothing to show."""

    def apply_range(self, job: Job, range_: Range, *, lock_first: bool) -> Counts:
        products = _products_of(job.pk).in_range(range_.low, range_.high)
        with connection.cursor() as cursor:
            if lock_first:
                locked = products.in_key_order().select_for_update().values("pk")
                sql, parameters = locked.query.sql_with_params()
                cursor.execute(LOCK.format(products=sql), parameters)
            sql, parameters = products.query.chain(DeleteQuery).sql_with_params()
            cursor.execute(DELETE.format(delete=sql), [*parameters, job.pk])
            return {"removed": cursor.rowcount}

    def finish(self, job: Job) -> None:
        emit("products.bulk_deleted", summary_of(job))

    def clean_up(self, job_id: int) -> None:
        """Nothing is left behind."""

    def labels(self, job_ids: Collection[int]) -> dict[int, Label]:
        return {
            pk: Label(name="bulk delete", url=reverse("products:deletion", args=[pk]))
            for pk in job_ids
        }


def _products_of(job_id: int) -> ProductQuerySet:
    job = BulkDelete.objects.get(pk=job_id)
    return matching(job.filters).filter(created_at__lte=job.created_at)


kind: Kind = BulkDeleteKind()
