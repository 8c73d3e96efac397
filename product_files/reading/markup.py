"""The XML of a workbook, a piece at a time, by a parser that nothing in it can hold up or fill.

What makes XML dangerous has no place in a workbook: a document type, and with it every entity,
is refused; so are names, tags and nesting beyond any use, which would all be kept in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final
from xml.parsers import expat

from product_files.faults import FileFault
from product_files.reading.archive import PACKED_BYTES, Damaged
from product_files.reading.limits import MIB
from product_files.reading.streams import BinaryFile

Attributes = dict[str, str]

NAMES: Final = 2000
DEPTH: Final = 100
TAG_BYTES: Final = MIB
# Of a part that is kept in memory, such as the styles.
PART_BYTES: Final = 32 * MIB


class Markup:
    """One part of a workbook, of at most `limit` bytes. Give the `parser` its handlers, then
    `advance` to the end.

    Raises FileFault: `archive_unsafe`.
    """

    def __init__(self, part: BinaryFile, limit: int | None = None) -> None:
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = refuse
        self._part = part
        self._limit = limit
        self._fed = 0

    def advance(self) -> bool:
        """Tell the handlers of the next piece; False at the end."""
        data = self._part.read(PACKED_BYTES)
        try:
            self.parser.Parse(data, not data)
        except (expat.ExpatError, LookupError, ValueError) as error:
            # The last two are of an encoding that Python does not know.
            raise Damaged from error
        self._fed += len(data)
        # What the parser keeps: a tag that has only begun, and every name it has met.
        if self._fed - self.parser.CurrentByteIndex > TAG_BYTES or len(self.parser.intern) > NAMES:
            refuse()
        if self._limit is not None and self._fed > self._limit:
            refuse()
        return bool(data)


def elements(part: BinaryFile) -> Iterator[tuple[str, Attributes]]:
    """The elements of a small part as they begin, without the prefixes of their names."""
    found: list[tuple[str, Attributes]] = []

    def start(name: str, attributes: Attributes) -> None:
        found.append((local(name), {local(key): value for key, value in attributes.items()}))

    markup = Markup(part, PART_BYTES)
    watch_depth(markup, start, lambda _: None)
    while markup.advance():
        yield from found
        found.clear()
    yield from found


def watch_depth(
    markup: Markup, start: Callable[[str, Attributes], None], end: Callable[[str], None]
) -> None:
    """Have these told of the begin and end of each element; too deep a nesting is refused."""
    depth = 0

    def begin(name: str, attributes: Attributes) -> None:
        nonlocal depth
        depth += 1
        if depth > DEPTH:
            refuse()
        start(name, attributes)

    def finish(name: str) -> None:
        nonlocal depth
        depth -= 1
        end(name)

    markup.parser.StartElementHandler = begin
    markup.parser.EndElementHandler = finish


def local(name: str) -> str:
    return name.rpartition(":")[2]


def refuse(*_: object) -> None:
    raise FileFault(
        "archive_unsafe", "The workbook has XML in it that no spreadsheet writes; save it anew."
    )
