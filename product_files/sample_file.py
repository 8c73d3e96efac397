"""A realistic product file for benchmarks, demonstrations and tests: same seed, same bytes.

Every row is a function of the seed and its number alone, so nothing here depends on the machine
or on the version of Python's `random`.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, cycle, product
from typing import Final

from product_files.faults import RowCode
from products.fields import DESCRIPTION_LENGTH, NAME_LENGTH, SKU_LENGTH

HEADER: Final = "sku,name,description,price,active\n"

# A row for each code with which reading or judging rejects one. `{sku}` is a SKU that no other row
# has; a surrogate stands for a byte that is not UTF-8.
FAULTY_LINES: Final[dict[RowCode, str]] = {
    "sku_missing": " ,Mug,,1.00,true\n",
    "sku_too_long": "{sku}" + SKU_LENGTH * "X" + ",Mug,,1.00,true\n",
    "name_missing": "{sku}, ,,1.00,true\n",
    "name_too_long": "{sku}," + (NAME_LENGTH + 1) * "M" + ",,1.00,true\n",
    "price_invalid": "{sku},Mug,,twelve,true\n",
    "price_negative": "{sku},Mug,,-1.00,true\n",
    "price_out_of_range": "{sku},Mug,,10000000000.00,true\n",
    "active_invalid": "{sku},Mug,,1.00,perhaps\n",
    "wrong_column_count": "{sku},Mug\n",
    "bad_encoding": "{sku},Caf\udce9,,1.00,true\n",
    "nul_character": "{sku},M\0g,,1.00,true\n",
    "unclosed_quote": '{sku},"Mug,,1.00,true\n',
}
# Each of these comes once in a file: otherwise they would make up nearly all of its bytes.
LARGE_FAULTY_LINES: Final[dict[RowCode, str]] = {
    "description_too_long": "{sku},Mug," + (DESCRIPTION_LENGTH + 1) * "d" + ",1.00,true\n",
    "record_too_large": "{sku},Mug," + 2**20 * "r" + ",1.00,true\n",
}

_ASCII_PREFIXES: Final = (
    *("APP", "BAG", "BED", "BIK", "BTH", "CAM", "DSK", "ELC", "FTW", "GDN", "HOM", "KIT"),
    *("LMP", "MUG", "OFF", "PET", "RUG", "SHO", "SPT", "TBL", "TOY", "TSH", "WAT", "ZIP"),
)
_PREFIXES: Final = (*20 * _ASCII_PREFIXES, "Café", "BÖRSE", "Åre", "SEÑOR", "Łódź", "naïve")
_NAMES: Final = tuple(
    " ".join(words)
    for words in product(
        ("Organic", "Classic", "Compact", "Foldable", "Vintage", "Waterproof", "Nordic"),
        ("Cotton", "Oak", "Steel", "Linen", "Leather", "Glass", "Bamboo", "Wool"),
        (
            *("Apron", "Backpack", "Basket", "Café Table", "Chopping Board", "Desk Lamp"),
            *("Footstool", "Jalapeño Grinder", "Mug", "Pillow", "Rug", "Tea Towel", "Wall Clock"),
        ),
        ("Black", "Ivory", "Forest Green", "Navy", "Rose", "Slate", "Terracotta"),
    )
)
_SENTENCES: Final = (
    "Made to last and easy to repair by anyone.",
    "Designed in small batches by people who use it every day.",
    "Suits kitchens and offices and long train rides alike.",
    "Washes well at 40 degrees and keeps its colour for many years.",
    "Packed without plastic and shipped within two working days.",
    "Two years of warranty on every part.",
    "Spare parts are available for at least ten years.",
    "A quiet favourite of our customers since the first season.",
)
_DESCRIPTIONS: Final = tuple(" ".join(pair) for pair in product(_SENTENCES, _SENTENCES))
_QUOTED_DESCRIPTIONS: Final = tuple(
    f'"{first}\nCustomers say: ""{second}""\nSize: L, 40"" wide"'
    for first, second in product(_SENTENCES, _SENTENCES)
)
_CENTS: Final = ("99", "95", "90", "50", "49", "00")

# Odd numbers: multiplication by them modulo a power of two is one to one.
_SEED_STEP: Final = 0x9E3779B97F4B
_FACTORS: Final = (0xBF58476D1CE5, 0x94D049BB1331)
_MASK: Final = 2**48 - 1


def sample_lines(
    rows: int, *, seed: int = 0, duplicates: float = 1.0, bad: float = 0.0
) -> Iterator[bytes]:
    """The header of a file and then this number of rows, each as the bytes of its line or lines.

    `duplicates` and `bad` are percentages of the rows: the first repeat the SKU of an earlier row
    in another case and with other values, the second are invalid, each kind in turn. 5 % of the
    descriptions have quotes and line breaks. 500,000 rows are about 84 MB.
    """
    sampler = _Sampler(seed=seed, duplicates=duplicates, bad=bad)
    faulty = chain(FAULTY_LINES.values(), LARGE_FAULTY_LINES.values(), cycle(FAULTY_LINES.values()))
    yield HEADER.encode()
    for number in range(rows):
        bits = sampler.bits(number)
        if sampler.is_bad(bits):
            line = next(faulty).replace("{sku}", _sku(bits))
        elif number and sampler.is_repeat(bits):
            line = _line(sampler.earlier_sku(number).swapcase(), bits)
        else:
            line = _line(_sku(bits), bits)
        yield line.encode(errors="surrogateescape")


class _Sampler:
    """Decides what each row of a file is."""

    def __init__(self, *, seed: int, duplicates: float, bad: float) -> None:
        self._start = seed * _SEED_STEP
        self._bad = round(bad * 100)
        self._unusual = self._bad + round(duplicates * 100)

    def bits(self, number: int) -> int:
        """48 bits without a pattern, different for every row: its SKU and all that is random."""
        bits = self._start + number & _MASK
        for factor in _FACTORS:
            bits = (bits ^ bits >> 24) * factor & _MASK
        return bits ^ bits >> 24

    def is_bad(self, bits: int) -> bool:
        return bits % 10_000 < self._bad

    def is_repeat(self, bits: int) -> bool:
        return self._bad <= bits % 10_000 < self._unusual

    def earlier_sku(self, number: int) -> str:
        """The SKU of a valid row before this one, if there is any."""
        bits = self.bits(number)
        while number and bits % 10_000 < self._unusual:
            number = bits // 10_000 % number
            bits = self.bits(number)
        return _sku(bits)


def _sku(bits: int) -> str:
    return f"{_PREFIXES[bits % len(_PREFIXES)]}-{bits:012X}"


def _line(sku: str, bits: int) -> str:
    bits, kind = divmod(bits // 7, 20)
    descriptions = _DESCRIPTIONS if kind else _QUOTED_DESCRIPTIONS
    return (
        f"{sku},{_NAMES[bits % len(_NAMES)]},{descriptions[bits // 4096 % 64]},"
        f"{1 + (bits >> 18 & 1023) ** 2 // 700}.{_CENTS[bits % 6]},"
        f"{'true' if bits % 10 else 'false'}\n"
    )
