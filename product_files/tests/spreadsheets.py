"""OpenDocument spreadsheets, written by hand as office programs write them."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from datetime import date
from xml.sax.saxutils import escape

Value = str | int | float | bool | date | None

MEDIA_TYPE = "application/vnd.oasis.opendocument.spreadsheet"
_NAMESPACE = "urn:oasis:names:tc:opendocument:xmlns:%s:1.0"
_NAMESPACES = " ".join(
    f'xmlns:{prefix}="{_NAMESPACE % name}"'
    for prefix, name in [
        ("office", "office"),
        ("table", "table"),
        ("text", "text"),
        ("style", "style"),
        ("draw", "drawing"),
    ]
)
HIDDEN = (
    '<style:style style:name="hidden" style:family="table">'
    '<style:table-properties table:display="false"/></style:style>'
)


def packed(content: str, *, media_type: str = MEDIA_TYPE, **parts: str) -> bytes:
    """A file with this `content.xml`; names of other parts have `__` for a slash, `_` for a dot."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr(zipfile.ZipInfo("mimetype"), media_type)
        made.writestr("content.xml", content)
        for name, data in parts.items():
            made.writestr(name.replace("__", "/").replace("_", "."), data)
    return file.getvalue()


def content_of(sheets: str, *, styles: str = "") -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {_NAMESPACES}>'
        f"<office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:spreadsheet>{sheets}</office:spreadsheet></office:body>"
        "</office:document-content>"
    )


def sheet(rows: str, *, style: str = "shown") -> str:
    columns = '<table:table-column table:number-columns-repeated="1024"/>'
    return f'<table:table table:style-name="{style}">{columns}{rows}</table:table>'


def spreadsheet(rows: Sequence[Sequence[Value]]) -> bytes:
    """A file with these rows from row 1 on, and the blank ones to its end that are always there."""
    written = "".join(
        f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows
    )
    return packed(content_of(sheet(written + blank_rows(1_048_576 - len(rows)))))


def blank_rows(count: int) -> str:
    return (
        f'<table:table-row table:number-rows-repeated="{count}">'
        '<table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    )


def cell(value: Value) -> str:
    if value is None:
        return "<table:table-cell/>"
    if isinstance(value, str):
        paragraphs = "".join(f"<text:p>{_written(line)}</text:p>" for line in value.split("\n"))
        return f'<table:table-cell office:value-type="string">{paragraphs}</table:table-cell>'
    if isinstance(value, bool):
        kind, attribute, text = "boolean", "boolean-value", str(value).lower()
    elif isinstance(value, date):
        kind, attribute, text = "date", "date-value", value.isoformat()
    else:
        kind, attribute, text = "float", "value", repr(value)
    return (
        f'<table:table-cell office:value-type="{kind}" office:{attribute}="{text}">'
        f"<text:p>{text.upper()}</text:p></table:table-cell>"
    )


def _written(line: str) -> str:
    """A line as LibreOffice writes it: spaces in front and behind others are elements."""
    text = escape(line).replace("\t", "<text:tab/>")
    return re.sub("^ +|(?<= ) +", lambda found: f'<text:s text:c="{len(found[0])}"/>', text)
