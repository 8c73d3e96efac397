"""An OpenDocument spreadsheet (.ods): an archive with one part of XML that has all sheets.

https://docs.oasis-open.org/office/OpenDocument/v1.3/OpenDocument-v1.3-part2-packages.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from product_files.faults import FileFault
from product_files.reading.archive import Archive
from product_files.reading.limits import MIB, Limits
from product_files.reading.ods_sheet import OdsSheet
from product_files.reading.sheet import SheetRow
from product_files.reading.workbook import WorkbookFormat, unsupported_workbook

_CONTENT: Final = "content.xml"
_MEDIA_TYPE: Final = "mimetype"
_MANIFEST: Final = "META-INF/manifest.xml"
# What newer office programs put in the place of everything that a password protects.
_ENCRYPTED_PACKAGE: Final = "encrypted-package"
_SPREADSHEET: Final = b"application/vnd.oasis.opendocument.spreadsheet"
_MEDIA_TYPES: Final = (_SPREADSHEET, _SPREADSHEET + b"-template")


def ods_rows(archive: Archive, limits: Limits) -> Iterator[SheetRow]:
    """The rows of the first sheet that is shown, or else of the first.

    Raises FileFault: `unsupported_format` if it is no spreadsheet or has a password.
    """
    _refuse_password(archive)
    if archive.open(_MEDIA_TYPE).read(MIB).strip() not in _MEDIA_TYPES:
        raise unsupported_workbook("an office document, but not a spreadsheet")
    return _rows(archive, limits)


def _refuse_password(archive: Archive) -> None:
    names = archive.names
    # The manifest is searched as bytes: some programs give it a document type.
    manifest = archive.open(_MANIFEST).read(MIB) if _MANIFEST in names else b""
    if _ENCRYPTED_PACKAGE in names or b"encryption-data" in manifest:
        raise FileFault("unsupported_format", "The workbook has a password; save it without one.")


def _rows(archive: Archive, limits: Limits) -> Iterator[SheetRow]:
    for may_be_hidden in (False, True):
        sheet = OdsSheet(
            archive.open(_CONTENT),
            archive.unpacked,
            limits.record_bytes,
            may_be_hidden=may_be_hidden,
        )
        yield from sheet
        if sheet.is_found:
            return
    raise FileFault("empty_file", "The workbook has no sheet with rows.")


def _is_ods(archive: Archive) -> bool:
    names = archive.names
    return _MEDIA_TYPE in names and (_CONTENT in names or _ENCRYPTED_PACKAGE in names)


ODS: Final = WorkbookFormat(name="ods", is_format_of=_is_ods, rows_of=ods_rows)
