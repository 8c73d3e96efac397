"""The file of an import, as it was uploaded, for as long as it is kept."""

from __future__ import annotations

from django.http import FileResponse

from imports import stored_file
from imports.models import Import
from imports.stored_file import StoredFile


def file_response(import_: Import) -> FileResponse:
    """The kept file as a download under the name it had. Raises FileNotFoundError if it is gone."""
    size = stored_file.size(import_.parts)
    response = FileResponse(
        StoredFile(import_.parts),
        as_attachment=True,
        filename=import_.filename,
        # Never shown in place, whatever it claims to be.
        content_type="application/octet-stream",
    )
    response["Content-Length"] = size
    response["X-Content-Type-Options"] = "nosniff"
    return response
