import csv
import io
import tracemalloc
from itertools import chain, repeat
from typing import Any, Final

import pytest

from product_files.faults import FileFault
from product_files.reading import Limits, Record, open_reader

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
        (b"\n" * 3 * MIB, "empty_file"),
        (b"\xef\xbb\xbf", "empty_file"),
        (b" \r\n\t\n", "empty_file"),
        (b",,\n,,\n", "no_header"),
        (b'sku,"name\nA1,Mug,1\nA2,Mug,1\n', "no_header"),
        (b"a,b;c,d\n1,2;3,4\n", "ambiguous_delimiter"),
        (b"x" * (MIB + 1) + b"\nA1\n", "no_header"),
        (b"sku,name", "no_rows"),
        (b"sku,name\n\r\n\n", "no_rows"),
        (b"," * 512 + b"x\n", "too_many_columns"),
        (b"sku,n\x8fme\nA1,Mug\nA2,Mug\n", "undecodable"),
        (b"sku,name\n" + b"A1,M\xc3\xbcg\n" + b"A1,M\xfcg\n" * 3, "undecodable"),
        (b"sku\0,name\nA1,Mug\n", "unsupported_format"),
        ("sku,name\nA1,Mug\n".encode("utf-16-le"), "undecodable"),
        ("sku,name\nA1,Mug\n".encode("utf-32"), "unsupported_format"),
        (b"PK\x03\x04\x14\x00", "unsupported_format"),
    ],
)
def test_files_that_are_refused(data: bytes, code: str) -> None:
    assert refused(data) == code


def test_what_is_asked_for_and_cannot_be_read() -> None:
    assert refused(b"sku\nA1\n", encoding="klingon") == "unsupported_format"
    assert refused(b"sku\nA1\n", encoding="utf-16") == "undecodable"
    assert refused(b"sku,n\x8fme\nA1,Mug\n", encoding="windows-1252") == "undecodable"


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


@pytest.mark.parametrize("quote", ["", '"'])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16-le"])
def test_a_line_of_100_mib_takes_little_memory(quote: str, encoding: str) -> None:
    mark = "\ufeff" if encoding == "utf-16-le" else ""
    file = Endless(
        (f"{mark}sku,name\nA1,Mug\nA2,{quote}".encode(encoding), 1),
        (("x" * 64 * 1024).encode(encoding.removesuffix("-sig")), 1600),
        ("\nA3,Rug\n".encode(encoding.removesuffix("-sig")), 1),
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


@pytest.mark.parametrize("above", [b"\n" * 1024, b'"' * 1024, b"x" * 1024])
def test_a_file_without_a_header_takes_little_memory(above: bytes) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(FileFault):
            for _ in open_reader(Endless((above, 64 * 1024))):
                pass
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 50 * MIB


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


# --- Files as they come ---------------------------------------------------------------------

GOOD: Final = [["sku", "name", "price"], ["A1", "Mug, blue", "1,50"], ["A2", "Café", ""]]
ROWS: Final = [(line, cells, None) for line, cells in enumerate(GOOD[1:], start=2)]


def test_a_title_above_the_header_is_left_out() -> None:
    data = b"Export of 3 May, 2026\r\n\r\nsku;name\r\nA1;Mug, blue\r\n"
    reader = open_reader(io.BytesIO(data), names_sku=lambda columns: "sku" in columns)
    assert (reader.header_line, reader.header) == (3, ["sku", "name"])
    assert list(reader) == [(4, ["A1", "Mug, blue"], None)]


def test_a_broken_title_costs_no_row() -> None:
    data = b'"Export\nsku,name\nA1,Mug\nA2,"Rug"\n'
    reader = open_reader(io.BytesIO(data), names_sku=lambda columns: "sku" in columns)
    assert (reader.header_line, [cells[0] for _, cells, _ in reader]) == (2, ["A1", "A2"])


def test_a_quote_too_many_in_the_header_costs_no_row() -> None:
    reader = open_reader(io.BytesIO(b'sku,"name\nA1,Mug\nA2,"Rug"\n'))
    assert (reader.header, [cells[0] for _, cells, _ in reader]) == (["sku", '"name'], ["A1", "A2"])


def test_mixed_line_ends() -> None:
    data = b"sku,name\r\nA1,Mug\rA2,Rug\nA3,Pen\r\r\nA4,Bed"
    assert [line for line, _, _ in read(data)] == [2, 3, 4, 6]


def test_bytes_that_the_encoding_does_not_have_cost_their_row() -> None:
    data = b"sku;name\nA1;Caf\xe9\nA2;\x81\x8d;\nA3;\x80\n"
    assert read(data, encoding="cp1252") == [
        (2, ["A1", "Café"], None),
        (3, ["A2", "\\x81\\x8d", ""], "bad_encoding"),
        (4, ["A3", "€"], None),
    ]


def test_half_of_a_utf16_character_costs_its_row() -> None:
    text = "sku\tname\nA1\t😀\nA2\t\ud82c\nA3\tRug\n"
    data = b"\xff\xfe" + text.encode("utf-16-le", "surrogatepass")
    assert read(data) == [
        (2, ["A1", "😀"], None),
        (3, ["A2", "\\x2c\\xd8"], "bad_encoding"),
        (4, ["A3", "Rug"], None),
    ]


def test_one_broken_byte_makes_no_other_encoding_of_a_utf8_file() -> None:
    data = b"sku,name\n" + "A1,Café\n".encode() * 20 + b"A2,Caf\xe9\n"
    reader = open_reader(io.BytesIO(data))
    codes = [code for _, _, code in reader]
    assert (reader.encoding, codes) == ("utf-8", [None] * 20 + ["bad_encoding"])


def test_what_is_found_late_is_told_at_the_end() -> None:
    data = b"sku;name\n" + b"A1;Mug\n" * 200_000 + b"A2;Caf\xe9\n"
    reader = open_reader(io.BytesIO(data))
    assert reader.encoding == "utf-8"
    *_, last = reader
    assert last == (200_002, ["A2", "Café"], None)
    assert (reader.encoding, reader.encoding_samples) == ("windows-1252", ["Café"])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "windows-1252", "ibm850"])
@pytest.mark.parametrize("quoting", [csv.QUOTE_ALL, csv.QUOTE_MINIMAL])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_what_csv_writes_is_found_and_read(
    delimiter: str, end: str, quoting: Any, encoding: str
) -> None:
    data = written(GOOD, delimiter, end, quoting).encode(encoding)
    for content in (data, data.removesuffix(end.encode("utf-16-le"))):
        asked = encoding if encoding == "ibm850" else None
        assert read(content, encoding=asked) == ROWS


def written(rows: list[list[str]], delimiter: str, end: str, quoting: Any) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows(rows)
    return text.getvalue()
