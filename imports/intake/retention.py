"""How long the files of imports are kept, and what is left of files that never became any."""

from __future__ import annotations

import logging
import time
from datetime import timedelta
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from imports import stored_file
from imports.models import Import

logger = logging.getLogger(__name__)

# A file in one request that nothing was added to for so long: nobody receives it any more.
ABANDONED_SECONDS: Final = 24 * 3600


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


def forget_abandoned_files() -> None:
    """Delete what web processes have left, killed in the middle of a file that they received."""
    since = time.time() - ABANDONED_SECONDS
    for path in Path(settings.FILE_UPLOAD_TEMP_DIR).glob("*"):
        try:
            if path.is_file() and path.stat().st_mtime < since:
                path.unlink()
        except OSError:
            logger.exception("%s could not be deleted.", path)
