"""Accepting a file: one that can't be imported is refused at once, if its beginning shows that."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from typing import Any, cast
from uuid import UUID

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser, User
from django.core.files.base import File
from django.db import transaction

from imports import reading, stored_file
from imports.intake import uploads
from imports.models import Import
from imports.stored_file import StoredFile
from jobs import requests
from product_files.faults import FileFault
from product_files.judging.columns import map_header
from product_files.reading import BinaryFile

FILENAME_LENGTH = 255
# Faults that another encoding or delimiter can correct; a person chooses them with the columns.
CHOOSABLE = ("undecodable", "ambiguous_delimiter")


def start_import(
    *, file: File[Any] | None = None, upload: UUID | None = None, user: User, **options: Any
) -> Import:
    """Start the import of a file or of an upload; raises what `submit` or `submit_upload` does."""
    if file is None:
        return submit_upload(upload_id=cast("UUID", upload), user=user, **options)
    return submit(file=file, filename=file.name or "", user=user, **options)


def submit(
    *, file: File[Any], filename: str, user: AbstractBaseUser | AnonymousUser | None, **options: Any
) -> Import:
    """Store a file and start its import; `options` are fields of Import.

    With `held` it waits for a person to choose its columns, whatever their names are. Raises
    FileFault or MappingFault for a file whose beginning shows that it can't be imported; nothing
    of it is kept then.
    """
    check(file, options)
    import_ = create(file=file, filename=filename, created_by=user, **options)
    _start(import_)
    return import_


def submit_upload(*, upload_id: UUID, user: User, **options: Any) -> Import:
    """Start the import of a file that was uploaded in parts; `options` are fields of Import.

    Raises UploadFault if the upload can't be used, and FileFault or MappingFault as `submit` does;
    the upload is kept then, to be tried with other options or deleted.
    """
    upload = uploads.find_complete(upload_id, user)
    try:
        # An upload of an empty file has no parts.
        with StoredFile(upload.parts) if upload.parts else BytesIO() as file:
            judge(file, options)
    except FileNotFoundError as error:
        raise uploads.UnknownUpload from error
    with transaction.atomic():
        import_ = _record(
            upload.parts, upload.filename, upload.size_bytes, created_by=user, **options
        )
        uploads.hand_over(upload, import_)
    _start(import_)
    return import_


def check(file: File[Any], options: Mapping[str, Any]) -> None:
    """Judge the beginning of a file, and leave the file at its beginning."""
    file.seek(0)
    judge(file, options)
    file.seek(0)


def judge(file: BinaryFile, options: Mapping[str, Any]) -> None:
    """Judge the beginning of a file, up to its first row, as reading will.

    If the import is held, its columns may have any names, and a fault that is CHOOSABLE passes.
    Raises FileFault or MappingFault.
    """
    held, mapping = options.get("held"), options.get("mapping", {})
    try:
        reader = reading.open_file(
            file,
            mapping=mapping,
            encoding=options.get("encoding", ""),
            delimiter=options.get("delimiter", ""),
        )
        reading.first_rows(reader, 1)
    except FileFault as fault:
        if held and fault.code in CHOOSABLE:
            return
        raise
    if not held:
        map_header(reader.header, mapping)


def _start(import_: Import) -> None:
    if not import_.held:
        requests.start(import_)


def create(*, file: File[Any], filename: str, **fields: Any) -> Import:
    """Store a file and its import, which waits; no worker is woken yet."""
    parts = stored_file.store(file)
    try:
        with transaction.atomic():
            return _record(parts, filename, file.size, **fields)
    except BaseException:
        stored_file.delete(parts)
        raise


def _record(parts: list[str], filename: str, size_bytes: int, **fields: Any) -> Import:
    return Import.objects.create(
        kind=Import.KIND,
        filename=printable(filename),
        parts=parts,
        size_bytes=size_bytes,
        asked={name: fields[name] for name in Import.DETECTABLE if name in fields},
        **fields,
    )


def printable(filename: str) -> str:
    """A name to show to people: never used as a path, nothing unprintable, not too long."""
    name = "".join(c if c.isprintable() else "�" for c in filename)
    return name[-FILENAME_LENGTH:] or "unnamed"
