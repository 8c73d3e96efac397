"""The XML of a workbook, parsed piece by piece, in little memory whatever it contains.

What makes XML dangerous has no place in a workbook: a document type is refused, and with it every
entity. So are names, tags and nesting beyond any use, which would all be kept in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final
from xml.parsers import expat

from product_files.faults import FileFault
from product_files.reading.archive import PACKED_BYTES, DamagedFile
from product_files.reading.limits import MIB
from product_files.reading.streams import BinaryFile

Attributes = dict[str, str]
StartHandler = Callable[[str, Attributes], None]
StringHandler = Callable[[str], None]

MAX_NAMES: Final = 2000
MAX_DEPTH: Final = 100
MAX_TAG_BYTES: Final = MIB
# The size of a part that is small in every workbook, such as the styles.
MAX_PART_BYTES: Final = 32 * MIB


class Markup:
    """One part of a workbook; give the `parser` its handlers, then `advance` to the end.

    `limit` is the most bytes that the part may have, None for any number. Raises FileFault:
    `archive_unsafe`.
    """

    def __init__(self, part: BinaryFile, limit: int | None = None) -> None:
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = refuse
        self._part = part
        self._limit = limit
        self._fed = 0

    def set_handlers(self, start: StartHandler, end: StringHandler, text: StringHandler) -> None:
        """Have these called when an element starts or ends, and for the text between."""
        self.parser.StartElementHandler = start
        self.parser.EndElementHandler = end
        self.parser.CharacterDataHandler = text

    def advance(self) -> bool:
        """Parse the next piece, which calls the handlers; False at the end."""
        data = self._part.read(PACKED_BYTES)
        try:
            self.parser.Parse(data, not data)
        except (expat.ExpatError, LookupError, ValueError) as error:
            # The last two are raised for an encoding that Python does not know.
            raise DamagedFile from error
        self._fed += len(data)
        # The parser keeps a tag that has only begun, and every name it has met.
        if (
            self._fed - self.parser.CurrentByteIndex > MAX_TAG_BYTES
            or len(self.parser.intern) > MAX_NAMES
        ):
            refuse()
        if self._limit is not None and self._fed > self._limit:
            refuse()
        return bool(data)


def elements(part: BinaryFile) -> Iterator[tuple[str, Attributes]]:
    """The elements of a small part, in the order in which they begin, without prefixes."""
    found: list[tuple[str, Attributes]] = []

    def start(name: str, attributes: Attributes) -> None:
        found.append((local(name), {local(key): value for key, value in attributes.items()}))

    markup = Markup(part, MAX_PART_BYTES)
    watch_depth(markup, start, lambda _: None)
    while markup.advance():
        yield from found
        found.clear()
    yield from found


def watch_depth(markup: Markup, start: StartHandler, end: StringHandler) -> None:
    """Call `start` and `end` for each element; raise FileFault if they are nested too deeply."""
    depth = 0

    def begin(name: str, attributes: Attributes) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            refuse()
        start(name, attributes)

    def finish(name: str) -> None:
        nonlocal depth
        depth -= 1
        end(name)

    markup.parser.StartElementHandler = begin
    markup.parser.EndElementHandler = finish


def local(name: str) -> str:
    """The name without its prefix."""
    return name.rpartition(":")[2]


def refuse(*_: object) -> None:
    """Raise FileFault: `archive_unsafe`, for XML that is made to do harm."""
    raise FileFault(
        "archive_unsafe",
        "The workbook contains XML that no spreadsheet program writes. Save it again.",
    )
