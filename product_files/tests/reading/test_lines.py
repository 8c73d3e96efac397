import re
from collections.abc import Iterator
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from product_files.reading.lines import MAX_KEPT_BYTES, Oversized, read_lines


def blocks_of(data: bytes, size: int) -> Iterator[bytes]:
    return (data[start : start + size] for start in range(0, len(data), size))


def lines_of(data: bytes, size: int, limit: int = 1000) -> list[bytes]:
    return list(chain.from_iterable(read_lines(blocks_of(data, size), limit)))


@given(st.text(st.sampled_from('ab,"\r\n\x0b\x85\u2028'), max_size=40), st.integers(1, 50))
def test_lines_end_at_lf_and_cr_alone(text: str, size: int) -> None:
    expected = re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+", text)
    assert lines_of(text.encode(), size) == [line.encode() for line in expected]


@given(st.lists(st.integers(0, 30), max_size=8), st.integers(1, 40), st.integers(5, 20))
def test_no_line_is_longer_than_the_limit(lengths: list[int], size: int, limit: int) -> None:
    data = b"".join(b"x" * length + b"\r\n" for length in lengths)
    lines = lines_of(data, size, limit)
    assert [isinstance(line, Oversized) for line in lines] == [n + 2 > limit for n in lengths]
    assert [
        line.size if isinstance(line, Oversized) else len(line) - 2 for line in lines
    ] == lengths


@pytest.mark.parametrize("size", [1, 100, 1023, 1024, 1025, 5000, 10_000])
@pytest.mark.parametrize("end", [b"", b"\n", b"\r", b"\r\n"])
def test_the_beginning_of_a_long_line_is_kept(size: int, end: bytes) -> None:
    content = bytes(48 + number % 10 for number in range(8001))
    before, line, *after = lines_of(b"a\n" + content + end + b"b" * bool(end), size, 2000)
    assert before == b"a\n"
    assert isinstance(line, Oversized)
    assert line.beginning == content[:MAX_KEPT_BYTES]
    assert line.size == 8001
    assert after == [b"b"] * bool(end)


def test_a_long_line_does_not_decode() -> None:
    (line,) = lines_of(b"x" * 3000, 100)
    with pytest.raises(UnicodeDecodeError):
        line.decode()
