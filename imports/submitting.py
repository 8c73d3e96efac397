"""Taking a file in: what can be refused at once is, the rest becomes an import."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.core.files.base import File
from django.db import transaction

from imports import reading, stored_file
from imports.mapping import map_header
from imports.models import Import
from jobs import runner

FILENAME_LENGTH = 255


def submit(
    *, file: File[Any], filename: str, user: AbstractBaseUser | AnonymousUser | None, **options: Any
) -> Import:
    """Store a file and start its import; `options` are fields of Import.

    Raises FileFault or MappingFault for a file whose beginning shows that it can't be imported;
    nothing is kept of it then.
    """
    check(file, options)
    import_ = create(file=file, filename=filename, created_by=user, **options)
    runner.start(import_)
    return import_


def check(file: File[Any], options: Mapping[str, Any]) -> None:
    """Judge the beginning of a file, as reading will, and whether any row follows."""
    mapping = options.get("mapping", {})
    file.seek(0)
    reader = reading.open_file(
        file,
        mapping=mapping,
        encoding=options.get("encoding", ""),
        delimiter=options.get("delimiter", ""),
    )
    next(iter(reader))
    map_header(reader.header, mapping)
    file.seek(0)


def create(*, file: File[Any], filename: str, **fields: Any) -> Import:
    """Store a file and the import that waits to read it; nobody is told yet."""
    parts = stored_file.store(file)
    try:
        with transaction.atomic():
            return Import.objects.create(
                kind=Import.KIND,
                filename=printable(filename),
                parts=parts,
                size_bytes=file.size,
                **fields,
            )
    except BaseException:
        stored_file.delete(parts)
        raise


def printable(filename: str) -> str:
    """A name to show to people: never used as a path, nothing unprintable, not too long."""
    name = "".join(c if c.isprintable() else "�" for c in filename)
    return name[-FILENAME_LENGTH:] or "unnamed"
