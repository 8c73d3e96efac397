"""From the stored file into the staging table: every row judged, good and bad side by side."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice

from django.conf import settings

from imports import staging
from imports.models import Import
from imports.stored_file import StoredFile
from jobs.leases import Lease
from jobs.models import Job
from jobs.progress import PREPARED_PERCENT
from product_files.copying.stager import Stager, StagingOptions
from product_files.judging.columns import ColumnMapping, map_header, names_sku
from product_files.reading import BinaryFile, Limits, Reader, Record, open_reader

# Batches, of about a block each, that a web request may read of a file.
MAX_FIRST_BATCHES = 32


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What was found in a file, and how it was read."""

    rows_read: int
    rejected: int
    sha256: str
    encoding: str
    # Words of the file by which a person can judge the encoding.
    encoding_samples: list[str]
    delimiter: str
    header_line: int
    header: list[str]
    mapping: ColumnMapping


def limits() -> Limits:
    return Limits(
        file_bytes=settings.IMPORT_FILE_BYTES,
        record_bytes=settings.IMPORT_RECORD_BYTES,
        columns=settings.IMPORT_COLUMNS,
        unpacked_bytes=settings.IMPORT_UNPACKED_BYTES,
        ratio=settings.IMPORT_UNPACKED_RATIO,
        archive_entries=settings.IMPORT_ARCHIVE_ENTRIES,
        workbook_text_bytes=settings.IMPORT_WORKBOOK_TEXT_BYTES,
    )


def open_file(
    file: BinaryFile, *, mapping: dict[str, str], encoding: str, delimiter: str
) -> Reader:
    """A reader for a file; an empty `encoding` or `delimiter` is detected. Raises FileFault.

    The mapping is only used to find the header: by the name of its column for the SKU.
    """
    return open_reader(
        file,
        limits=limits(),
        encoding=encoding,
        delimiter=delimiter,
        names_sku=partial(names_sku, requested=mapping),
    )


def first_rows(reader: Reader, count: int) -> list[Record]:
    """The first rows of a file, if they are in the part that a web request may read.

    Raises FileFault: `no_rows` if the file ends without any. Rows that follow a very large number
    of blank lines are not found here.
    """
    rows: list[Record] = []
    for batch in islice(reader.batches(), MAX_FIRST_BATCHES):
        rows += batch
        if len(rows) >= count:
            break
    return rows[:count]


def read_into(table: str, import_: Import, lease: Lease) -> Reading:
    """Read the whole file into a new staging table.

    Raises FileFault or MappingFault for a file that can't be read, FileNotFoundError for one
    that is gone, and LeaseLost.
    """
    with StoredFile(import_.parts) as file:
        reader = open_file(
            file,
            mapping=import_.header_mapping,
            encoding=import_.encoding,
            delimiter=import_.delimiter,
        )
        mapping = map_header(reader.header, import_.mapping)
        options = StagingOptions(
            layout=reader.layout,
            mapping=mapping,
            blank=import_.blank,
            keeps_cells=import_.mode != Import.Mode.UPSERT,
        )
        rows_read, rejected = _stage(table, import_, reader, options, lease)
        return Reading(
            rows_read=rows_read,
            rejected=rejected,
            sha256=file.sha256,
            encoding=reader.encoding,
            encoding_samples=reader.encoding_samples,
            delimiter=reader.delimiter,
            header_line=reader.header_line,
            header=reader.header,
            mapping=mapping,
        )


def _stage(
    table: str, import_: Import, reader: Reader, options: StagingOptions, lease: Lease
) -> tuple[int, int]:
    rows = rejected = 0
    stager = Stager(options)
    with (
        staging.filling(table, options.columns, options.layout.delimiter) as copy,
        _garbage_collection_off(),
    ):
        # No name is given to a batch, so that it makes room for the next one.
        for text, count, bad in map(stager.stage, reader.batches(stager.shortcut)):
            copy.write(text)
            rows += count
            rejected += bad
            _report(lease, import_, rows, reader.bytes_read)
    return rows, rejected


@contextmanager
def _garbage_collection_off() -> Iterator[None]:
    """Rows come and go by the thousand and refer to nothing that refers to them.

    The search for such cycles, among everything else that a worker holds, is a quarter of the work
    of reading a file that is not plain.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _report(lease: Lease, import_: Import, rows_read: int, bytes_read: int) -> None:
    lease.report(
        stage=Job.Stage.READING,
        percent=PREPARED_PERCENT * bytes_read // max(import_.size_bytes, 1),
        rows_read=rows_read,
        bytes_read=bytes_read,
    )


def store_description(import_: Import, result: Reading) -> None:
    """Keep with the import what its file turned out to be."""
    import_.sha256 = result.sha256
    import_.encoding = result.encoding
    import_.encoding_samples = result.encoding_samples
    import_.delimiter = result.delimiter
    import_.header_line = result.header_line
    import_.header = result.header
    import_.mapping = result.mapping.as_dict()
    import_.save(
        update_fields=[
            "sha256",
            "encoding",
            "encoding_samples",
            "delimiter",
            "header_line",
            "header",
            "mapping",
        ]
    )
