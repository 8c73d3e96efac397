"""The bytes of a text to UTF-8.

The steps that follow see UTF-8 without a byte order mark. Bytes that stand for no character stay
visible, so that the row they are in can be rejected and shown: in a UTF-8 file they stay as they
are, in any other file each becomes three bytes that no UTF-8 text has.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from itertools import chain, islice
from typing import Final

from product_files.faults import FileCode, FileFault
from product_files.reading.limits import MIB
from product_files.reading.streams import Stream

NO_TEXT: Final[tuple[FileCode, str]] = (
    "unsupported_format",
    "This is not a text file. Save the table as CSV (UTF-8).",
)
UTF8: Final = "utf-8"
WINDOWS: Final = "windows-1252"
# The encodings that can be asked for, by their names in Python; the first five can be found too.
ENCODINGS: Final = {
    UTF8: "UTF-8",
    "utf-16": "UTF-16 with a byte order mark",
    "utf-16-le": "UTF-16, little-endian",
    "utf-16-be": "UTF-16, big-endian",
    WINDOWS: "Windows-1252 (Western Europe)",
    "windows-1250": "Windows-1250 (Central Europe)",
    "windows-1251": "Windows-1251 (Cyrillic)",
    "windows-1253": "Windows-1253 (Greek)",
    "windows-1254": "Windows-1254 (Turkish)",
    "windows-1255": "Windows-1255 (Hebrew)",
    "windows-1256": "Windows-1256 (Arabic)",
    "windows-1257": "Windows-1257 (Baltic)",
    "windows-1258": "Windows-1258 (Vietnamese)",
    "iso-8859-1": "ISO 8859-1 (Western Europe)",
    "iso-8859-2": "ISO 8859-2 (Central Europe)",
    "iso-8859-15": "ISO 8859-15 (Western Europe, with €)",
    "macintosh": "Macintosh (Western Europe)",
    "ibm850": "DOS 850 (Western Europe)",
    "ibm852": "DOS 852 (Central Europe)",
    "ibm866": "DOS 866 (Cyrillic)",
    "koi8-r": "KOI8-R (Cyrillic)",
    "cp932": "Shift JIS (Japanese)",
    "euc-jp": "EUC-JP (Japanese)",
    "euc-kr": "EUC-KR (Korean)",
    "gb18030": "GB 18030 (Chinese)",
    "big5": "Big5 (Chinese, traditional)",
}
# The encodings by the names to which Python resolves all aliases.
_KNOWN: Final = {codecs.lookup(name).name: name for name in ENCODINGS} | {
    "utf-8-sig": UTF8,
    # Files with these names often have characters of the larger encodings.
    "shift_jis": "cp932",
    "gb2312": "gb18030",
    "gbk": "gb18030",
}

# UTF-32 begins like UTF-16, so it comes first.
_MARKS: Final = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
# The encodings that may be asked for, although the mark of the file has a more exact name.
_SAME: Final = {"utf-8-sig": {UTF8}, "utf-16-le": {"utf-16"}, "utf-16-be": {"utf-16"}}

# A file without a mark is judged by this many bytes, from the first that is not ASCII.
WINDOW_BYTES: Final = MIB
# Words that are shown to a person.
MAX_SAMPLES: Final = 5

_NOT_ASCII: Final = re.compile(rb"[\x80-\xff]")
# In text that was decoded with `surrogateescape`.
_SOUND: Final = re.compile("[^\0-\x7f\udc80-\udcff]")
_BROKEN: Final = re.compile("[\udc80-\udcff]")
# Letters that are not ASCII, where the words around them end, and how far these reach at most.
_LETTER: Final = re.compile("[^\0-\x9f\ud800-\udfff]")
_EDGE: Final = re.compile('[\0-\x1f,;|"\ud800-\udfff]')
_AROUND: Final = 25
# What a byte that stands for no character becomes when it is encoded again.
_ESCAPED: Final = re.compile(rb"\xed[\xb0-\xb3][\x80-\xbf]")
_ESCAPE: Final = "imports-escape"
_SHOW: Final = "imports-show"


def _escape(error: UnicodeError) -> tuple[str, int]:
    """Like `surrogateescape`, but for any byte: half of a UTF-16 character may look like ASCII."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    wrong = error.object[error.start : error.end]
    return "".join(chr(0xDC00 + byte) for byte in wrong), error.end


