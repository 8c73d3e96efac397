import io

import pytest

from product_files.faults import FileFault
from product_files.reading.limits import Limits
from product_files.reading.source import HEAD_BYTES, Source, open_source


class Dribble:
    """A file that gives a few bytes at a time, as a socket may."""

    def __init__(self, data: bytes) -> None:
        self._file = io.BytesIO(data)

    def read(self, size: int, /) -> bytes:
        return self._file.read(min(size, 7))


def content(source: Source, size: int) -> list[bytes]:
    return list(iter(lambda: source.read(size), b""))


@pytest.mark.parametrize("size", [1, 5, 1000])
def test_all_of_a_file_in_pieces(size: int) -> None:
    source = Source(io.BytesIO(b"0123456789"), Limits())
    assert source.head == b"0123456789"
    pieces = content(source, size)
    assert b"".join(pieces) == b"0123456789"
    assert max(map(len, pieces)) <= size
    assert source.bytes_read == 10


def test_a_file_larger_than_its_head() -> None:
    data = bytes(range(48, 58)) * (HEAD_BYTES // 8)
    source = Source(io.BytesIO(data), Limits())
    assert source.head == data[:HEAD_BYTES]
    assert source.bytes_read == HEAD_BYTES
    assert b"".join(content(source, 300_000)) == data
    assert source.bytes_read == len(data)


def test_a_file_that_gives_few_bytes_at_a_time() -> None:
    data = b"sku,name\n" * 100
    source = Source(Dribble(data), Limits())
    assert source.head == data
    assert b"".join(content(source, 64)) == data


def test_a_file_that_is_too_large() -> None:
    limits = Limits(file_bytes=HEAD_BYTES + 10)
    Source(io.BytesIO(b"x" * 100), limits)
    source = Source(io.BytesIO(b"x" * (HEAD_BYTES + 11)), limits)
    with pytest.raises(FileFault) as fault:
        content(source, 1000)
    assert fault.value.code == "too_large"


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"BZh91AY&SY", "bzip2"),
        (b"\xfd7zXZ\x00", "xz"),
        (bytes(257) + b"ustar", "tar"),
        (b"%PDF-1.7\n", "PDF"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"\xff\xd8\xff\xe0", "JPEG"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Excel workbook"),
    ],
)
def test_other_formats_are_refused_by_name(data: bytes, name: str) -> None:
    with pytest.raises(FileFault, match=name) as fault:
        open_source(io.BytesIO(data), Limits())
    assert fault.value.code == "unsupported_format"


@pytest.mark.parametrize("data", [b"x" * 256 + b"mustard", b"BZhandel,sku\n", b"PAR1,sku\n"])
def test_text_that_only_begins_like_another_format_is_text(data: bytes) -> None:
    source = open_source(io.BytesIO(data), Limits())
    assert isinstance(source, Source)
    assert content(source, 1000) == [data]
