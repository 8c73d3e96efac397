"""An Excel workbook (.xlsx): an archive of several parts of XML, one of which is the sheet.

The parts are read side by side, as they are needed, so that little is in memory at a time.
https://ecma-international.org/publications-and-standards/standards/ecma-376/
"""

from __future__ import annotations

import io
import posixpath
from array import array
from collections.abc import Iterator
from typing import Final, NamedTuple

from product_files.faults import FileFault
from product_files.reading.archive import Archive, DamagedFile
from product_files.reading.limits import Limits
from product_files.reading.markup import Attributes, Markup, elements, local, watch_depth
from product_files.reading.sheet import quoted
from product_files.reading.streams import BinaryFile
from product_files.reading.values import Format, compile_format, unescape
from product_files.reading.workbook import WorkbookFormat, unsupported_workbook
from product_files.reading.xlsx_sheet import XlsxSheet

_CONTENT_TYPES: Final = "[Content_Types].xml"
_USUAL_MAIN: Final = "xl/workbook.xml"
# An item, its text, and the pronunciation of the text, which is no part of it.
_ITEM: Final = "si"
_TEXT: Final = "t"
_PHONETIC: Final = "rPh"


class Relation(NamedTuple):
    """A reference from one part to another: the kind of the other, and its name."""

    kind: str
    target: str


class XlsxPackage:
    """The parts of an Excel workbook, as far as they lead to its first sheet.

    Raises FileFault: `unsupported_format` if it is none, `empty_file` if it has no sheet, and
    `archive_unsafe` if it is damaged or made to do harm.
    """

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._names = set(archive.names)
        self._main = self._find_main()
        self._relations = self._relations_of(self._main)

    def rows(self, limits: Limits) -> XlsxSheet:
        """The rows of the first sheet that is shown, or else of the first."""
        sheet, since_1904 = self._first_sheet()
        texts = SharedTextTable(self._open_related("sharedStrings"), limits.workbook_text_bytes)
        formats = self._formats(since_1904=since_1904)
        return XlsxSheet(self._archive.open(sheet), texts, formats, limits.record_bytes)

    def _find_main(self) -> str:
        relations = self._relations_of("").values()
        main = next((each.target for each in relations if each.kind == "officeDocument"), "")
        main = main or _USUAL_MAIN
        if main.endswith(".bin"):
            raise unsupported_workbook("a binary workbook (.xlsb)")
        if main not in self._names:
            raise unsupported_workbook("an office document, but not a spreadsheet")
        return main

    def _relations_of(self, part: str) -> dict[str, Relation]:
        folder, name = posixpath.split(part)
        path = posixpath.join(folder, "_rels", f"{name}.rels")
        if path not in self._names:
            return {}
        return {
            each.get("Id", ""): Relation(
                each.get("Type", "").rpartition("/")[2], _resolve(folder, each.get("Target", ""))
            )
            for name, each in elements(self._archive.open(path))
            if name == "Relationship"
        }

    def _first_sheet(self) -> tuple[str, bool]:
        """The part of the first sheet that is shown, or else of the first.

        And whether days count from 1904.
        """
        since_1904 = False
        hidden = ""
        parts = elements(self._archive.open(self._main))
        if next(parts, ("", {}))[0] != "workbook":
            raise unsupported_workbook("an office document, but not a spreadsheet")
        for name, attributes in parts:
            if name == "workbookPr":
                since_1904 = attributes.get("date1904") in ("1", "true")
            elif name == "sheet" and (path := self._worksheet(attributes)):
                if attributes.get("state", "visible") == "visible":
                    return path, since_1904
                hidden = hidden or path
        if not hidden:
            raise FileFault("empty_file", "The workbook has no sheet with rows.")
        return hidden, since_1904

    def _worksheet(self, sheet: Attributes) -> str | None:
        relation = self._relations.get(sheet.get("id", ""))
        if relation is None or relation.target not in self._names:
            raise DamagedFile
        return relation.target if relation.kind == "worksheet" else None

    def _open_related(self, kind: str) -> BinaryFile | None:
        for relation in self._relations.values():
            if relation.kind == kind and relation.target in self._names:
                return self._archive.open(relation.target)
        return None

    def _formats(self, *, since_1904: bool) -> list[Format]:
        styles = self._open_related("styles")
        return read_formats(elements(styles), since_1904=since_1904) if styles else []


