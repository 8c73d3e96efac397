"""Plain records: those whose bytes can be staged as they stand.

Most records of most files have nothing to trim, to compose or to convert, and `COPY` reads cells
as a file writes them, quotes and all. One regular expression finds all plain records
that follow each other, in a fraction of the time that it takes to read, judge and write them.
Every other record goes that longer way; what is staged is the same.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection
from typing import Final, NamedTuple

from product_files.judging.columns import ColumnMapping
from product_files.reading.records import Layout, Shortcut, no_shortcut
from products.fields import DESCRIPTION_LENGTH, NAME_LENGTH, SKU_LENGTH, for_each_field
from products.sku import SKU_TRIM

MAX_RECORDS_A_MATCH: Final = 2_000
# Whether the line that begins here has a quote.
_has_quote: Final = re.compile(rb'[^"\r\n]*+"').match


class PlainRows(NamedTuple):
    """Rows as COPY takes them in its CSV format, and how many there are."""

    text: bytes
    rows: int


# A function from the bytes of some records to their rows, as the file writes them.
_SplitRows = Callable[[bytes], list[bytes]]


def compile_shortcut(mapping: ColumnMapping, layout: Layout, rest: bytes) -> Shortcut[PlainRows]:
    """The shortcut for the records of a file that is all UTF-8 without NUL characters.

    It makes rows for COPY: the number of the line, the fields in the order of the file, and `rest`,
    which stands for no attributes, no fault and no cells. COPY has to take empty values for null.
    """
    if mapping.index_of("name") is None or mapping.attributes or not layout.is_usual:
        return no_shortcut
    delimiter = layout.delimiter.encode()
    # Records of one line each, or one record with line breaks. The group is not possessive: before
    # Python 3.11.5 such a group could take a part of what comes next. So its memory needs a limit.
    run = re.compile(b"(?:%b){1,%d}" % (_record(mapping, delimiter), MAX_RECORDS_A_MATCH)).match
    broken = re.compile(_record(mapping, delimiter, breaks=b"")).match
    rows_of_run, rows_of_broken = _compile_rows(mapping, delimiter)
    row = delimiter.join([b"%d", b"%b", rest]) + b"\n"

    def shortcut(data: bytes, start: int, number: int) -> tuple[PlainRows, int, int] | None:
        texts: list[bytes] = []
        rows, line, at = 0, number, start
        while True:
            if found := run(data, at):
                records = rows_of_run(found[0])
                lines = len(records)
            elif (
                _has_quote(data, at)
                and (found := broken(data, at))
                and found.end() - at <= DESCRIPTION_LENGTH
            ):
                records = rows_of_broken(found[0])
                lines = 1 if layout.has_whole_lines else len(found[0].splitlines())
            else:
                return (PlainRows(b"".join(texts), rows), line - number, at) if rows else None
            texts += [row % numbered for numbered in enumerate(records, line)]
            rows, line, at = rows + len(records), line + lines, found.end()

    return shortcut


def _compile_rows(mapping: ColumnMapping, delimiter: bytes) -> tuple[_SplitRows, _SplitRows]:
    """The functions for a run of records of one line, and for one record with line breaks."""
    if len(mapping.columns) == len(mapping.fields):
        return bytes.splitlines, lambda record: [record.rstrip(b"\r\n")]
    mapped = {index for index, _ in mapping.fields}
    find_all = re.compile(_record(mapping, delimiter, breaks=b"", mapped=mapped)).findall

    def rows(records: bytes) -> list[bytes]:
        return list(map(delimiter.join, find_all(records)))

    return rows, rows


def _record(
    mapping: ColumnMapping,
    delimiter: bytes,
    *,
    breaks: bytes = rb"\r\n",
    mapped: Collection[int] = (),
) -> bytes:
    """The pattern of a plain record with its line end; the cells of `mapped` columns are groups.

    `breaks` are the characters that quoted cells must not contain.
    """
    escaped = re.escape(delimiter)
    any_text = rb'(?:[^%b"\r\n]*+|"(?:[^"%b]++|"")*+")' % (escaped, breaks)
    cells = [any_text] * len(mapping.columns)
    for index, field in mapping.fields:
        cells[index] = _PLAIN_CELLS[field](escaped, breaks)
    grouped = [b"(%b)" % cell if at in mapped else cell for at, cell in enumerate(cells)]
    return escaped.join(grouped) + rb"(?:\n|\r\n?)"


def _plain_sku(delimiter: bytes, _breaks: bytes) -> bytes:
    sku, printable = rb"(?![ '])%b{1,%d}+(?<! )", rb'[^%b"\x00-\x1f\x7f-\xff]'
    return _bare_or_quoted(
        sku % (printable % delimiter, SKU_LENGTH), sku % (printable % b"", SKU_LENGTH)
    )


def _plain_name(delimiter: bytes, _breaks: bytes) -> bytes:
    name = b"%b%%b{1,%d}+%b" % (_BEGINS, NAME_LENGTH, _ENDS)
    return _bare_or_quoted(name % (rb'[^%b"\r\n]' % delimiter), name % rb'[^"\r\n]')


def _plain_description(delimiter: bytes, breaks: bytes) -> bytes:
    bare = rb'[^%b"\r\n]{0,%d}+' % (delimiter, DESCRIPTION_LENGTH)
    # With line breaks, the record has no more bytes than this.
    quoted = rb'[^"\r\n]{0,%d}+' % DESCRIPTION_LENGTH if breaks else rb'(?:[^"]++|"")*+'
    return _bare_or_quoted(rb"(?!')" + bare, rb"(?!')" + quoted)


def _plain_price(_delimiter: bytes, _breaks: bytes) -> bytes:
    # PostgreSQL reads these as the same numbers; an empty cell means nothing.
    price = rb"(?:(?:0|[1-9][0-9]{0,9})(?:\.[0-9]{1,2})?)?"
    return _bare_or_quoted(price, price)


def _plain_active(_delimiter: bytes, _breaks: bytes) -> bytes:
    # The words that PostgreSQL takes for the same booleans.
    active = rb"(?:true|false|(?i:yes|1|y|t|true|false|no|0|n|f)|)"
    return _bare_or_quoted(active, active)


# The pattern of a plain cell of each field, quoted or not; made from the delimiter and the
# characters that quoted cells must not contain.
_PLAIN_CELLS: Final = for_each_field(
    {
        "sku": _plain_sku,
        "name": _plain_name,
        "description": _plain_description,
        "price": _plain_price,
        "active": _plain_active,
    }
)


def _bare_or_quoted(bare: bytes, quoted: bytes) -> bytes:
    return rb'(?:"%b"|%b)' % (quoted, bare)


def _trimmed() -> list[bytes]:
    """Patterns of the characters that are trimmed; each matches a fixed number of bytes."""
    lasts: defaultdict[bytes, bytes] = defaultdict(bytes)
    for character in map(str.encode, SKU_TRIM):
        lasts[character[:-1]] += re.escape(character[-1:])
    return [b"%b[%b]" % (re.escape(first), last) for first, last in lasts.items()]


# Nothing to trim, and no formula guard to remove; for most names one byte is enough to know that.
_BEGINS: Final = b"(?:(?=[!-&(-~])|(?!'|%b))" % b"|".join(_trimmed())
_ENDS: Final = b"(?:(?<=[!-~])|%b)" % b"".join(b"(?<!%b)" % pattern for pattern in _trimmed())
