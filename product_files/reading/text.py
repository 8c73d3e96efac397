"""A text file as content: its bytes become UTF-8, and that is cut into physical lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from product_files.reading.encoding import Transcoder
from product_files.reading.limits import Limits
from product_files.reading.lines import read_lines
from product_files.reading.streams import Stream


class Text:
    """The lines of a text file, in the encoding that is asked for, or else in the one it has.

    Raises FileFault, as Transcoder does.
    """

    # A file has a dialect of its own, which is found on its first lines.
    dialect: Final = None
    has_whole_lines: Final = False

    def __init__(self, stream: Stream, limits: Limits, encoding: str | None) -> None:
        self._stream = stream
        self._transcoder = Transcoder(stream, limits.block_bytes, encoding)
        self._record_bytes = limits.record_bytes

    @property
    def encoding(self) -> str:
        return self._transcoder.encoding

    @property
    def encoding_samples(self) -> list[str]:
        return self._transcoder.samples

    @property
    def bytes_read(self) -> int:
        return self._stream.bytes_read

    def lines(self) -> Iterator[list[bytes]]:
        return read_lines(iter(self._transcoder), self._record_bytes)

    def shown(self, raw: bytes) -> str:
        return self._transcoder.shown(raw)
