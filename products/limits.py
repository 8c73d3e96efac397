"""How long the texts of a product may be, in characters."""

from typing import Final

SKU_LENGTH: Final = 64
NAME_LENGTH: Final = 255
DESCRIPTION_LENGTH: Final = 65_535
