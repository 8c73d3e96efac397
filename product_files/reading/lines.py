"""Blocks of UTF-8 to physical lines. A line that is longer than a record is never kept whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Self

# Bytes that are kept of a line that is too long, enough for the characters that are shown.
MAX_KEPT_BYTES: Final = 1024

# No UTF-8 text has this byte.
_INVALID: Final = b"\xff"


class Oversized(bytes):
    """The beginning of a line that is too long for a record; `size` is that of the whole line.

    It ends with a byte that can't be decoded, so that it is not taken for a line by mistake.
    """

    size: int

    def __new__(cls, beginning: bytes, size: int) -> Self:
        line = super().__new__(cls, beginning + _INVALID)
        line.size = size
        return line

    @property
    def beginning(self) -> bytes:
        return self[:-1]


def read_lines(blocks: Iterator[bytes], limit: int) -> Iterator[list[bytes]]:
    """The physical lines with their line ends (LF, CR LF or CR), a list for each block.

    A line of more than `limit` bytes, line end included, comes as Oversized; it is never in memory
    as a whole.
    """
    # The end of the last block: its line may go on, and a CR may be half of a line end.
    rest, dropped = b"", 0
    for block in blocks:
        data = rest + block
        lines = data.splitlines(keepends=True)
        rest = lines.pop()
        if lines:
            if dropped + len(data) > limit:
                lines[0] = _limited(lines[0], limit, dropped)
                lines[1:] = [_limited(line, limit) for line in lines[1:]]
            yield lines
            dropped = 0
        if len(rest) > limit:
            content, end = _parts(rest)
            kept = content[:MAX_KEPT_BYTES]
            rest, dropped = kept + end, dropped + len(content) - len(kept)
    if rest:
        yield [_limited(rest, limit, dropped)]


def _limited(line: bytes, limit: int, dropped: int = 0) -> bytes:
    """The line, or its beginning if it is too long; `dropped` bytes of it are gone already."""
    if dropped + len(line) <= limit:
        return line
    content, _ = _parts(line)
    return Oversized(content[:MAX_KEPT_BYTES], dropped + len(content))


def _parts(line: bytes) -> tuple[bytes, bytes]:
    content = line.rstrip(b"\r\n")
    return content, line[len(content) :]
