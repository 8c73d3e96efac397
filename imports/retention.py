"""How long the files of imports are kept."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from imports import stored_file
from imports.models import Import

logger = logging.getLogger(__name__)


def forget_old_files() -> None:
    """Delete the files of imports that ended settings.IMPORT_FILE_DAYS ago; the rest stays."""
    since = Now() - timedelta(days=settings.IMPORT_FILE_DAYS)
    old = Import.objects.filter(finished_at__lt=since).exclude(parts=[])
    for import_id in list(old.values_list("pk", flat=True)):
        try:
            _forget_file(old, import_id)
        except OSError:
            logger.exception("The file of import %s could not be deleted.", import_id)


def _forget_file(old: QuerySet[Import], import_id: int) -> None:
    """The file first, its name last: whoever is interrupted in between is made up for."""
    with transaction.atomic():
        # Not where somebody goes on with it just now, or has just ended it anew.
        if import_ := old.select_for_update().filter(pk=import_id).first():
            stored_file.delete(import_.parts)
            Import.objects.filter(pk=import_id).update(parts=[])
