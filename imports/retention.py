"""How long the files of imports are kept."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from imports import stored_file
from imports.models import Import


def forget_old_files() -> None:
    """Delete the files of imports that ended settings.IMPORT_FILE_DAYS ago; the rest stays."""
    since = Now() - timedelta(days=settings.IMPORT_FILE_DAYS)
    old = Import.objects.filter(finished_at__lt=since).exclude(parts=[])
    for import_id in list(old.values_list("pk", flat=True)):
        _forget_file(import_id)


def _forget_file(import_id: int) -> None:
    """The file first, its name last: whoever is interrupted in between is made up for."""
    with transaction.atomic():
        import_ = Import.objects.select_for_update().get(pk=import_id)
        if import_.is_ended:  # nobody goes on with it just now
            stored_file.delete(import_.parts)
            Import.objects.filter(pk=import_id).update(parts=[])
