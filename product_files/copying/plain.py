"""Plain records: those that say, as they stand, what is staged of them.

Most records of most files have nothing to trim, to compose or to convert, and `COPY` reads cells
as a file writes them, quotes and all. One regular expression finds all that follow each other, in
a fraction of the time that it takes to read, judge and write their rows. Whatever is not plain
goes that long way, of which this is a shortcut: what is staged is the same.
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

MOST_AT_ONCE: Final = 2_000
# In the line that begins here.
_has_quote: Final = re.compile(rb'[^"\r\n]*+"').match


class Plain(NamedTuple):
    """Rows as COPY takes them in its CSV format, and how many there are."""

    text: bytes
    rows: int


# The rows of some records, as the file writes them.
_Rows = Callable[[bytes], list[bytes]]


def compile_shortcut(mapping: ColumnMapping, layout: Layout, rest: bytes) -> Shortcut[Plain]:
    """The shortcut for the records of a file; all of it is UTF-8 without NUL characters.

    What COPY takes is the number of the line, the fields in the order of the file, and `rest`,
    which has no attributes and keeps no cells. It has to take what is empty for null.
    """
    if mapping.index_of("name") is None or mapping.attributes or not layout.is_usual:
        return no_shortcut
    mark = layout.delimiter.encode()
    # Records of a line each, and one that has line breaks. Not possessive: before Python 3.11.5
    # such a group could take a part of what comes next. So what it keeps in memory has a limit.
    run = re.compile(b"(?:%b){1,%d}" % (_record(mapping, mark), MOST_AT_ONCE)).match
    broken = re.compile(_record(mapping, mark, breaks=b"")).match
    rows_of_run, rows_of_broken = _compile_rows(mapping, mark)
    row = mark.join([b"%d", b"%b", rest]) + b"\n"

    def shortcut(data: bytes, start: int, number: int) -> tuple[Plain, int, int] | None:
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
                return (Plain(b"".join(texts), rows), line - number, at) if rows else None
            texts += [row % numbered for numbered in enumerate(records, line)]
            rows, line, at = rows + len(records), line + lines, found.end()

    return shortcut


def _compile_rows(mapping: ColumnMapping, mark: bytes) -> tuple[_Rows, _Rows]:
    """What gives the rows of a run, and that of a record with line breaks."""
    if len(mapping.columns) == len(mapping.fields):
        return bytes.splitlines, lambda record: [record.rstrip(b"\r\n")]
    of_use = {index for index, _ in mapping.fields}
    find_all = re.compile(_record(mapping, mark, breaks=b"", of_use=of_use)).findall

    def rows(records: bytes) -> list[bytes]:
        return list(map(mark.join, find_all(records)))

    return rows, rows


def _record(
    mapping: ColumnMapping, mark: bytes, *, breaks: bytes = rb"\r\n", of_use: Collection[int] = ()
) -> bytes:
    """What a plain record looks like, its line end included; the columns `of_use` in groups.

    `breaks` are the characters that quoted cells do not have.
    """
    delimiter = re.escape(mark)
    any_text = rb'(?:[^%b"\r\n]*+|"(?:[^"%b]++|"")*+")' % (delimiter, breaks)
    cells = [any_text] * len(mapping.columns)
    for index, field in mapping.fields:
        cells[index] = _PLAIN_CELLS[field](delimiter, breaks)
    grouped = [b"(%b)" % cell if at in of_use else cell for at, cell in enumerate(cells)]
    return delimiter.join(grouped) + rb"(?:\n|\r\n?)"


def _plain_sku(delimiter: bytes, _breaks: bytes) -> bytes:
    sku, printable = rb"(?![ '])%b{1,%d}+(?<! )", rb'[^%b"\x00-\x1f\x7f-\xff]'
    return _either(sku % (printable % delimiter, SKU_LENGTH), sku % (printable % b"", SKU_LENGTH))


def _plain_name(delimiter: bytes, _breaks: bytes) -> bytes:
    name = b"%b%%b{1,%d}+%b" % (_BEGINS, NAME_LENGTH, _ENDS)
    return _either(name % (rb'[^%b"\r\n]' % delimiter), name % rb'[^"\r\n]')


def _plain_description(delimiter: bytes, breaks: bytes) -> bytes:
    bare = rb'[^%b"\r\n]{0,%d}+' % (delimiter, DESCRIPTION_LENGTH)
    # With line breaks, the record has no more bytes than this.
    quoted = rb'[^"\r\n]{0,%d}+' % DESCRIPTION_LENGTH if breaks else rb'(?:[^"]++|"")*+'
    return _either(rb"(?!')" + bare, rb"(?!')" + quoted)


def _plain_price(_delimiter: bytes, _breaks: bytes) -> bytes:
    # As PostgreSQL reads them too; empty means nothing.
    price = rb"(?:(?:0|[1-9][0-9]{0,9})(?:\.[0-9]{1,2})?)?"
    return _either(price, price)


def _plain_active(_delimiter: bytes, _breaks: bytes) -> bytes:
    # The words that PostgreSQL takes for a boolean too.
    active = rb"(?:true|false|(?i:yes|1|y|t|true|false|no|0|n|f)|)"
    return _either(active, active)


# What a plain cell of each field looks like, quoted or not, by the delimiter and the characters
# that quoted cells do not have.
_PLAIN_CELLS: Final = for_each_field(
    {
        "sku": _plain_sku,
        "name": _plain_name,
        "description": _plain_description,
        "price": _plain_price,
        "active": _plain_active,
    }
)


def _either(bare: bytes, quoted: bytes) -> bytes:
    return rb'(?:"%b"|%b)' % (quoted, bare)


def _trimmed() -> list[bytes]:
    """Patterns of the characters that are trimmed, each of one width."""
    lasts: defaultdict[bytes, bytes] = defaultdict(bytes)
    for character in map(str.encode, SKU_TRIM):
        lasts[character[:-1]] += re.escape(character[-1:])
    return [b"%b[%b]" % (re.escape(first), last) for first, last in lasts.items()]


# Nothing to trim, and no guard to take off; a look at one byte tells it of most names.
_BEGINS: Final = b"(?:(?=[!-&(-~])|(?!'|%b))" % b"|".join(_trimmed())
_ENDS: Final = b"(?:(?<=[!-~])|%b)" % b"".join(b"(?<!%b)" % pattern for pattern in _trimmed())
