import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from product_files.faults import FileFault
from product_files.reading.encoding import (
    ENCODINGS,
    WINDOW_BYTES,
    Transcoder,
    guess_encoding,
    is_utf8,
    known_encoding,
)
from product_files.reading.limits import MIB
from product_files.reading.streams import StoredStream, Stream


def opened(data: bytes, asked: str | None = None, size: int = 1000) -> Transcoder:
    stored = StoredStream(io.BytesIO(data), 8 * MIB)
    return Transcoder(Stream(stored, stored), size, asked)


def read(data: bytes, asked: str | None = None, size: int = 1000) -> tuple[str, bytes]:
    text = opened(data, asked, size)
    content = b"".join(text)
    return text.encoding, content


def refused(data: bytes, asked: str | None = None) -> tuple[str, str]:
    with pytest.raises(FileFault) as fault:
        read(data, asked)
    return fault.value.code, fault.value.detail


# --- What can be asked for ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        ("UTF8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("cp1252", "windows-1252"),
        (" Windows-1252 ", "windows-1252"),
        ("latin-1", "iso-8859-1"),
        ("mac_roman", "macintosh"),
        ("cp850", "ibm850"),
        ("utf_16_le", "utf-16-le"),
        ("sjis", "cp932"),
        ("gbk", "gb18030"),
        ("klingon", None),
        ("", None),
        ("a\0b", None),
        ("utf-7", None),
        ("unicode_escape", None),
        ("base64", None),
        ("idna", None),
    ],
)
def test_encodings_have_one_name_here(name: str, encoding: str | None) -> None:
    assert known_encoding(name) == encoding


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_what_is_offered_can_be_read(encoding: str) -> None:
    data = "sku,name\r\nA1,Mug\r\n".encode(encoding)
    assert read(data, encoding, 3)[1] == b"sku,name\r\nA1,Mug\r\n"


def test_what_is_not_offered_cannot_be_asked_for() -> None:
    assert refused(b"sku\nA1\n", "klingon")[0] == "unsupported_format"


# --- Marks ----------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 2, 3, 5, 100])
@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (b"\xef\xbb\xbf", "utf-8-sig"),
        (b"\xff\xfe", "utf-16-le"),
        (b"\xfe\xff", "utf-16-be"),
    ],
)
def test_a_byte_order_mark_decides_and_is_left_out(mark: bytes, encoding: str, size: int) -> None:
    text = "sku\nÄ1😀\n"
    data = mark + text.encode(encoding.removesuffix("-sig"))
    for asked in (None, "", encoding, encoding.rpartition("-")[0]):
        assert read(data, asked, size) == (encoding, text.encode())


def test_a_mark_that_contradicts_what_is_asked_for() -> None:
    assert refused(b"\xef\xbb\xbfsku\nA1\n", "windows-1252") == (
        "undecodable",
        "The file has the byte order mark of utf-8-sig, so it can't be read as windows-1252.",
    )
    assert refused(b"\xff\xfes\0", "utf-16-be")[0] == "undecodable"


@pytest.mark.parametrize("encoding", ["utf-32-le", "utf-32-be"])
def test_utf32_is_refused_by_name(encoding: str) -> None:
    code, detail = refused("\ufeffsku\nA1\n".encode(encoding))
    assert code == "unsupported_format"
    assert "UTF-32" in detail


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_without_a_mark_has_to_be_asked_for(encoding: str) -> None:
    data = "sku\nÄ1\n".encode(encoding)
    code, detail = refused(data)
    assert (code, encoding in detail) == ("undecodable", True)
    assert refused(data, "utf-16")[0] == "undecodable"
    assert read(data, encoding) == (encoding, "sku\nÄ1\n".encode())


# --- Without a mark -------------------------------------------------------------------------

E_ACUTE = b"\xe9"


@pytest.mark.parametrize(
    ("window", "encoding"),
    [
        ("é".encode(), "utf-8"),
        (E_ACUTE, "windows-1252"),
        (E_ACUTE + b" \x80 \xff", "windows-1252"),
        ("é ".encode() + E_ACUTE, "utf-8"),
        ("éé ".encode() + E_ACUTE, "utf-8"),
        (E_ACUTE + " é é".encode(), "utf-8"),
        ("😀".encode() + b" \xe9", "utf-8"),
        (E_ACUTE + b"\x81", None),
        ("é ".encode() + E_ACUTE + b" " + E_ACUTE, None),
    ],
)
def test_what_a_file_without_a_mark_is(window: bytes, encoding: str | None) -> None:
    if encoding:
        assert guess_encoding(window, is_all=True) == encoding
    else:
        with pytest.raises(FileFault) as fault:
            guess_encoding(window, is_all=True)
        assert fault.value.code == "undecodable"


