"""The columns of an import that waits for a person: their first values, and what is chosen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.db import transaction

from imports import reading
from imports.models import Import, Preview, Reject
from imports.stored_file import StoredFile
from jobs import requests
from product_files.faults import shortened

MAX_EXAMPLE_VALUES: Final = 3
# Records in which values are looked for.
MAX_EXAMPLE_RECORDS: Final = 20


@dataclass(frozen=True)
class FileColumns:
    """The names of the columns of a file, and for each some values from the first records."""

    header: list[str]
    example_values: list[list[str]]


def read_columns(import_: Import, *, encoding: str = "", delimiter: str = "") -> FileColumns:
    """Read the stored file up to its first records; an empty option is detected.

    Raises FileFault, and FileNotFoundError if the file is no longer kept.
    """
    with StoredFile(import_.parts) as file:
        reader = reading.open_file(
            file, mapping=import_.header_mapping, encoding=encoding, delimiter=delimiter
        )
        rows = [
            cells for _, cells, code in reading.first_rows(reader, MAX_EXAMPLE_RECORDS) if not code
        ]
    return FileColumns(reader.header, [_example_values(rows, i) for i in range(len(reader.header))])


def _example_values(rows: list[list[str]], index: int) -> list[str]:
    values = dict.fromkeys(row[index].strip() for row in rows)
    return [shortened(value) for value in values if value][:MAX_EXAMPLE_VALUES]


def begin(import_: Import, *, mapping: dict[str, str], **options: Any) -> bool:
    """Read the file by a mapping and options that a person chose.

    `import_` is as it was when its columns were shown. One that waits for its review is read
    anew. Returns False if it no longer waits.
    """
    with transaction.atomic():
        begun = requests.begin(import_)
        if begun:
            Reject.objects.filter(job=import_.pk).delete()
            Preview.objects.filter(job=import_.pk).delete()
            asked = {name: options[name] for name in Import.DETECTABLE if name in options}
            Import.objects.filter(pk=import_.pk).update(
                mapping=mapping,
                asked=asked | {"mapping": import_.header_mapping},
                # Found by the reading before.
                header=[],
                header_line=None,
                encoding_samples=[],
                **options,
            )
    return begun
