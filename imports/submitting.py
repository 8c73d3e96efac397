"""Taking a file in: what can be refused at once is, the rest becomes an import."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.core.files.base import File
from django.db import transaction

from imports import reading, stored_file
from imports.faults import FileFault
from imports.mapping import map_header
from imports.models import Import
from jobs import runner

FILENAME_LENGTH = 255
# What a person who chooses columns can mend by choosing how the text is read.
CHOOSABLE = ("undecodable", "ambiguous_delimiter")


def submit(
    *, file: File[Any], filename: str, user: AbstractBaseUser | AnonymousUser | None, **options: Any
) -> Import:
    """Store a file and start its import; `options` are fields of Import.

    With `held` it waits for a person to choose its columns, whatever they are called now.
    Raises FileFault or MappingFault for a file whose beginning shows that it can't be imported;
    nothing is kept of it then.
    """
    try:
        check(file, options)
    except FileFault as fault:
        if not options.get("held") or fault.code not in CHOOSABLE:
            raise
    import_ = create(file=file, filename=filename, created_by=user, **options)
    if not import_.held:
        runner.start(import_)
    return import_


def check(file: File[Any], options: Mapping[str, Any]) -> None:
    """Judge the header of a file, as reading will, and whether any row follows.

    The columns of an import that is held may have any names.
    """
    file.seek(0)
    reader = reading.open_file(
        file, encoding=options.get("encoding", ""), delimiter=options.get("delimiter", "")
    )
    next(iter(reader))
    if not options.get("held"):
        map_header(reader.header, options.get("mapping", {}))
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
