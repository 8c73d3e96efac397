"""From the stored file into the staging table: every row judged, good and bad side by side."""

from __future__ import annotations

import json
from dataclasses import dataclass

from django.conf import settings

from imports import staging
from imports.mapping import Mapping, map_header
from imports.models import Import
from imports.readers import Limits, Reader, open_reader
from imports.rows import Fault, compile_judge
from imports.stored_file import StoredFile
from jobs.leases import Lease
from jobs.models import Job
from jobs.progress import PREPARED_PERCENT
from products.formula_guard import unguard
from products.limits import SKU_LENGTH
from products.sku import clean_sku

# Rows between two looks at the lease and two reports of progress.
REPORT_ROWS = 2048


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


def read_into(table: str, import_: Import, lease: Lease) -> Reading:
    """Read the whole file into a new staging table.

    Raises FileFault or MappingFault for a file that can't be read, FileNotFoundError for one
    that is gone, and LeaseLost.
    """
    with StoredFile(import_.parts) as file:
        reader = open_reader(file, limits=limits())
        mapping = map_header(reader.header, import_.mapping)
        rows_read, rejected = _stage(table, import_, reader, mapping, lease)
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
    table: str, import_: Import, reader: Reader, mapping: Mapping, lease: Lease
) -> tuple[int, int]:
    judge = compile_judge(mapping, blank=import_.blank)
    keeps_cells = import_.mode != Import.Mode.UPSERT
    record = rejected = 0
    with staging.filling(table) as copy:
        for record, (line, cells, code) in enumerate(reader, start=1):
            row = Fault(code) if code else judge(cells)
            if isinstance(row, Fault):
                rejected += 1
                named = (_legible_sku(cells, mapping), None, None, None, None, None)
                copy.write_row((record, line, *named, *row, json.dumps(cells)))
            else:
                # Only such rows can still be refused, for what the catalogue has or has not.
                kept = json.dumps(cells) if keeps_cells or row[1] is None else None
                copy.write_row((record, line, *row, None, None, None, kept))
            if not record % REPORT_ROWS:
                _report(lease, import_, record, reader.bytes_read)
    _report(lease, import_, record, reader.bytes_read)
    return record, rejected


def _legible_sku(cells: list[str], mapping: Mapping) -> str | None:
    """What a rejected row names all the same, so that it does not count as missing."""
    sku = clean_sku(unguard(cells[mapping.sku])) if mapping.sku < len(cells) else ""
    return sku if 0 < len(sku) <= SKU_LENGTH else None


def _report(lease: Lease, import_: Import, rows_read: int, bytes_read: int) -> None:
    lease.report(
        stage=Job.Stage.READING,
        percent=PREPARED_PERCENT * bytes_read // max(import_.size_bytes, 1),
        rows_read=rows_read,
        bytes_read=bytes_read,
    )
