"""The rows that were not taken, as a CSV that can be corrected and uploaded again."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from itertools import islice

from django.http import StreamingHttpResponse

from imports.models import Import, Reject
from products.formula_guard import guard, unguard

REMARKS = ("line", "code", "message")
EXTRA = "extra"

# The number of rejects that are read from the database and written to the client at a time.
CHUNK_ROWS = 1000


def rejects_response(import_: Import) -> StreamingHttpResponse:
    """The rejects file of an import as a download."""
    name = f"import-{import_.pk}-rejects.csv"
    return StreamingHttpResponse(
        rejects_file(import_),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def rejects_file(import_: Import) -> Iterator[bytes]:
    """The original columns in their order, then why the row was rejected; in file order.

    Short rows are padded; the surplus cells of a row go into a last column.
    """
    rejects = Reject.objects.filter(job=import_.pk).order_by("record")
    width = len(import_.header)
    extra = any(len(cells) > width for cells in rejects.values_list("cells", flat=True).iterator())
    yield _lines([_header(import_.header, extra=extra)])
    rows = (_row(reject, width, extra=extra) for reject in rejects.iterator(CHUNK_ROWS))
    while chunk := list(islice(rows, CHUNK_ROWS)):
        yield _lines(chunk)


def _header(header: Sequence[str], *, extra: bool) -> list[str]:
    taken = {column.strip().lower() for column in header}
    ours = [*REMARKS, EXTRA] if extra else list(REMARKS)
    remarks = [f"reject_{name}" if name in taken else name for name in ours]
    return [guard(name) for name in [*header, *remarks]]


def _row(reject: Reject, width: int, *, extra: bool) -> list[str]:
    cells = [*reject.cells[:width], *[""] * (width - len(reject.cells))]
    remarks = [str(reject.line), reject.code, reject.message]
    surplus = [",".join(reject.cells[width:])] if extra else []
    return [guard(unguard(cell)) for cell in [*cells, *remarks, *surplus]]


def _lines(rows: list[list[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode()
