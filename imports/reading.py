"""From the stored file into the staging table: every row judged, good and bad side by side."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass

from django.conf import settings

from imports import staging
from imports.crew import stage_all
from imports.faults import FileFault
from imports.mapping import Mapping, map_header
from imports.models import Import
from imports.readers import Limits, Reader, open_reader
from imports.readers.limits import MIB
from imports.readers.reader import NO_ROWS
from imports.readers.source import BinaryFile
from imports.stager import Recipe
from imports.stored_file import StoredFile
from jobs.leases import Lease
from jobs.models import Job
from jobs.progress import PREPARED_PERCENT

# A smaller file is read before others have started to help.
LARGE_BYTES = 8 * MIB


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What a file turned out to be."""

    rows_read: int
    rejected: int
    sha256: str
    encoding: str
    delimiter: str
    header: list[str]
    mapping: Mapping


def limits() -> Limits:
    return Limits(
        file_bytes=settings.IMPORT_FILE_BYTES,
        record_bytes=settings.IMPORT_RECORD_BYTES,
        columns=settings.IMPORT_COLUMNS,
    )


def open_file(file: BinaryFile, *, encoding: str, delimiter: str) -> Reader:
    """A reader for a file, as it is asked for; what is empty is found. Raises FileFault."""
    return open_reader(
        file, limits=limits(), encoding=encoding or None, delimiter=delimiter or None
    )


def read_into(table: str, import_: Import, lease: Lease) -> Reading:
    """Read the whole file into a new staging table.

    Raises FileFault or MappingFault for a file that can't be read, FileNotFoundError for one
    that is gone, and LeaseLost.
    """
    with StoredFile(import_.parts) as file:
        reader = open_file(file, encoding=import_.encoding, delimiter=import_.delimiter)
        mapping = map_header(reader.header, import_.mapping)
        recipe = Recipe(
            layout=reader.layout,
            mapping=mapping,
            blank=import_.blank,
            keeps_cells=import_.mode != Import.Mode.UPSERT,
        )
        rows_read, rejected = _stage(table, import_, reader, recipe, lease)
        return Reading(
            rows_read=rows_read,
            rejected=rejected,
            sha256=file.sha256,
            encoding=reader.encoding,
            delimiter=reader.delimiter,
            header=reader.header,
            mapping=mapping,
        )


def _stage(
    table: str, import_: Import, reader: Reader, recipe: Recipe, lease: Lease
) -> tuple[int, int]:
    rows = rejected = 0
    processes = settings.IMPORT_READERS if import_.size_bytes >= LARGE_BYTES else 0
    with (
        staging.filling(table) as copy,
        closing(stage_all(reader, recipe, processes=processes)) as batches,
    ):
        for text, count, bad in batches:
            copy.write(text)
            rows += count
            rejected += bad
            _report(lease, import_, rows, reader.bytes_read)
        if not rows:
            raise FileFault(*NO_ROWS)
    return rows, rejected


def _report(lease: Lease, import_: Import, rows_read: int, bytes_read: int) -> None:
    lease.report(
        stage=Job.Stage.READING,
        percent=PREPARED_PERCENT * bytes_read // max(import_.size_bytes, 1),
        rows_read=rows_read,
        bytes_read=bytes_read,
    )
