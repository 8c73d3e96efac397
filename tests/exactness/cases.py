"""Files and catalogues in which SKUs collide, and cells are of every kind, good and bad."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from hypothesis import strategies as st

from tests import oracle

Cells = st.SearchStrategy[str]
Stored = st.SearchStrategy[dict[str, Any]]
Draw = Callable[[st.SearchStrategy[Any]], Any]

# Only a few, so that they come again in another case or form, or with something around them.
SKUS: Final = (
    *("a", "A", "b", "B", "ab", "AB", "aB", "0", "00", "0.10", "1E5", "a b", "a\nb", 'a"', "a,b"),
    *(
        "é",
        "É",
        "e\u0301",
        "E\u0301",
        "ß",
        "ẞ",
        "SS",
        "ǆ",
        "ǅ",
        "Ǆ",
        "İ",
        "i",
        "i\u0307",
        "\u0131",
        "I",
    ),
    *(
        "\u0391\u03a3",
        "\u03b1\u03c2",
        "\u03b1\u03c3",
        "K",
        "\u212a",
        "k",
        "\u00c5",
        "\u212b",
        "å",
        "Ⅷ",
        "ⅷ",
        "\ufb01",
        "fi",
    ),
    *("\uff21", "\uff41", "𐐀", "𐐨", "😀", "'=a", "=a", "''=a", "'a", "\\N", "\\.", "a\u200bb"),
    *("x" * 64, "X" * 64, "e\u0301" * 64),
)
BAD_SKUS: Final = ("", " ", "\u200b", "\u00a0\t", "x" * 65, "e\u0301" * 65, "\u0958" * 33)
AROUND: Final = ("", "", "", " ", "\t", "\u200b", "\ufeff", "\u00a0", "\u3000", "\u2060 ")

NAMES: Final = (
    "Lamp",
    "lamp",
    "Desk",
    " Desk\u200b",
    "'=Desk",
    "Caf\u00e9",
    "Cafe\u0301",
    "x" * 255,
)
BAD_NAMES: Final = ("", " ", "\u200b\t", "x" * 256)
DESCRIPTIONS: Final = (
    *("", " ", "plain", 'a "quoted", one', "two\nlines", "two\r\nlines", "'=1", "''=1", "'x"),
    *("\\N", "\\", "\\.", "\t", "a\tb", "\x1f", "\u2028", "😀", "{}", "null"),
)
LONG_DESCRIPTIONS: Final = ("x" * 65_535, "x" * 65_536)
PRICES: Final = (
    *oracle.WRITTEN_PRICES,
    *("", " ", "1", "1.5", "1.50", "01", "0", "-0", "9999999999.99", " 2\u00a0", "'+4"),
)
BAD_PRICES: Final = ("x", "1.234", "-1", "'-1", "10000000000", "1,2,3", "NaN", "1e2", "--1", "\\N")
ACTIVE_WORDS: Final = ("", " ", "true", "NO", " Published ", "draft", "1", "0", "T", "f")
BAD_ACTIVE_WORDS: Final = ("maybe", "2", "ja", "true false")
VALUES: Final = ("", "", "red", "blue", " ", "'=1", '"', "\\", "\u2028", "\x1f", "é", "null")
ATTRIBUTES: Final = ("attribute:colour", "attribute:Größe", "Size", "note")
MAPPING: Final = {"Size": "attribute:size", "note": "ignore"}


@dataclass(frozen=True, kw_only=True)
class SentFile:
    """A file, and the options with which it is imported."""

    data: bytes
    options: dict[str, Any]
    # Whether the number of products that `missing` removes is confirmed.
    confirms: bool


@dataclass(frozen=True, kw_only=True)
class Case:
    # Products of the catalogue before; no two with the same SKU key.
    before: list[dict[str, Any]] = field(repr=False)
    # Imported one after the other; they have the same SKUs.
    files: list[SentFile]


def _mostly(good: Cells, bad: Cells) -> Cells:
    """Good cells, and a bad one now and then, so that whole rows are good too."""
    return st.one_of(*[good] * 15, bad)


def _padded(skus: Sequence[str]) -> Cells:
    ends = st.sampled_from(AROUND)
    return st.builds("{}{}{}".format, ends, st.sampled_from(skus), ends)


CELLS: Final = {
    "name": _mostly(st.sampled_from(NAMES), st.sampled_from(BAD_NAMES)),
    "description": _mostly(st.sampled_from(DESCRIPTIONS), st.sampled_from(LONG_DESCRIPTIONS)),
    "price": _mostly(st.sampled_from(PRICES), st.sampled_from(BAD_PRICES)),
    "active": _mostly(st.sampled_from(ACTIVE_WORDS), st.sampled_from(BAD_ACTIVE_WORDS)),
}
STORED: Final = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["Lamp", "lamp", "Desk", "Café"]),
        "description": st.sampled_from(["", " ", "plain", "two\nlines", "=1", "'x"]),
        "price": st.sampled_from([None, Decimal(0), Decimal(1), Decimal("1.50")]),
        "active": st.booleans(),
        "attributes": st.dictionaries(
            st.sampled_from(["colour", "Größe", "size", "origin"]),
            st.sampled_from(["red", "blue", " ", "é"]),
        ),
    }
)
OPTIONS: Final = st.fixed_dictionaries(
    {
        "mode": st.sampled_from(["upsert", "upsert", "upsert", "create", "update"]),
        "on_error": st.sampled_from(["skip"] * 7 + ["abort"]),
        "blank": st.sampled_from(["clear", "keep"]),
        "missing": st.sampled_from(["keep", "keep", "deactivate", "delete"]),
    }
)


@st.composite
def cases(draw: Draw, *, max_rows: int = 24) -> Case:
    """A catalogue, and two files that are imported into it."""
    skus = draw(st.lists(st.sampled_from(SKUS), min_size=1, max_size=6))
    skus += [sku.swapcase() for sku in skus]
    stored: Stored = st.builds(dict, STORED, sku=st.sampled_from(skus))
    before = draw(st.lists(stored, min_size=draw(st.sampled_from([0, 3, 6])), max_size=8))
    files = [_file(draw, skus, max_rows) for _ in range(2)]
    return Case(before=_distinct(before), files=files)


def _file(draw: Draw, skus: list[str], max_rows: int) -> SentFile:
    header = ["sku", *(c for c in (*CELLS, *ATTRIBUTES) if draw(st.integers(0, 4)))]
    header = draw(st.permutations(header))
    cells = {**CELLS, "sku": _mostly(_padded(skus), _padded(BAD_SKUS))}
    row = st.tuples(*(cells.get(column, st.sampled_from(VALUES)) for column in header))
    min_rows = draw(st.sampled_from([1, 4, 8]))
    rows = [list(row) for row in draw(st.lists(row, min_size=min_rows, max_size=max_rows))]
    _misshape(draw, rows, header)
    data = draw(st.sampled_from(["", "\ufeff"])).encode() + _as_csv(draw, [header, *rows])
    options = draw(OPTIONS) | {"mapping": {c: MAPPING[c] for c in header if c in MAPPING}}
    return SentFile(data=data, options=options, confirms=draw(st.integers(0, 2)) > 0)


def _misshape(draw: Draw, rows: list[list[str]], header: list[str]) -> None:
    """Give one row a wrong shape or wrong bytes, in a third of the files."""
    how = draw(st.sampled_from([None] * 8 + ["short", "long", "nul", "bytes"]))
    cells = rows[draw(st.integers(0, len(rows) - 1))]
    at = next((i for i, column in enumerate(header) if column != "sku"), None)
    if how == "long":
        cells.append("more")
    elif how == "short" and at is not None:
        cells.pop()
    elif how in ("nul", "bytes") and at is not None:
        cells[at] = "Caf\0" if how == "nul" else "Caf\udc81"


def _as_csv(draw: Draw, rows: list[list[str]]) -> bytes:
    """A CSV; cells may be quoted without need, and the last line may have no line end."""
    end = draw(st.sampled_from(["\n", "\r\n"]))
    quotes_all = draw(st.booleans())
    lines = [",".join(_quoted(cell, always=quotes_all) for cell in row) for row in rows]
    text: str = end.join(lines) + draw(st.sampled_from([end, "", end + end]))
    return text.encode(errors="surrogateescape")


def _quoted(cell: str, *, always: bool) -> str:
    # A lone empty cell would be a blank line, which is no row.
    if always or not cell or any(mark in cell for mark in '",\r\n'):
        return '"' + cell.replace('"', '""') + '"'
    return cell


def _distinct(products: list[dict[str, Any]]) -> list[dict[str, Any]]:
    for product in products:
        product["sku"] = unicodedata.normalize("NFC", product["sku"])
    keys = oracle.lower(product["sku"] for product in products)
    return list({keys[product["sku"]]: product for product in reversed(products)}.values())
