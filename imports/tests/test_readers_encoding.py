import io

import pytest

from imports.faults import FileFault
from imports.readers.encoding import decide_encoding, is_utf8, utf8_blocks
from imports.readers.limits import Limits
from imports.readers.source import Source

GOOD = b"A1,caf\xc3\xa9\n"
BAD = b"A1,caf\xe9\n"


@pytest.mark.parametrize("asked", [None, "", "utf-8", "UTF8", "utf-8-sig"])
def test_utf8(asked: str | None) -> None:
    assert decide_encoding(b"sku\nA1\n", asked) == "utf-8"
    assert decide_encoding(b"\xef\xbb\xbfsku\nA1\n", asked) == "utf-8-sig"


@pytest.mark.parametrize("asked", ["cp1252", "utf-16", "klingon", "a\0b", "utf-8\n"])
def test_what_cannot_be_read_is_not_to_be_asked_for(asked: str) -> None:
    with pytest.raises(FileFault) as fault:
        decide_encoding(b"sku\nA1\n", asked)
    assert fault.value.code == "unsupported_format"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_other_marks_are_refused_by_name(encoding: str) -> None:
    with pytest.raises(FileFault, match=encoding.upper()) as fault:
        decide_encoding("sku\nA1\n".encode(encoding))
    assert fault.value.code == "unsupported_format"


@pytest.mark.parametrize("head", [b"", BAD + GOOD, b"sku\n" + BAD, GOOD * 5 + BAD * 5])
def test_some_bad_lines_do_not_decide(head: bytes) -> None:
    assert decide_encoding(head) == "utf-8"


@pytest.mark.parametrize("head", [BAD, b"sku\n" + 2 * BAD, GOOD * 5 + BAD * 6])
def test_most_lines_decide(head: bytes) -> None:
    with pytest.raises(FileFault) as fault:
        decide_encoding(head)
    assert fault.value.code == "undecodable"


def test_a_head_may_end_within_a_character() -> None:
    assert decide_encoding("sku\nA1\nÄ".encode()[:-1]) == "utf-8"


@pytest.mark.parametrize("size", [1, 2, 5, 100])
def test_the_byte_order_mark_is_left_out(size: int) -> None:
    source = Source(io.BytesIO(b"\xef\xbb\xbfsku\nA1\n"), Limits())
    assert b"".join(utf8_blocks(source, "utf-8-sig", size)) == b"sku\nA1\n"


def test_bytes_that_are_no_utf8() -> None:
    assert is_utf8("é".encode())
    assert not is_utf8(b"\xe9")
    assert not is_utf8(b"\xed\xa0\x80")