def _show(error: UnicodeError) -> tuple[str, int]:
    """Write `\\xNN` for each byte that `_escape` has found, as for any other wrong byte."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    if escaped := _ESCAPED.match(error.object, error.start):
        byte = ord(escaped[0].decode(errors="surrogatepass")) - 0xDC00
        return f"\\x{byte:02x}", escaped.end()
    wrong = error.object[error.start : error.end]
    return "".join(f"\\x{byte:02x}" for byte in wrong), error.end


codecs.register_error(_ESCAPE, _escape)
codecs.register_error(_SHOW, _show)


def known_encoding(name: str) -> str | None:
    """The name in ENCODINGS for an encoding under any of its names; None if it is not known."""
    try:
        return _KNOWN.get(codecs.lookup(name.strip()).name)
    except (LookupError, ValueError):
        return None


def is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


class Transcoder:
    """The content of a file as UTF-8, in blocks; iterate over it once.

    `encoding` is what the file is read as. It is `utf-8` as long as all is ASCII, and decided at
    the first byte that is not. `samples` are words by which a person can judge the choice; for
    Unicode, which needs no judging, there are none.

    Raises FileFault: `unsupported_format` for an encoding that can't be read, `undecodable` if the
    file contradicts what is asked for, or if only a person can decide. The latter may be raised
    during iteration.
    """

    def __init__(self, stream: Stream, size: int, asked: str | None = None) -> None:
        self._stream = stream
        self._size = size
        self._is_decided = False
        self.samples: list[str] = []
        self.encoding = self._marked() or UTF8
        if asked:
            self._choose(asked)
        elif not self._is_decided:
            _refuse_unmarked(stream.head)

    def shown(self, raw: bytes) -> str:
        """A line as text for people: bytes that are no characters are written as `\\xNN`."""
        as_is = self.encoding.startswith(UTF8)
        return shown_as_is(raw) if as_is else _without_nul(raw.decode(errors=_SHOW))

    def __iter__(self) -> Iterator[bytes]:
        blocks = iter(partial(self._stream.read, self._size), b"")
        return self._decoded(blocks) if self._is_decided else self._undecided(blocks)

    def _marked(self) -> str | None:
        """The encoding that a byte order mark means, None without one; the mark is skipped."""
        for mark, encoding in _MARKS.items():
            if self._stream.head.startswith(mark):
                if encoding == "utf-32":
                    raise FileFault("unsupported_format", "This is UTF-32; save it as UTF-8.")
                self._stream.read(len(mark))
                self._is_decided = True
                return encoding
        return None

    def _choose(self, asked: str) -> None:
        encoding = known_encoding(asked)
        if encoding is None:
            raise FileFault("unsupported_format", f'There is no encoding "{asked}".')
        if self._is_decided:
            if encoding not in {self.encoding, *_SAME[self.encoding]}:
                raise FileFault(
                    "undecodable",
                    f"The file has the byte order mark of {self.encoding}, so it can't be read as"
                    f" {encoding}.",
                )
        elif encoding == "utf-16":
            raise FileFault(
                "undecodable", "The file has no byte order mark; choose utf-16-le or utf-16-be."
            )
        else:
            self.encoding = encoding
        self._is_decided = True

    def _undecided(self, blocks: Iterator[bytes]) -> Iterator[bytes]:
        """ASCII as it is; the encoding is decided at the first byte that is not ASCII."""
        for block in blocks:
            if not block.isascii() and (found := _NOT_ASCII.search(block)):
                held = [block, *self._ahead(blocks, found.start() + WINDOW_BYTES - len(block))]
                window = b"".join(held)[found.start() :]
                is_all = len(window) <= WINDOW_BYTES
                self.encoding = guess_encoding(window[:WINDOW_BYTES], is_all=is_all)
                yield from self._decoded(chain(held, blocks))
                return
            yield block

    def _ahead(self, blocks: Iterator[bytes], size: int) -> Iterator[bytes]:
        """The next blocks, until they have more than `size` bytes."""
        while size >= 0 and (block := next(blocks, b"")):
            size -= len(block)
            yield block

    def _decoded(self, blocks: Iterator[bytes]) -> Iterator[bytes]:
        return blocks if self.encoding.startswith(UTF8) else filter(None, self._transcoded(blocks))

    def _transcoded(self, blocks: Iterator[bytes]) -> Iterator[bytes]:
        decoder = codecs.getincrementaldecoder(self.encoding)(_ESCAPE)
        for block in blocks:
            yield self._encoded(decoder.decode(block))
        yield self._encoded(decoder.decode(b"", final=True))

    def _encoded(self, text: str) -> bytes:
        if not self.samples and not self.encoding.startswith("utf-"):
            self.samples = list(islice(dict.fromkeys(_telling(text)), MAX_SAMPLES))
        return text.encode("utf-8", "surrogatepass")


def guess_encoding(window: bytes, *, is_all: bool) -> str:
    """The encoding of a file without a mark; `window` begins with the first byte that is not ASCII.

    `utf-8` if at most as many bytes are wrong as characters are right: some rows are broken then.
    `windows-1252` only if nothing looks like UTF-8, and each byte is one of its characters.
    `is_all` means that the file ends with the window.

    Raises FileFault: `undecodable` if it is neither.
    """
    incremental = codecs.getincrementaldecoder(UTF8)
    with suppress(UnicodeDecodeError):
        incremental().decode(window, final=is_all)
        return UTF8
    text = incremental("surrogateescape").decode(window, final=is_all)
    broken, sound = len(_BROKEN.findall(text)), len(_SOUND.findall(text))
    if broken <= sound:
        return UTF8
    if sound:
        raise FileFault(
            "undecodable",
            "Some of the file is UTF-8 and most of it is not. Choose its encoding, or save it as"
            " UTF-8.",
        )
    try:
        window.decode(WINDOWS)
    except UnicodeDecodeError:
        if b"\0" in window:
            raise FileFault(*NO_TEXT) from None
        raise FileFault(
            "undecodable",
            "The file is neither UTF-8 nor Windows-1252. Choose its encoding, or save it as UTF-8.",
        ) from None
    return WINDOWS


def shown_as_is(raw: bytes) -> str:
    """A line of a UTF-8 file as text for people."""
    return _without_nul(raw.decode(errors="backslashreplace"))


def _without_nul(text: str) -> str:
    return text.replace("\0", "\\x00")


def _telling(text: str) -> Iterator[str]:
    """Words with letters that are not ASCII, each with the text around it."""
    end = 0
    while found := _LETTER.search(text, end):
        start = found.start()
        before = _EDGE.split(text[max(end, start - _AROUND) : start])[-1]
        words = _EDGE.split(text[start : start + _AROUND])[0]
        end = start + len(words)
        yield (before + words).strip()


def _refuse_unmarked(head: bytes) -> None:
    """Raise FileFault for UTF-16 without a mark: each ASCII character has a NUL there."""
    pairs = head[:2000]
    for encoding, high, low in (
        ("utf-16-le", pairs[1::2], pairs[::2]),
        ("utf-16-be", pairs[::2], pairs[1::2]),
    ):
        if 2 * high.count(0) > len(high) and 2 * low.count(0) < len(low):
            raise FileFault(
                "undecodable",
                f"This looks like UTF-16 without a byte order mark; choose {encoding}.",
            )
