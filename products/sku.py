"""The form in which a SKU is stored. The database's `lower()` decides if two SKUs are the same."""

from typing import Final

import unicodedata2

# Unicode's White_Space, the other characters that `str.strip()` removes, and the zero-width ones
# that spreadsheets and web pages leave behind. The table's check constraint trims the same set.
SKU_TRIM: Final = (
    "\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u180e"
    + "".join(map(chr, range(0x2000, 0x200E)))
    + "\u2028\u2029\u202f\u205f\u2060\u3000\ufeff"
)


def clean_sku(text: str) -> str:
    """The SKU as it is stored: Unicode NFC, without white space and zero-width characters around.

    The result may be empty or longer than SKU_LENGTH; the caller has to check that.
    """
    # Python's own Unicode data may be older than the database's, whose check the SKU has to pass.
    return str(unicodedata2.normalize("NFC", text)).strip(SKU_TRIM)
