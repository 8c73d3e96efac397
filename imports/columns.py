"""The columns of an import that waits for a person: what they hold, and going on with a choice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.db import transaction

from imports import reading
from imports.models import Import, Preview, Reject
from imports.stored_file import StoredFile
from jobs import requests
from product_files.faults import shortened

SAMPLES: Final = 3
# Records that are looked at for values to show.
LOOKED_AT: Final = 20


@dataclass(frozen=True)
class Beginning:
    """The columns of a file, and of each some values, those of its first records."""

    header: list[str]
    samples: list[list[str]]


def beginning_of(import_: Import, *, encoding: str = "", delimiter: str = "") -> Beginning:
    """Read the stored file up to its first records; what is empty is left to the reader.

    Raises FileFault, and FileNotFoundError where the file is no longer kept.
    """
    with StoredFile(import_.parts) as file:
        reader = reading.open_file(
            file, mapping=import_.finds_header_by, encoding=encoding, delimiter=delimiter
        )
        rows = [cells for _, cells, code in reading.first_rows(reader, LOOKED_AT) if not code]
    return Beginning(reader.header, [_samples(rows, i) for i in range(len(reader.header))])


def _samples(rows: list[list[str]], index: int) -> list[str]:
    values = dict.fromkeys(row[index].strip() for row in rows)
    return [shortened(value) for value in values if value][:SAMPLES]


def begin(import_: Import, *, mapping: dict[str, str], **options: Any) -> bool:
    """Read the file by a mapping and options that a person chose.

    `import_` is as it was when its columns were shown. One that waits for its review is read
    anew. False where it waits no longer.
    """
    with transaction.atomic():
        begun = requests.begin(import_)
        if begun:
            Reject.objects.filter(job=import_.pk).delete()
            Preview.objects.filter(job=import_.pk).delete()
            asked = {name: options[name] for name in Import.ASKED if name in options}
            Import.objects.filter(pk=import_.pk).update(
                mapping=mapping,
                asked=asked | {"mapping": import_.finds_header_by},
                # What another reading found.
                header=[],
                header_line=None,
                encoding_samples=[],
                **options,
            )
    return begun
