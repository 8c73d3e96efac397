"""What the API of imports refuses: a stable code, and whole sentences for people."""

from __future__ import annotations

from typing import Final

from rest_framework import status
from rest_framework.exceptions import APIException

from imports.models import Import
from product_files.faults import FileFault

# The state of an import in a sentence, by its status.
STATUS_SENTENCES: Final = {
    Import.Status.PENDING: "This import is waiting for a worker.",
    Import.Status.READING: "The file of this import is being read.",
    Import.Status.REVIEW: "This import is waiting for its review.",
    Import.Status.APPLYING: "This import is being written to the catalogue.",
    Import.Status.COMPLETED: "This import is done.",
    Import.Status.FAILED: "This import has failed.",
    Import.Status.CANCELLED: "This import was cancelled.",
}
HELD_SENTENCE: Final = "This import is waiting for its columns to be chosen."

# The conditions of actions.
APPLY: Final = "Only an import that is waiting for its review can be applied."
CANCEL: Final = "Only an import that has not ended can be cancelled."
RETRY: Final = "Only an import that was cancelled or interrupted can be continued."
PREVIEW: Final = (
    "It has no preview. While an import is waiting for its review, a preview can be counted."
)
COUNT: Final = "Only while an import is waiting for its review can its preview be counted."
DOWNLOAD: Final = "Only while an import is waiting for its review can the difference be downloaded."


class FileRefused(APIException):
    """The beginning of a file shows that it can't be imported; nothing was kept."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY

    def __init__(self, fault: FileFault) -> None:
        super().__init__(detail=fault.detail, code=fault.code)


class OtherRequest(APIException):
    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_code = "idempotency_key_reused"
    default_detail = "Another request was sent with this Idempotency-Key. Make a new one."


class FirstUnderWay(APIException):
    status_code = status.HTTP_409_CONFLICT
    default_code = "request_under_way"
    default_detail = "The first request with this Idempotency-Key has not been answered yet."
    # Seconds, for the header Retry-After.
    wait = 2


class FileGone(APIException):
    status_code = status.HTTP_410_GONE
    default_code = "file_gone"
    default_detail = "The file of this import is no longer kept."


class NotNow(APIException):
    """The import is in a state in which this can't be done; `condition` names those in which it
    can, in a sentence."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "wrong_status"

    def __init__(self, import_: Import, condition: str) -> None:
        # It may just have moved on, which is why it was refused.
        import_.refresh_from_db(fields=["status", "held"])
        state = (
            HELD_SENTENCE if import_.is_held else STATUS_SENTENCES[Import.Status(import_.status)]
        )
        super().__init__(f"{state} {condition}")


class CountFirst(APIException):
    """What would be removed is not what the preview has shown."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "preview_outdated"


class ReadingGone(APIException):
    status_code = status.HTTP_409_CONFLICT
    default_code = "wrong_status"
    default_detail = (
        "What was read of this file was lost when the database had to recover. Applying the import"
        " reads it again."
    )