def read_formats(styles: Iterator[tuple[str, Attributes]], *, since_1904: bool) -> list[Format]:
    """The functions that make text of numbers, one for each style of cells, in their order."""
    codes: dict[int, str] = {}
    compiled: dict[int, Format] = {}
    formats: list[Format] = []
    section = ""
    for name, attributes in styles:
        if name == "numFmt":
            codes[_number(attributes, "numFmtId")] = attributes.get("formatCode", "")
        elif name != "xf":
            # The styles of cells are the `xf` of one section, and parts of those have other names.
            section = name if name.endswith("Xfs") else section
        elif section == "cellXfs":
            number = _number(attributes, "numFmtId")
            if number not in compiled:
                code = codes.get(number, "")
                compiled[number] = compile_format(number, code, since_1904=since_1904)
            formats.append(compiled[number])
    return formats


class SharedTextTable:
    """The texts that the cells of a workbook share, read up to the last that was needed.

    They are kept as the bytes of a line, one after the other, in at most `limit` bytes.
    """

    def __init__(self, part: BinaryFile | None, limit: int) -> None:
        self._limit = limit
        self._bytes = bytearray()
        self._ends = array("Q", [0])
        # The text that is being read.
        self._pieces: list[str] = []
        self._waiting = 0
        self._listens = self._is_phonetic = False
        self._markup = Markup(part or io.BytesIO(b"<sst/>"))
        self._markup.parser.CharacterDataHandler = self._take
        watch_depth(self._markup, self._start, self._end)

    def __getitem__(self, index: int) -> bytes:
        """Raises FileFault: `archive_unsafe` if there is no such text, `too_large` on the way."""
        while index >= len(self._ends) - 1:
            if not self._markup.advance():
                raise DamagedFile
        if index < 0:
            raise DamagedFile
        return bytes(self._bytes[self._ends[index] : self._ends[index + 1]])

    def _start(self, name: str, _: Attributes) -> None:
        kind = local(name) if ":" in name else name
        if kind == _TEXT:
            self._listens = not self._is_phonetic
        elif kind == _PHONETIC:
            self._is_phonetic = True

    def _end(self, name: str) -> None:
        kind = local(name) if ":" in name else name
        if kind == _TEXT:
            self._listens = False
        elif kind == _ITEM:
            self._keep()
        elif kind == _PHONETIC:
            self._is_phonetic = False

    def _take(self, data: str) -> None:
        if self._listens:
            self._pieces.append(data)
            self._waiting += len(data)
            self._refuse_too_many()

    def _keep(self) -> None:
        self._bytes += quoted(unescape("".join(self._pieces)))
        self._ends.append(len(self._bytes))
        self._pieces.clear()
        self._waiting = 0
        self._refuse_too_many()

    def _refuse_too_many(self) -> None:
        used = len(self._bytes) + self._waiting + len(self._ends) * self._ends.itemsize
        if used > self._limit:
            raise FileFault(
                "too_large",
                f"The texts of the workbook take more than {self._limit:,} bytes; save the sheet"
                " as CSV.",
            )


def _resolve(folder: str, target: str) -> str:
    """The name of a part from its path, relative to a folder or, with a slash, to the root."""
    return posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")


def _number(attributes: Attributes, name: str) -> int:
    value = attributes.get(name, "0")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else 0


XLSX: Final = WorkbookFormat(
    name="xlsx",
    is_format_of=lambda archive: _CONTENT_TYPES in archive.names,
    rows_of=lambda archive, limits: XlsxPackage(archive).rows(limits),
)
