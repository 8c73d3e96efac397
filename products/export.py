"""The catalogue as CSV, written by PostgreSQL itself and sent in pieces."""

from __future__ import annotations

import csv
import io
from collections.abc import Generator, Iterable, Iterator
from typing import Any, Final

from django.db import connection
from django.db.models import Case, F, Func, IntegerField, TextField, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import NullIf
from django.db.models.lookups import In
from django.http import StreamingHttpResponse
from psycopg import Connection
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGconn
from psycopg.waiting import Ready, Wait

from products.fields import FIELD_NAMES, FIELDS
from products.formula_guard import guard
from products.querysets import ProductQuerySet

PIECE_BYTES: Final = 64 * 1024

FORMULA: Final = r"^'*[=+\-@\t\r]"
FIRST_CHARACTERS: Final = [ord(character) for character in "'=+-@\t\r"]

# PostgreSQL returns 1,664 columns at most.
MAX_ATTRIBUTES: Final = 1_600

# The names of all attributes, in an order that is the same everywhere.
ATTRIBUTES: Final = """
SELECT DISTINCT jsonb_object_keys(attributes) COLLATE "C" AS name
FROM ({products}) products
ORDER BY name
"""


class TooManyAttributes(Exception):
    """The products have more attributes than one file can have columns."""

    def __init__(self, count: int) -> None:
        super().__init__(
            f"These products have {count:,} different attributes, but one file can have at most"
            f" {MAX_ATTRIBUTES:,}. Narrow the filters and export in parts."
        )


class Attribute(Func):
    """The text of one attribute; null if the product has no attribute with this name."""

    arity = 2
    template = "(%(expressions)s)"
    arg_joiner = " ->> "
    output_field = TextField()


def export_response(products: ProductQuerySet) -> StreamingHttpResponse:
    """A download of these products in the order of their SKUs. Raises TooManyAttributes."""
    response = StreamingHttpResponse(csv_of(products), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="products.csv"'
    return response


def csv_of(products: ProductQuerySet) -> Iterator[bytes]:
    """The header and a line for each product, in pieces. Raises TooManyAttributes at once."""
    attributes = _attributes_of(products)
    if len(attributes) > MAX_ATTRIBUTES:
        raise TooManyAttributes(len(attributes))
    return pieces(_header(attributes), *_lines(products, attributes))


def _attributes_of(products: ProductQuerySet) -> list[str]:
    sql, parameters = products.order_by().values("attributes").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(ATTRIBUTES.format(products=sql), parameters)
        return [name for (name,) in cursor.fetchall()]


def _header(attributes: list[str]) -> bytes:
    return header_line([*FIELD_NAMES, *(f"attribute:{name}" for name in attributes)])


def header_line(names: Iterable[str]) -> bytes:
    """The first line of a CSV file, guarded like the other lines."""
    line = io.StringIO()
    # The writer quotes only those characters of a line break that are in its own line end.
    csv.writer(line, lineterminator="\r\n").writerow(map(guard, names))
    return line.getvalue().removesuffix("\r\n").encode() + b"\n"


def _lines(products: ProductQuerySet, attributes: list[str]) -> tuple[str, tuple[Any, ...]]:
    rows = products.in_key_order().values_list(
        *CELLS.values(),
        *(guarded(Attribute(F("attributes"), Value(name))) for name in attributes),
    )
    return rows.query.sql_with_params()


def guarded(cell: F | Func) -> Case:
    """Like `formula_guard.guard`; most cells need only a test of their first character."""
    first = Func(cell, function="ascii", output_field=IntegerField())
    with_quote = Func(cell, Value(FORMULA), Value(r"'\&"), function="regexp_replace")
    return Case(
        When(In(first, FIRST_CHARACTERS), then=with_quote),
        default=cell,
        output_field=TextField(),
    )


# The expression that the export writes for each field; no text that a spreadsheet would run.
CELLS: Final[dict[str, Combinable]] = {
    **{
        field.name: guarded(F(field.name)) if field.max_length else F(field.name)
        for field in FIELDS
    },
    "description": NullIf(guarded(F("description")), Value("", TextField())),
    "active": Case(When(active=True, then=Value("true")), default=Value("false")),
}


def guarded_sql(cell: str) -> str:
    """The same for a text that is an expression in SQL."""
    formula = FORMULA.replace("'", "''")
    firsts = ", ".join(map(str, FIRST_CHARACTERS))
    with_quote = f"regexp_replace({cell}, '{formula}', '''\\&')"
    return f"CASE WHEN ascii({cell}) IN ({firsts}) THEN {with_quote} ELSE {cell} END"


def pieces(header: bytes, sql: str, parameters: Any) -> Iterator[bytes]:
    """The header, and a line of CSV for each row of a query, as the database sends them."""
    piece = bytearray(header)
    with connection.cursor() as cursor:
        statement = cursor.mogrify(f"COPY ({sql}) TO STDOUT (FORMAT csv)", parameters)
        with cursor.copy(statement) as copy:
            for row in _rows(copy.connection):
                piece += row
                if len(piece) >= PIECE_BYTES:
                    yield bytes(piece)
                    piece.clear()
    yield bytes(piece)


def _rows(database: Connection[Any]) -> Iterator[memoryview]:
    """The rows that a COPY sends; `for row in copy` waits for each row and takes twice as long."""
    while (received := database.pgconn.get_copy_data(1))[0] >= 0:
        size, row = received
        if size:
            yield row
        else:
            database.wait(_more(database.pgconn))
    for result in list(iter(database.pgconn.get_result, None)):
        if result.status == ExecStatus.FATAL_ERROR:
            raise error_from_result(result)


def _more(pgconn: PGconn) -> Generator[Wait, Ready | int, None]:
    while not (yield Wait.R):
        continue
    pgconn.consume_input()
