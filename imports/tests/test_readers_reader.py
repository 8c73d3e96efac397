import csv
import io
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, product, repeat
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imports.faults import FileFault
from imports.readers import Limits, Record, open_reader
from imports.readers.dialect import DELIMITERS
from imports.readers.encoding import ENCODINGS

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
    assert (reader.encoding, reader.samples) == ("windows-1252", ["Café"])


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


# --- One file, spoiled in many ways ---------------------------------------------------------

CLEAN: Final = [
    [f"A{n}", f"Mug {n}, {'blue' * (n % 3)}", f'Made in "Łódź" {n}, by hand', f"{n}.50"]
    for n in range(12)
]
HEADER: Final = ["sku", "name", "description", "price"]


def known(columns: Sequence[str]) -> bool:
    return "sku" in columns


def clean_lines() -> list[str]:
    return written([HEADER, *CLEAN], ",", "\n", csv.QUOTE_MINIMAL).splitlines()


def spoiled() -> Iterator[tuple[str, int, str]]:
    """What is done to which line, and the file that it makes."""
    for number, line in enumerate(clean_lines()):
        cells = next(csv.reader([line]))
        for at in range(len(cells)):
            quoted = [
                '"' + cell.replace('"', '""') + '"' if "," in cell else cell for cell in cells
            ]
            more, less, quote = [*quoted], [*quoted], [*quoted]
            more.insert(at, "")
            less[at : at + 2] = ["".join(less[at : at + 2])]
            quote[at] = '"' + quote[at]
            yield "more", number, ",".join(more)
            yield "quote", number, ",".join(quote)
            if at < len(cells) - 1:
                yield "less", number, ",".join(less)
        yield "spaces", number, " ".join(quoted)


def test_a_spoiled_line_costs_itself_alone_and_is_never_taken_for_good() -> None:
    lines = clean_lines()
    for what, number, line in spoiled():
        if number == 0:
            continue
        data = "\n".join([*lines[:number], line, *lines[number + 1 :]]).encode()
        rows = list(open_reader(io.BytesIO(data), names_sku=known))
        assert [(line, cells) for line, cells, code in rows if not code] == [
            (n, cells) for n, cells in enumerate(CLEAN, start=2) if n != number + 1
        ], (what, line)
        (bad,) = [row for row in rows if row[2]]
        assert bad[0] == number + 1
        if what != "spaces":
            assert letters(bad[1]) == letters(CLEAN[number - 1])


def letters(cells: list[str]) -> str:
    return "".join(cells).replace('"', "").replace(",", "")


def test_a_spoiled_header_makes_no_row_of_it_and_no_header_of_a_row() -> None:
    lines = clean_lines()
    for what, number, line in spoiled():
        if number:
            break
        data = "\n".join([line, *lines[1:]]).encode()
        reader = open_reader(io.BytesIO(data), names_sku=known)
        if what == "spaces":
            assert reader.header_line == 2, "nothing that maps: the import refuses it"
            continue
        good = [cells for _, cells, code in reader if not code]
        assert reader.header_line == 1
        assert good == (CLEAN if len(reader.header) == 4 else [])


@pytest.mark.parametrize(
    ("spoil", "rows"),
    [
        (lambda text: text + "\n\n\n", CLEAN),
        (lambda text: text.rstrip("\n"), CLEAN),
        (lambda text: "PRODUCTS,,,\n,,,\n" + text, CLEAN),
        (lambda text: "Products of 3 May, all\n\n" + text, CLEAN),
        (lambda text: text.replace("\n", "\r"), CLEAN),
        (lambda text: text.replace("\n", "\r", 9).replace("\n", "\r\n", 9), CLEAN),
        (lambda text: text + "Total,40\n", CLEAN),
    ],
)
def test_a_file_that_is_spoiled_as_a_whole(
    spoil: Callable[[str], str], rows: list[list[str]]
) -> None:
    data = spoil("\n".join(clean_lines()) + "\n").encode()
    reader = open_reader(io.BytesIO(data), names_sku=known)
    assert reader.header == HEADER
    assert [cells for _, cells, code in reader if not code] == rows


def test_quotes_escaped_by_a_backslash_cost_their_rows() -> None:
    data = written([HEADER, *CLEAN], ",", "\n", csv.QUOTE_ALL).replace('""', '\\"').encode()
    assert {code for _, _, code in open_reader(io.BytesIO(data), names_sku=known)} == {
        "unclosed_quote"
    }


# --- Whatever comes -------------------------------------------------------------------------


def outcome(data: bytes, block: int, **asked: Any) -> object:
    """All that a reader tells; it raises nothing but FileFault."""
    limits = Limits(block_bytes=block, record_bytes=60)
    try:
        reader = open_reader(io.BytesIO(data), limits=limits, names_sku=known, **asked)
        rows = list(reader)
    except FileFault as fault:
        return fault.code
    lines = [line for line, _, _ in rows]
    assert lines == sorted(set(lines))
    assert lines[0] > reader.header_line
    assert reader.bytes_read == len(data)
    for _, cells, code in rows:
        assert code or len(cells) == len(reader.header)
        "".join(cells).encode()
        assert "\0" not in "".join(cells)
    return reader.encoding, reader.delimiter, reader.header_line, reader.header, rows


SNIPPETS: Final = [
    "sku",
    "name",
    ",",
    ";",
    "\t",
    "|",
    '"',
    "'",
    " ",
    "\n",
    "\r",
    "é",
    "\0",
    "7",
    "x" * 30,
]
TEXTS: Final = st.lists(st.sampled_from(SNIPPETS), max_size=30).map("".join)
ANY: Final = (
    st.binary(max_size=80)
    | st.tuples(TEXTS, st.sampled_from(["utf-8", "utf-16", "windows-1252", "utf-16-le"])).map(
        lambda drawn: drawn[0].encode(drawn[1])
    )
    | st.binary(max_size=60).map(lambda data: b"sku,name\n" + data)
)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A good file, in which some bytes were cut out and others put in."""
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "windows-1252"]))
    delimiter = draw(st.sampled_from(list(DELIMITERS)))
    data = written(GOOD, delimiter, "\r\n", csv.QUOTE_MINIMAL).encode(encoding)
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        end = start + draw(st.integers(0, 3))
        data = data[:start] + draw(st.binary(max_size=3)) + data[end:]
    return data


@given(ANY | mutated(), st.integers(1, 80))
def test_any_bytes_are_read_or_refused_whatever_the_blocks(data: bytes, block: int) -> None:
    assert outcome(data, block) == outcome(data, 100_000)


@given(
    ANY | mutated(),
    st.integers(1, 80),
    st.sampled_from(list(ENCODINGS)),
    st.sampled_from(list(DELIMITERS)),
)
def test_so_are_those_of_which_a_person_says_what_they_are(
    data: bytes, block: int, encoding: str, delimiter: str
) -> None:
    asked = {"encoding": encoding, "delimiter": delimiter}
    assert outcome(data, block, **asked) == outcome(data, 100_000, **asked)


def test_what_was_found_reads_the_same_when_it_is_asked_for() -> None:
    """As it is when an interrupted import reads its file again."""
    for encoding, delimiter in product(("utf-8-sig", "utf-16", "windows-1252"), DELIMITERS):
        data = written(GOOD, delimiter, "\n", csv.QUOTE_MINIMAL).encode(encoding)
        first = open_reader(io.BytesIO(data))
        rows = list(first)
        again = {"encoding": first.encoding, "delimiter": first.delimiter}
        assert read(data, **again) == rows == ROWS
