"""The preview of an import that waits for its review: counted once, kept, counted again if asked.

The same SQL judges the rows here and when they are written (imports.applying), so the result is as
the preview shows it, unless somebody writes to the catalogue in between; a person is told that.
"""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction

from imports.models import Import, Preview
from imports.review.sampling import PreviewOutlook
from jobs.models import Job


def count(import_: Import) -> Preview:
    """What applying the import now would do; not stored yet.

    Raises NotPrepared if the staging table is gone or was emptied.
    """
    with PreviewOutlook.on(import_) as outlook:
        return outlook.preview()


def store(preview: Preview, statuses: Collection[str]) -> bool:
    """Keep a preview in place of the one before.

    Returns False if the import has another status by now, or is being read anew.
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
    """Count what applying would do by now. Returns False if the import does not wait for a
    review.

    Raises NotPrepared.
    """
    statuses = [Import.Status.REVIEW]
    return import_.status in statuses and store(count(import_), statuses)
