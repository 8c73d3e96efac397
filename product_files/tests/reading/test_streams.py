import io

import pytest

from product_files.faults import FileFault
from product_files.reading.limits import MIB
from product_files.reading.streams import HEAD_BYTES, BinaryFile, StoredStream, Stream


class Dribble:
    """A file that gives a few bytes at a time, as a socket may."""

    def __init__(self, data: bytes) -> None:
        self._file = io.BytesIO(data)

    def read(self, size: int, /) -> bytes:
        return self._file.read(min(size, 7))


def stream_of(file: BinaryFile, limit: int = 2 * MIB) -> Stream:
    stored = StoredStream(file, limit)
    return Stream(stored, stored)


def content(stream: Stream, size: int) -> list[bytes]:
    return list(iter(lambda: stream.read(size), b""))


@pytest.mark.parametrize("size", [1, 5, 1000])
def test_all_of_a_file_in_pieces(size: int) -> None:
    stream = stream_of(io.BytesIO(b"0123456789"))
    assert stream.head == b"0123456789"
    pieces = content(stream, size)
    assert b"".join(pieces) == b"0123456789"
    assert max(map(len, pieces)) <= size
    assert stream.bytes_read == 10


def test_a_file_larger_than_its_head() -> None:
    data = bytes(range(48, 58)) * (HEAD_BYTES // 8)
    stream = stream_of(io.BytesIO(data))
    assert stream.head == data[:HEAD_BYTES]
    assert stream.bytes_read == HEAD_BYTES
    assert b"".join(content(stream, 300_000)) == data
    assert stream.bytes_read == len(data)


def test_a_file_that_gives_few_bytes_at_a_time() -> None:
    data = b"sku,name\n" * 100
    stream = stream_of(Dribble(data))
    assert stream.head == data
    assert b"".join(content(stream, 64)) == data


def test_a_file_that_is_too_large() -> None:
    limit = HEAD_BYTES + 10
    stream_of(io.BytesIO(b"x" * 100), limit)
    stream = stream_of(io.BytesIO(b"x" * (HEAD_BYTES + 11)), limit)
    with pytest.raises(FileFault) as fault:
        content(stream, 1000)
    assert fault.value.code == "too_large"
