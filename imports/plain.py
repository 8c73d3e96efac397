"""Plain lines: those that say, as they stand, what is staged of them.

Most lines of most files have no quotes to take off, nothing to trim, to compose, to escape or to
convert. One regular expression finds them, in a third of the time that it takes to read, judge
and write a row. Whatever is not plain goes that long way, of which this is a shortcut: what is
staged is the same.
"""

from __future__ import annotations

import re
from collections import defaultdict
from operator import itemgetter
from typing import Final

from imports.mapping import FIELDS, Mapping
from imports.readers.records import Shortcut, no_shortcut
from products.limits import DESCRIPTION_LENGTH, NAME_LENGTH, SKU_LENGTH
from products.sku import SKU_TRIM

_NULL: Final = rb"\N"
_PRICE: Final = rb"(?:0|[1-9][0-9]{0,9})(?:\.[0-9]{2})?"
# The words that PostgreSQL takes for a boolean too.
_ACTIVE: Final = rb"(?i:true|yes|1|y|t|false|no|0|n|f)"


def compile_shortcut(
    mapping: Mapping, *, delimiter: str, blank: str, rest: bytes
) -> Shortcut[bytes]:
    """The shortcut for the lines of a file; all of it is UTF-8 without NUL characters.

    `blank` is `clear` or `keep`, as in the judging of rows. What COPY takes is the number, the
    fields, and `rest`, which has no attributes and keeps no cells.
    """
    if mapping.name is None or mapping.attributes:
        return no_shortcut
    pattern = re.compile(_line(mapping, re.escape(delimiter.encode()), blank))
    groups = pattern.groupindex
    match = pattern.fullmatch
    fields_of = itemgetter(*(groups[field] - 1 for field in FIELDS if field in groups))
    fields = [b"%b" if field in groups else _NULL for field in FIELDS]
    row = b"\t".join([b"%d", *fields, rest]) + b"\n"

    def shortcut(number: int, line: bytes) -> bytes | None:
        if found := match(line):
            return row % (number, *fields_of(found.groups(_NULL)))
        return None

    return shortcut


def _line(mapping: Mapping, delimiter: bytes, blank: str) -> bytes:
    """What a plain line looks like. A field whose group matches nothing is null."""
    text = rb'[^%b"\\\t\r\n]' % delimiter
    cells = [text + b"*+"] * len(mapping.columns)
    for field, cell in _cells(text, delimiter, blank).items():
        index = getattr(mapping, field)
        if index is not None:
            cells[index] = cell
    return delimiter.join(cells) + rb"[\r\n]*"


def _cells(text: bytes, delimiter: bytes, blank: str) -> dict[str, bytes]:
    printable = rb'[^%b"\\\x00-\x1f\x7f-\xff]' % delimiter
    says_nothing = b"?" if blank == "keep" else b""
    return {
        "sku": rb"(?![ '])(?P<sku>%b{1,%d}+)(?<! )" % (printable, SKU_LENGTH),
        "name": rb"%b(?P<name>%b{1,%d}+)%b" % (_BEGINS, text, NAME_LENGTH, _ENDS),
        "description": rb"(?!')(?P<description>%b{%d,%d}+)%b"
        % (text, len(says_nothing), DESCRIPTION_LENGTH, says_nothing),
        "price": rb"(?P<price>%b)?" % _PRICE,
        "active": rb"(?P<active>%b)?" % _ACTIVE,
    }


def _trimmed() -> list[bytes]:
    """Patterns of the characters that are trimmed, each of one width."""
    lasts: defaultdict[bytes, bytes] = defaultdict(bytes)
    for character in map(str.encode, SKU_TRIM):
        lasts[character[:-1]] += re.escape(character[-1:])
    return [b"%b[%b]" % (re.escape(first), last) for first, last in lasts.items()]


# Nothing to trim, and no guard to take off.
_BEGINS: Final = b"(?!'|%b)" % b"|".join(_trimmed())
_ENDS: Final = b"".join(b"(?<!%b)" % pattern for pattern in _trimmed())
