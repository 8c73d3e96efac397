"""A file that arrives in parts, and continues where it stopped. The protocol is tus 1.0.

No lock is held while bytes arrive. Each part is stored under its own name, and counts once a single
conditional update has added it at the offset for which it was sent. If two parts come for one
offset, the second finds nothing to update, and is removed. If a process dies in between, the row
still has the right offset; parts that were stored and never counted go with the upload's folder.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from imports import stored_file
from imports.models import Import, Upload

logger = logging.getLogger(__name__)

ALGORITHMS: Final = ("sha1", "sha256")
# More would make the row itself large; in a file of 2 GiB each may be as small as 512 KiB.
MAX_PARTS: Final = 4096
BLOCK_BYTES: Final = 64 * 1024


class UploadFault(Exception):
    """Something can't be done with an upload; `code` is for programs, `detail` for people."""

    code = ""
    detail = ""


class UnknownUpload(UploadFault):
    code = "upload_unknown"
    detail = "There is no such upload, or it has expired. Please upload the file again."


class UploadOfAnother(UploadFault):
    code = "upload_of_another"
    detail = "This upload belongs to somebody else."


class UploadIncomplete(UploadFault):
    code = "upload_incomplete"

    def __init__(self, upload: Upload) -> None:
        self.detail = f"Only {upload.offset:,} of {upload.size_bytes:,} bytes have arrived so far."


class UploadUsed(UploadFault):
    code = "upload_used"

    def __init__(self, import_id: int) -> None:
        self.import_id = import_id
        self.detail = f"This upload has become import {import_id}. Please upload the file again."


class TooManyUploads(UploadFault):
    code = "too_many_uploads"

    def __init__(self) -> None:
        self.detail = (
            f"You have {settings.UPLOADS_PER_USER} uploads that are not imported yet."
            " Import or delete one of them first."
        )


class TooLarge(UploadFault):
    code = "too_large"

    def __init__(self, size: int, limit: int) -> None:
        self.detail = f"{size:,} bytes are too many; at most {limit:,} can be taken here."


class TooManyParts(UploadFault):
    code = "too_many_parts"
    detail = f"An upload has at most {MAX_PARTS:,} parts. Start again, and send larger ones."


class OffsetMoved(UploadFault):
    code = "wrong_offset"
    detail = "The upload is at another offset. Send HEAD to find out where to continue."


class ChecksumMismatch(UploadFault):
    code = "checksum_mismatch"
    detail = "What arrived does not match the checksum. None of it was kept; send it again."


class Body(Protocol):
    """The body of a request: `read` returns the next bytes, at most `size`, none at the end."""

    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True)
class Checksum:
    """The expected digest of the bytes of one request, and the one of ALGORITHMS that gives it."""

    algorithm: str
    digest: bytes


# --- Before and while bytes arrive --------------------------------------------------------


def begin(*, user: User, filename: str, size_bytes: int, metadata: str) -> Upload:
    """A new upload without any bytes yet. Raises TooLarge or TooManyUploads."""
    if size_bytes > settings.IMPORT_FILE_BYTES:
        raise TooLarge(size_bytes, settings.IMPORT_FILE_BYTES)
    with transaction.atomic():
        # Locked, so that the second of two requests at a time counts the upload of the first.
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        if Upload.objects.unfinished().filter(user=user).count() >= settings.UPLOADS_PER_USER:
            raise TooManyUploads
        return Upload.objects.create(
            user=user,
            filename=filename,
            metadata=metadata,
            size_bytes=size_bytes,
            expires_at=_expiry(),
        )


def receive(
    upload: Upload, body: Body, *, offset: int, length: int, checksum: Checksum | None = None
) -> Upload:
    """Take in the `length` bytes of a body that continue the upload at `offset`.

    Returns the upload as it then is. Where the body breaks off, what came is kept, unless a
    checksum was to judge the whole of it. Raises OffsetMoved, TooLarge, TooManyParts or
    ChecksumMismatch, and OSError where the storage takes no more; parts before that are kept.
    """
    if offset != upload.offset:
        raise OffsetMoved
    if length > upload.size_bytes - upload.offset:
        raise TooLarge(length, upload.size_bytes - upload.offset)
    if len(upload.parts) >= MAX_PARTS:
        raise TooManyParts
    if checksum is None:
        for data in _in_parts(body, length):
            _append(upload, stored_file.store(ContentFile(data), folder=upload.folder), len(data))
    else:
        _append(upload, _store_checked(upload, body, length, checksum), length)
    return upload


