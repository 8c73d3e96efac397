"""gzip and ZIP archives, unpacked as they are read.

Nothing is unpacked beforehand, and no size that an archive states is believed: its content is
counted as it comes, and checksums are checked at its end.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Final, cast

from product_files.faults import FileFault
from product_files.reading.limits import KIB, MIB, Limits
from product_files.reading.streams import BinaryFile, SeekableFile, StoredStream

# Compressed bytes that are read at a time.
PACKED_BYTES: Final = 64 * KIB
# The ratio means nothing in a small file: a hundred equal lines are no bomb.
RATIO_FROM_BYTES: Final = MIB
# The directory of a ZIP archive is read at once, so it may take this much memory.
MAX_DIRECTORY_BYTES: Final = 2 * MIB
# The most parts (members) in one gzip file.
MAX_MEMBERS: Final = 1_000_000

_GZIP_HEADER: Final = 16 + zlib.MAX_WBITS
_ENCRYPTED: Final = 1
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
# Files that operating systems add by themselves.
_LITTER: Final = (".DS_Store", "Thumbs.db", "desktop.ini")


class UnpackedSize:
    """The number of bytes that have come out of a container; `packed` returns what it takes itself.

    Raises FileFault: `too_large`, or `archive_unsafe` if the ratio of the two is too high.
    """

    def __init__(self, packed: Callable[[], int], limits: Limits) -> None:
        self._bytes = 0
        self._packed = packed
        self._limits = limits

    def count(self, size: int) -> None:
        self._bytes += size
        self.refuse(self._bytes)

    def refuse(self, size: int) -> None:
        """Raise FileFault if a container of this size may not give `size` bytes."""
        self.refuse_size(size)
        if size >= RATIO_FROM_BYTES and size > self._limits.ratio * self._packed():
            raise FileFault(
                "archive_unsafe",
                f"Unpacked, the file would be more than {self._limits.ratio} times its size, so it"
                " was not opened.",
            )

    def refuse_size(self, size: int) -> None:
        """Raise FileFault if no container may give `size` bytes."""
        if size > self._limits.unpacked_bytes:
            limit = f"{self._limits.unpacked_bytes:,}"
            raise FileFault("too_large", f"Unpacked, the file is larger than {limit} bytes.")


class UnpackedStream:
    """A file inside a container; its bytes are counted as they come."""

    def __init__(self, file: BinaryFile, unpacked: UnpackedSize) -> None:
        self._file = file
        self._unpacked = unpacked

    def read(self, size: int) -> bytes:
        with raising_damage():
            data = self._file.read(size)
        self._unpacked.count(len(data))
        return data


@contextmanager
def raising_damage() -> Iterator[None]:
    """Turn what Python's own modules raise for a damaged container into DamagedFile."""
    try:
        yield
    except (
        EOFError,
        IndexError,
        NotImplementedError,
        OverflowError,
        RuntimeError,
        ValueError,
        struct.error,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        raise DamagedFile from error


class DamagedFile(FileFault):
    """A container that can't be unpacked whole."""

    def __init__(self) -> None:
        super().__init__(
            "archive_unsafe",
            "The file is damaged or incomplete. Create it again, or send it again.",
        )


class Gunzip:
    """The content of a gzip file with any number of members; zeros behind them are ignored.

    Raises zlib.error, EOFError or FileFault if it is damaged.
    """

    def __init__(self, file: BinaryFile) -> None:
        self._file = file
        self._packed = b""
        self._members = 0
        self._member = zlib.decompressobj(_GZIP_HEADER)

    def read(self, size: int) -> bytes:
        while not self._member.eof or self._begin_member():
            self._packed = self._packed or self._file.read(PACKED_BYTES)
            if not self._packed:
                raise EOFError
            data = self._member.decompress(self._packed, size)
            self._packed = self._member.unconsumed_tail or self._member.unused_data
            if data:
                return data
        return b""

    def _begin_member(self) -> bool:
        while not (packed := self._packed.lstrip(b"\0")):
            self._packed = self._file.read(PACKED_BYTES)
            if not self._packed:
                return False
        self._packed = packed
        self._members += 1
        if self._members > MAX_MEMBERS:
            raise FileFault(
                "archive_unsafe", f"The file has more than {MAX_MEMBERS:,} gzip members."
            )
        self._member = zlib.decompressobj(_GZIP_HEADER)
        return True


class Archive:
    """The entries of a ZIP archive, the directory of which is read at once.

    Raises FileFault: `archive_unsafe` if it is damaged, has too many entries, or is encrypted, and
    `unsupported_format` if it has no directory, or is packed in a rare way.
    """

    def __init__(self, stored: StoredStream, limits: Limits) -> None:
        if not isinstance(stored.file, SeekableFile):
            raise TypeError("An archive is not read from front to back.")
        self._file = _BoundedReads(stored.file, stored)
        try:
            with raising_damage():
                self._zip = zipfile.ZipFile(cast("IO[bytes]", self._file))
        except DamagedFile as error:
            raise FileFault(
                "unsupported_format",
                "This looks like a ZIP archive or a workbook, but it is incomplete or is not one.",
            ) from error
        # From here on what is read is content.
        stored.bytes_read = 0
        self._stored = stored
        size = stored.file.seek(0, io.SEEK_END)
        stored.refuse(size)
        self.unpacked = UnpackedSize(lambda: size, limits)
        if len(self._zip.infolist()) > limits.archive_entries:
            raise _too_many_entries()

    @property
    def bytes_read(self) -> int:
        """Bytes of the stored file that have been read of its content."""
        return self._stored.bytes_read

    @property
    def names(self) -> list[str]:
        """The names of the files that people have put in."""
        return [entry.filename for entry in self._zip.infolist() if not _is_ignored(entry)]

    def open(self, name: str) -> UnpackedStream:
        """An entry; several can be read side by side. Raises KeyError if there is none."""
        entry = self._zip.getinfo(name)
        if entry.flag_bits & _ENCRYPTED:
            raise FileFault(
                "archive_unsafe", "The archive has a password. Create it again without one."
            )
        if entry.compress_type not in _METHODS:
            raise FileFault(
                "unsupported_format",
                "The archive uses an unusual compression. Create it again with the usual one"
                " (deflate).",
            )
        self.unpacked.refuse(entry.file_size)
        with raising_damage():
            return UnpackedStream(self._zip.open(entry), self.unpacked)


def _is_ignored(entry: zipfile.ZipInfo) -> bool:
    name = entry.filename
    is_folder = name.endswith("/")
    return is_folder or name.startswith("__MACOSX/") or name.rpartition("/")[2] in _LITTER


class _BoundedReads:
    """The file that zipfile reads: never much at once, whatever the archive states."""

    def __init__(self, file: SeekableFile, stored: StoredStream) -> None:
        self._file = file
        self._stored = stored

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._file.tell()

    def seek(self, offset: int, whence: int = 0) -> int:
        if offset < 0 and whence == 0:
            raise zipfile.BadZipFile
        try:
            return self._file.seek(offset, whence)
        except FileNotFoundError:
            raise
        except OSError as error:
            # The archive has a pointer to before the beginning of the file.
            raise zipfile.BadZipFile from error

    def read(self, size: int = -1) -> bytes:
        size = MAX_DIRECTORY_BYTES + 1 if size < 0 else size
        if size > MAX_DIRECTORY_BYTES + 1:
            raise _too_many_entries()
        # A stored file ends a read where one of its parts ends; zipfile takes that for its end.
        data = self._stored.read(size)
        while len(data) < size and (more := self._stored.read(size - len(data))):
            data += more
        return data


def _too_many_entries() -> FileFault:
    return FileFault(
        "archive_unsafe", "The archive has too many entries. Pack only the product file."
    )
