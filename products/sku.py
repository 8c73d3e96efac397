"""What a SKU looks like. When two SKUs are the same is for the database's `lower()` to say."""

from typing import Final

import unicodedata2

# Unicode's White_Space, what else `str.strip()` takes off, and the zero-width characters that
# spreadsheets and web pages leave behind. The check constraint of the table trims the same set.
SKU_TRIM: Final = (
    "\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u180e"
    + "".join(map(chr, range(0x2000, 0x200E)))
    + "\u2028\u2029\u202f\u205f\u2060\u3000\ufeff"
)


def clean_sku(text: str) -> str:
    """The SKU as it is stored: Unicode NFC, without white space and zero-width characters around.

    May be empty or longer than a SKU may be; both are the caller's to judge.
    """
    # Python's own table may be older than the database's, whose check the SKU has to pass.
    return str(unicodedata2.normalize("NFC", text)).strip(SKU_TRIM)
