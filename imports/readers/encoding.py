"""Bytes to UTF-8: the second step. Which encoding a file has is decided before its rows are read.

The steps that follow see UTF-8 without a byte order mark. Bytes that can't be decoded stay as
they are, so that the row they are in can be rejected, and shown.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from functools import partial
from typing import Final

from imports.faults import FileFault
from imports.readers.source import Source

_UTF8: Final = ("utf-8", "utf8", "utf-8-sig")

# UTF-32 begins like UTF-16, so it comes first.
_OTHER_MARKS: Final = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}


def decide_encoding(head: bytes, asked: str | None = None) -> str:
    """`utf-8`, or `utf-8-sig` where there is a byte order mark, for a file that begins so.

    Raises FileFault: `unsupported_format` for another encoding, asked for or marked, and
    `undecodable` where most lines are not UTF-8.
    """
    if asked and asked.lower() not in _UTF8:
        raise FileFault("unsupported_format", f"What can be read is UTF-8, not {asked}.")
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    for mark, name in _OTHER_MARKS.items():
        if head.startswith(mark):
            raise FileFault("unsupported_format", f"This is {name}; save the file as UTF-8.")
    if _is_mostly_undecodable(head):
        raise FileFault("undecodable", "Most of the file is not UTF-8; save the file as UTF-8.")
    return "utf-8"


def utf8_blocks(source: Source, encoding: str, size: int) -> Iterator[bytes]:
    """The content of the file as UTF-8, in blocks of `size` bytes."""
    if encoding == "utf-8-sig":
        source.read(len(codecs.BOM_UTF8))
    return iter(partial(source.read, size), b"")


def is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _is_mostly_undecodable(head: bytes) -> bool:
    """A single bad row must not cost the others; most rows bad means another encoding."""
    lines = head.splitlines()
    return 2 * sum(map(is_utf8, lines)) < len(lines)