def test_a_window_may_end_within_a_character() -> None:
    assert guess_encoding("Ä".encode()[:1], is_all=False) == "utf-8"
    assert guess_encoding("Ä".encode()[:1], is_all=True) == "windows-1252"


def test_bytes_that_are_no_text_at_all() -> None:
    assert refused(bytes(range(256)) * 4)[0] == "unsupported_format"


@pytest.mark.parametrize("before", [0, 10, 3_000_000])
def test_the_first_byte_that_is_not_ascii_decides_wherever_it_is(before: int) -> None:
    data = b"sku\n" + b"A" * before + b"\nCaf\xe9\n"
    text = opened(data, size=100_000)
    blocks = iter(text)
    first = next(blocks)
    assert text.encoding == ("utf-8" if before > 100_000 else "windows-1252")
    assert first + b"".join(blocks) == data.replace(b"\xe9", "é".encode())
    assert text.encoding == "windows-1252"


def test_what_comes_behind_the_window_changes_nothing() -> None:
    good = "é".encode() + b"x" * WINDOW_BYTES
    assert read(good + E_ACUTE * 9, size=300_000) == ("utf-8", good + E_ACUTE * 9)


@given(st.binary(max_size=40), st.integers(1, 50), st.sampled_from([None, *ENCODINGS]))
@example(b"\xc3\xa9\xe9\x81", 1, "windows-1252")
@example(b"\x81\x81\xff", 1, "cp932")
def test_blocks_make_no_difference(data: bytes, size: int, asked: str | None) -> None:
    def outcome(size: int) -> object:
        try:
            return read(data, asked, size)
        except FileFault as fault:
            return fault.code

    assert outcome(size) == outcome(10_000)


# --- Bytes that are no characters -----------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "asked", "shown"),
    [
        (b"a\x81\xe9", "windows-1252", "a\\x81é"),
        (b"a\xd2\xaa", "windows-1253", "a\\xd2\\xaa"),  # together these would be UTF-8
        (b"a\0\x2c\xd8b\0", "utf-16-le", "a\\x2c\\xd8b"),  # half of a pair, and a comma in it
        (b"a\0\x0a\xd8b\0", "utf-16-le", "a\\x0a\\xd8b"),
        (b"a\0b", "utf-16-le", "a\\x62"),
        (b"a\0\0\0", "utf-16-le", "a\\x00"),
        (b"a\xe9\0\xed\xb2\x81", "utf-8", "a\\xe9\\x00\\xed\\xb2\\x81"),
        (b"a\xff", "euc-jp", "a\\xff"),
    ],
)
def test_bytes_that_are_no_characters_are_kept_to_be_shown(
    data: bytes, asked: str, shown: str
) -> None:
    text = opened(data, asked)
    content = b"".join(text)
    assert not is_utf8(content) or b"\0" in content
    assert content.count(b",") == content.count(b"\n") == 0
    assert text.shown(content) == shown


def test_a_line_that_was_cut_can_be_shown() -> None:
    text = opened(b"\xe9", "windows-1252")
    assert text.shown("é".encode()[:1]) == "\\xc3"


@given(st.binary(max_size=30), st.sampled_from(list(ENCODINGS)))
def test_no_character_is_made_up(data: bytes, asked: str) -> None:
    try:
        encoding, content = read(data, asked)
    except FileFault:
        return
    if is_utf8(content):
        mark = {"utf-8-sig": 3, "utf-16-le": 2, "utf-16-be": 2}.get(encoding, 0)
        body = data[mark:] if data[:2] in (b"\xff\xfe", b"\xfe\xff", b"\xef\xbb") else data
        assert body.decode(encoding.removesuffix("-sig")) == content.decode()


# --- Samples --------------------------------------------------------------------------------


def test_samples_show_what_was_made_of_it() -> None:
    text = opened(
        b"sku;name\nA1;Caf\xe9 cr\xe8me, gro\xdf\nA2;Caf\xe9 cr\xe8me, gro\xdf\nA3;\x80 5\n"
    )
    assert b"".join(text)
    assert text.samples == ["Café crème", "groß", "€ 5"]


def test_samples_are_few_and_short() -> None:
    text = opened(b"".join(b"%b\xe9 %d %b\n" % (b"x" * 60, n, b"y" * 60) for n in range(50)))
    assert b"".join(text)
    assert len(text.samples) == 5
    assert max(map(len, text.samples)) <= 50


@pytest.mark.parametrize("data", ["Café".encode(), "\ufeffCafé".encode("utf-16"), b"Cafe"])
def test_unicode_needs_no_judging(data: bytes) -> None:
    text = opened(data)
    assert b"".join(text)
    assert text.samples == []


def test_bytes_that_are_no_utf8() -> None:
    assert is_utf8("é".encode())
    assert not is_utf8(b"\xe9")
    assert not is_utf8(b"\xed\xa0\x80")
