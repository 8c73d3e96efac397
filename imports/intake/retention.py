"""The deletion of old files of imports, and of files that never became an import."""

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

# A temporary file of a request that was not written to for this time: its process is gone.
ABANDONED_SECONDS: Final = 24 * 3600


def forget_old_files() -> None:
    """Delete the files of imports that ended settings.IMPORT_FILE_DAYS ago, but not the imports."""
    since = Now() - timedelta(days=settings.IMPORT_FILE_DAYS)
    old = Import.objects.filter(finished_at__lt=since).exclude(parts=[])
    for import_id in list(old.values_list("pk", flat=True)):
        try:
            _forget_file(old, import_id)
        except OSError:
            logger.exception("The file of import %s could not be deleted.", import_id)


def _forget_file(old: QuerySet[Import], import_id: int) -> None:
    """The file first, its names last: the next run completes one that was interrupted between."""
    with transaction.atomic():
        # Not if somebody is continuing it just now, or it has just ended again.
        if import_ := old.select_for_update().filter(pk=import_id).first():
            stored_file.delete(import_.parts)
            Import.objects.filter(pk=import_id).update(parts=[])


def forget_abandoned_files() -> None:
    """Delete the temporary files of web processes that were killed while they received a file."""
    since = time.time() - ABANDONED_SECONDS
    for path in Path(settings.FILE_UPLOAD_TEMP_DIR).glob("*"):
        try:
            if path.is_file() and path.stat().st_mtime < since:
                path.unlink()
        except OSError:
            logger.exception("%s could not be deleted.", path)
