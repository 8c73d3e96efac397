"""What reading a file may cost."""

from dataclasses import dataclass
from typing import Final

KIB: Final = 1024
MIB: Final = 1024 * KIB
GIB: Final = 1024 * MIB


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Sizes are in bytes. `record_bytes` counts a record with its line ends."""

    file_bytes: int = 2 * GIB
    record_bytes: int = MIB
    columns: int = 512
    # Of what a container gives; the ratio is that to the bytes it was made of.
    unpacked_bytes: int = 8 * GIB
    ratio: int = 200
    archive_entries: int = 10_000
    # Of the texts of a workbook, which are kept in memory while it is read.
    workbook_text_bytes: int = 256 * MIB
    # Read at a time. No result depends on it; larger blocks fall out of the processor's cache.
    block_bytes: int = 256 * KIB


DEFAULT_LIMITS: Final = Limits()
