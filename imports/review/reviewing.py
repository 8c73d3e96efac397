"""Applying an import after its review, if it would remove only what the review has shown."""

from __future__ import annotations

from django.db import connection

from imports import staging
from imports.models import Import, Preview
from jobs import requests
from products.models import Product


class OtherRemovals(Exception):
    """More may be removed than whoever reviewed the import has seen."""


def apply(import_: Import) -> bool:
    """Write what a review has shown. Returns False if the import does not wait for one.

    Raises OtherRemovals if the import removes products that the file does not name, and the
    catalogue was written to since they were counted, or most of it would go.
    """
    if import_.status == Import.Status.REVIEW and import_.missing != Import.Missing.KEEP:
        _refuse_other_removals(import_)
    return requests.apply(import_)


def _refuse_other_removals(import_: Import) -> None:
    with connection.cursor() as cursor:
        if not staging.is_intact(staging.table_name(import_.pk, import_.lease_token), cursor):
            # The file is read again first; what it would remove is checked then.
            return
    preview = Preview.objects.filter(job=import_).first()
    if preview is None or preview.is_outdated:
        raise OtherRemovals(
            "Products were changed after this was counted, and this import removes products."
            " Count again, and check what would be removed."
        )
    removed = preview.difference.counts["removed"]
    if removed not in (0, import_.confirm_missing) and removed * 2 > Product.objects.count():
        raise OtherRemovals(
            f"The import would remove {removed:,} products, more than half of the catalogue."
            " Choose its columns again to have the file read anew, or discard it."
        )
