"""The preview of an import that waits for its review: counted once, kept, counted again if asked.

The same SQL judges the rows here and where they are written (imports.applying), so what a preview
says is what happens, unless somebody writes to the catalogue in between; that is told.
"""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction

from imports.models import Import, Preview
from imports.review.sampling import SampledOutlook
from jobs.models import Job


def count(import_: Import) -> Preview:
    """What applying the import now would do; not stored yet.

    Raises NotPrepared if the staging table is gone or was emptied.
    """
    with SampledOutlook.on(import_) as outlook:
        return outlook.preview()


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
