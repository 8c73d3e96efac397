"""What an import would do to each product, as a CSV: the whole difference, as it would be now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.db import connection
from django.http import StreamingHttpResponse

from imports import staging
from imports.models import Import
from imports.review.sampling import fields_of, parameters_of
from imports.sql import preview as preview_sql
from jobs.errors import NotPrepared
from jobs.models import Range
from products.export import header_line, pieces

FIRST_COLUMNS = ("outcome", "line", "sku")


def difference_response(import_: Import) -> StreamingHttpResponse:
    """The difference as a download. Raises NotPrepared if it can't be computed."""
    _staging_table(import_)
    name = f"import-{import_.pk}-preview.csv"
    return StreamingHttpResponse(
        difference_file(import_),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def difference_file(import_: Import) -> Iterator[bytes]:
    """A line for each product that would be created, updated, removed or refused.

    The ranges come one by one, so that the database sorts no more than a range, and this process
    holds no more. Raises NotPrepared if the import goes on meanwhile.
    """
    fields = fields_of(import_)
    yield _header(fields)
    statement = preview_sql.difference(fields, missing=import_.missing)
    for range_ in import_.ranges.order_by("number"):
        yield from _lines(import_, range_, statement, fields)


def _lines(
    import_: Import, range_: Range, statement: str, fields: Sequence[str]
) -> Iterator[bytes]:
    table = _staging_table(import_)
    bounds = {"low": range_.low, "high": range_.high}
    return pieces(b"", statement.format(staging=table), parameters_of(import_, fields) | bounds)


def _staging_table(import_: Import) -> str:
    """The staging table. Raises NotPrepared if it is gone, or the review is over."""
    table = staging.table_name(import_.pk, import_.lease_token)
    waits = Import.objects.filter(
        pk=import_.pk, status=Import.Status.REVIEW, lease_token=import_.lease_token
    )
    with connection.cursor() as cursor:
        if not waits.exists() or not staging.is_intact(table, cursor):
            raise NotPrepared(table)
    return table


def _header(fields: Sequence[str]) -> bytes:
    names = [*FIRST_COLUMNS, *(f"{field} {side}" for field in fields for side in ("now", "after"))]
    return header_line(names)
