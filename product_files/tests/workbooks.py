"""A tiny writer of workbooks, for tests: what spreadsheets write, and what they never would."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr

CONTENT_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"></Types>'
)
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"

# A text is a shared string, a number stands as it is written here; None is an empty cell.
Value = str | int | float | bool | None


def relations(**targets: str) -> str:
    """What a part leads to: the kind of each, with a number behind it, and where."""
    kinds = {
        identity: (f"{RELATIONS}/{identity.rstrip('0123456789')}", target)
        for identity, target in targets.items()
    }
    items = "".join(
        f'<Relationship Id="{identity}" Type="{kind}" Target="{target}"/>'
        for identity, (kind, target) in kinds.items()
    )
    return f"<Relationships>{items}</Relationships>"


def letters(column: int) -> str:
    """The name of a column, from 0."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def sheet(rows: str) -> str:
    return f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'


def pack(parts: Mapping[str, str | bytes], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return file.getvalue()


def parts_of(sheet_data: str, *, texts: str = "", styles: str = "") -> dict[str, str | bytes]:
    """The parts of a workbook with one sheet, from the XML of its rows."""
    return {
        "[Content_Types].xml": CONTENT_TYPES,
        "_rels/.rels": relations(officeDocument1="xl/workbook.xml"),
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets>'
        '<sheet name="Products" sheetId="1" r:id="worksheet1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": relations(
            worksheet1="worksheets/sheet1.xml",
            sharedStrings2="sharedStrings.xml",
            styles3="/xl/styles.xml",
        ),
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}">{styles}</styleSheet>',
        "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">{texts}</sst>',
        "xl/worksheets/sheet1.xml": sheet(sheet_data),
    }


def workbook(rows: Sequence[Sequence[Value]]) -> bytes:
    """A workbook with these rows from row 1 on."""
    texts: dict[str, int] = {}
    data = "".join(
        f'<row r="{number}">{_cells(number, cells, texts)}</row>'
        for number, cells in enumerate(rows, start=1)
    )
    shared = "".join(f'<si><t xml:space="preserve">{_escaped(text)}</t></si>' for text in texts)
    return pack(parts_of(data, texts=shared))


def _cells(number: int, cells: Sequence[Value], texts: dict[str, int]) -> str:
    return "".join(
        _cell(f"{letters(column)}{number}", value, texts)
        for column, value in enumerate(cells)
        if value is not None
    )


def _cell(place: str, value: Value, texts: dict[str, int]) -> str:
    if isinstance(value, bool):
        return f'<c r="{place}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, str):
        return f'<c r="{place}" t="s"><v>{texts.setdefault(value, len(texts))}</v></c>'
    return f'<c r="{place}"><v>{value!r}</v></c>'


def _escaped(text: str) -> str:
    """With what XML can't have, or would change, written as spreadsheets write it."""
    text = text.replace("_x", "_x005F_x")
    text = "".join(
        f"_x{ord(character):04X}_" if character < " " and character not in "\t\n" else character
        for character in text
    )
    return escape(text)


def styles(*codes: str) -> str:
    """Styles of cells: the first the usual one, then one for each format, in their order."""
    formats = "".join(
        f"<numFmt numFmtId={quoteattr(str(number))} formatCode={quoteattr(code)}/>"
        for number, code in enumerate(codes, start=164)
    )
    used = "".join(f'<xf numFmtId="{164 + at}"/>' for at in range(len(codes)))
    return (
        f"<numFmts>{formats}</numFmts><cellStyleXfs><xf numFmtId='9'/></cellStyleXfs>"
        f"<cellXfs><xf numFmtId='0'/>{used}</cellXfs>"
    )
