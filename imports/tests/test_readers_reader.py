import csv
import io
import tracemalloc
from itertools import chain, repeat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imports.faults import FileFault
from imports.readers import Limits, Record, open_reader

MIB = 1024 * 1024


def read(data: bytes, *, encoding: str | None = None, delimiter: str | None = None) -> list[Record]:
    return list(open_reader(io.BytesIO(data), encoding=encoding, delimiter=delimiter))


def refused(data: bytes, *, encoding: str | None = None, delimiter: str | None = None) -> str:
    with pytest.raises(FileFault) as fault:
        read(data, encoding=encoding, delimiter=delimiter)
    assert fault.value.detail.endswith(".")
    return fault.value.code


def test_what_a_reader_tells() -> None:
    reader = open_reader(io.BytesIO(b'\r\n"Name\n",SKU\r\nMug,A1\r\n\r\nRug,A2'))
    assert (reader.header_line, reader.header) == (2, ["Name", "SKU"])
    assert (reader.encoding, reader.delimiter) == ("utf-8", ",")
    assert list(reader) == [(4, ["Mug", "A1"], None), (6, ["Rug", "A2"], None)]
    assert reader.bytes_read == 31
    assert list(reader) == []


def test_a_byte_order_mark() -> None:
    reader = open_reader(io.BytesIO(b'\xef\xbb\xbf"sku",name\nA1,Mug\n'))
    assert (reader.encoding, reader.header) == ("utf-8-sig", ["sku", "name"])


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_a_delimiter_that_is_asked_for(delimiter: str) -> None:
    data = f"sku{delimiter}name\nA1{delimiter}Mug, blue\n".encode()
    assert read(data, delimiter=delimiter) == [(2, ["A1", "Mug, blue"], None)]


@pytest.mark.parametrize("delimiter", ["x", ",,", '"', "\n", "\0"])
def test_a_delimiter_that_is_none(delimiter: str) -> None:
    assert refused(b"sku\nA1\n", delimiter=delimiter) == "unsupported_format"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty_file"),
        (b"\xef\xbb\xbf", "empty_file"),
        (b" \r\n\t\n", "empty_file"),
        (b",,\n,,\n", "no_header"),
        (b'sku,"name\nA1,Mug\n', "no_header"),
        (b"x" * (MIB + 1) + b"\nA1\n", "no_header"),
        (b"sku,name", "no_rows"),
        (b"sku,name\n\r\n\n", "no_rows"),
        (b"," * 512 + b"x\n", "too_many_columns"),
        (b"sku,n\xe4me\nA1,Mug\nA2,Mug\n", "undecodable"),
        (b"sku,name\n" + b"A1,M\xfcg\n" * 3, "undecodable"),
        (b"sku\0,name\nA1,Mug\n", "unsupported_format"),
        ("sku,name\nA1,Mug\n".encode("utf-16-le"), "unsupported_format"),
        ("sku,name\nA1,Mug\n".encode("utf-16"), "unsupported_format"),
        (b"PK\x03\x04\x14\x00", "unsupported_format"),
        (b"sku;name\nA1;Mug\n", "unsupported_format"),
    ],
)
def test_files_that_are_refused(data: bytes, code: str) -> None:
    assert refused(data) == code


def test_an_encoding_that_cannot_be_read() -> None:
    assert refused(b"sku\nA1\n", encoding="utf-16") == "unsupported_format"


def test_a_row_that_is_not_utf8_costs_itself_alone() -> None:
    assert read(b"sku,name\nA1,Mug\nA2,M\xfcg\nA3,M\xc3\xbcg\n") == [
        (2, ["A1", "Mug"], None),
        (3, ["A2", "M\\xfcg"], "bad_encoding"),
        (4, ["A3", "Müg"], None),
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_larger_file_reads_as_csv_reads_it(end: str) -> None:
    rows = [
        [f"A{n}", f'Mug "{n}",{end}blue' if n % 9 == 0 else "é" * (n % 50)] for n in range(9999)
    ]
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator=end).writerows([["sku", "name"], *rows])
    records = read(text.getvalue().encode())
    assert [cells for _, cells, _ in records] == rows
    assert records[-1][0] == 1 + len(rows) + 1111


class Endless:
    """A file that is never in memory: each part so many times."""

    def __init__(self, *parts: tuple[bytes, int]) -> None:
        self._pieces = chain.from_iterable(repeat(piece, times) for piece, times in parts)
        self._rest = b""

    def read(self, size: int, /) -> bytes:
        piece = self._rest or next(self._pieces, b"")
        self._rest = piece[size:]
        return piece[:size]


@pytest.mark.parametrize("quote", [b"", b'"'])
def test_a_line_of_100_mib_takes_little_memory(quote: bytes) -> None:
    file = Endless(
        (b"sku,name\nA1,Mug\nA2," + quote, 1),
        (b"x" * 64 * 1024, 1600),
        (b"\nA3,Rug\n", 1),
    )
    tracemalloc.start()
    try:
        first, large, last = open_reader(file)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (first, last) == ((2, ["A1", "Mug"], None), (4, ["A3", "Rug"], None))
    assert large[2] == "record_too_large"
    assert large[1][1].endswith(f"xxx… (cut: 104,857,{603 + len(quote)} bytes)")
    assert peak < 10 * MIB


def test_an_unclosed_quote_before_32_mib_loses_nothing() -> None:
    file = Endless((b'sku,name\nA1,"Mug\n', 1), (64 * (b"A2," + b"x" * 1020 + b"\n"), 512))
    reader = open_reader(file)
    assert next(iter(reader)) == (2, ["A1", '"Mug'], "unclosed_quote")
    assert sum(code is None for _, _, code in reader) == 64 * 512


def test_a_file_that_turns_out_to_be_too_large() -> None:
    file = Endless((b"sku\n", 1), (b"A1\n" * 20_000, 19))
    with pytest.raises(FileFault) as fault:
        sum(1 for _ in open_reader(file, limits=Limits(file_bytes=MIB + 10_000)))
    assert fault.value.code == "too_large"


@given(
    st.binary(max_size=80)
    | st.text(st.sampled_from('sku,"\r\n;é\0'), max_size=60).map(lambda text: text.encode())
    | st.binary(max_size=60).map(lambda data: b"sku,name\n" + data),
    st.integers(1, 80),
)
def test_any_bytes_are_read_or_refused(data: bytes, block: int) -> None:
    limits = Limits(block_bytes=block, record_bytes=40)
    try:
        reader = open_reader(io.BytesIO(data), limits=limits)
        lines = [line for line, _, _ in reader]
    except FileFault:
        return
    assert lines == sorted(set(lines))
    assert lines[0] > reader.header_line
    assert reader.bytes_read == len(data)
