"""What every format gives to the steps that follow: lines, and what is known of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from product_files.reading.cells import Dialect


class Content(Protocol):
    """The content of a file in any format, as lines of UTF-8 whose cells a delimiter separates."""

    @property
    def encoding(self) -> str:
        """The encoding of a text, or the name of a format that leaves no choice of one.

        A text that is ASCII so far may turn out to have another encoding.
        """

    @property
    def encoding_samples(self) -> list[str]:
        """Words by which a person can judge the encoding; none if it can be no other."""

    @property
    def dialect(self) -> Dialect | None:
        """The dialect in which the format gives its lines; None if the file has one of its own."""

    @property
    def has_whole_lines(self) -> bool:
        """Whether each line is a record, together with the line breaks in its cells."""

    @property
    def bytes_read(self) -> int:
        """Bytes of the stored file that have been read."""

    def lines(self) -> Iterator[list[bytes]]:
        """All lines with their line ends, a list for each block; to be called once.

        A line that is larger than a record may be comes as Oversized. Raises FileFault.
        """

    def shown(self, raw: bytes) -> str:
        """A line as text for people: bytes that stand for no character are written as `\\xNN`."""
