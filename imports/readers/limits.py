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
    # Read at a time. No result depends on it; larger blocks fall out of the processor's cache.
    block_bytes: int = 256 * KIB


DEFAULT_LIMITS: Final = Limits()
