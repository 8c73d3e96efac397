"""What reading a file may cost."""

from dataclasses import dataclass
from typing import Final

KIB: Final = 1024
MIB: Final = 1024 * KIB
GIB: Final = 1024 * MIB


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The most that a file may have. `record_bytes` includes the line ends of a record."""

    file_bytes: int = 2 * GIB
    record_bytes: int = MIB
    columns: int = 512
    # Bytes that come out of a container, also as a multiple of the bytes that it has.
    unpacked_bytes: int = 8 * GIB
    ratio: int = 200
    archive_entries: int = 10_000
    # Shared texts of a workbook, which are kept in memory while it is read.
    workbook_text_bytes: int = 256 * MIB
    # Bytes read at a time. No result depends on it; larger blocks do not fit the processor's cache.
    block_bytes: int = 256 * KIB


DEFAULT_LIMITS: Final = Limits()