def _store_checked(upload: Upload, body: Body, length: int, checksum: Checksum) -> list[str]:
    """The names of the stored parts, once all have arrived and match the checksum."""
    names: list[str] = []
    digest = hashlib.new(checksum.algorithm, usedforsecurity=False)
    try:
        for data in _in_parts(body, length):
            digest.update(data)
            length -= len(data)
            names += stored_file.store(ContentFile(data), folder=upload.folder)
        if length or digest.digest() != checksum.digest:
            raise ChecksumMismatch
    except BaseException:
        stored_file.delete(names)
        raise
    return names


def _in_parts(body: Body, length: int) -> Iterator[bytes]:
    """The body in parts, each small enough to be held in memory."""
    while length > 0 and (data := _read(body, min(length, settings.UPLOAD_PART_BYTES))):
        length -= len(data)
        yield data


def _read(body: Body, size: int) -> bytes:
    """`size` bytes; fewer if the connection breaks."""
    data = bytearray()
    with suppress(OSError):
        while block := body.read(min(BLOCK_BYTES, size - len(data))):
            data += block
    return bytes(data)


def _append(upload: Upload, names: list[str], count: int) -> None:
    """Count stored parts as the next of the upload; remove them if its offset has moved.

    If the database fails here, they may have been counted all the same, so nothing is removed.
    """
    here = Upload.objects.unfinished().filter(pk=upload.pk, offset=upload.offset)
    upload.offset += count
    upload.parts = [*upload.parts, *names]
    upload.expires_at = _expiry()
    if not here.update(offset=upload.offset, parts=upload.parts, expires_at=upload.expires_at):
        stored_file.delete(names)
        raise OffsetMoved


def _expiry() -> datetime:
    return timezone.now() + timedelta(hours=settings.UPLOAD_HOURS)


# --- What becomes of it -------------------------------------------------------------------


def find(upload_id: UUID, user: User) -> Upload:
    """An upload of this user that has not become an import.

    Raises UnknownUpload, UploadOfAnother or UploadUsed.
    """
    upload = Upload.objects.alive().filter(pk=upload_id).first()
    if upload is None:
        raise UnknownUpload
    if upload.user_id != user.pk:
        raise UploadOfAnother
    if upload.started_id is not None:
        raise UploadUsed(upload.started_id)
    return upload


def find_complete(upload_id: UUID, user: User) -> Upload:
    """As `find`; also raises UploadIncomplete."""
    upload = find(upload_id, user)
    if not upload.is_complete:
        raise UploadIncomplete(upload)
    return upload


def hand_over(upload: Upload, import_: Import) -> None:
    """Give the parts to an import, in its transaction. Raises UploadUsed if another was first."""
    if not Upload.objects.unfinished().filter(pk=upload.pk).update(started=import_):
        raise _why_not(upload)


def terminate(upload: Upload) -> None:
    """Forget an upload and delete its parts. Raises UploadUsed if they belong to an import."""
    # A time in the past even for a request that has read the clock already and waits to write.
    if not Upload.objects.filter(pk=upload.pk, started=None).update(expires_at=F("created_at")):
        raise _why_not(upload)
    _remove(upload)


def _why_not(upload: Upload) -> UploadFault:
    import_id = Upload.objects.filter(pk=upload.pk).values_list("started", flat=True).first()
    return UploadUsed(import_id) if import_id else UnknownUpload()


def sweep() -> None:
    """Remove the uploads that have expired. Parts that an import has taken over stay."""
    for upload in Upload.objects.expired().select_related("started"):
        try:
            _remove(upload)
        except OSError:
            logger.exception("Upload %s could not be removed.", upload.pk)


def _remove(upload: Upload) -> None:
    kept = upload.started.parts if upload.started else ()
    stored_file.delete_folder(upload.folder, keep=kept)
    Upload.objects.filter(pk=upload.pk).delete()
