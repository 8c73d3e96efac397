"""The records of a file, against the `csv` module where it agrees and against a slow oracle."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import asdict
from itertools import accumulate, chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from product_files.reading.cells import Dialect
from product_files.reading.lines import read_lines
from product_files.reading.records import Layout, Record, Records

MIB = 1024 * 1024


def read(
    data: bytes,
    width: int = 2,
    *,
    limit: int = MIB,
    block: int = 1000,
    dialect: Dialect = Dialect(),  # noqa: B008 # it is frozen
) -> list[Record]:
    blocks = (data[start : start + block] for start in range(0, len(data), block))
    records = Records(read_lines(blocks, limit), dialect, record_bytes=limit)
    layout = Layout(**asdict(dialect), width=width, record_bytes=limit)
    return list(chain.from_iterable(records.batches(layout)))


def test_plain_records() -> None:
    assert read(b"a,b\n,\nc,d") == [
        (1, ["a", "b"], None),
        (2, ["", ""], None),
        (3, ["c", "d"], None),
    ]


def test_blank_lines_are_no_records() -> None:
    assert read(b"\n\na,b\r\n\r\n\rc,d\n\n") == [(3, ["a", "b"], None), (6, ["c", "d"], None)]
    assert read(b"a\n\n \n", 1) == [(1, ["a"], None), (3, [" "], None)]


def test_cells_with_quotes_and_line_ends() -> None:
    data = b'"a ""b""","c\r\nd\re\nf"\r\ng,"h, i"\r\n'
    assert read(data) == [(1, ['a "b"', "c\r\nd\re\nf"], None), (5, ["g", "h, i"], None)]


def test_a_quote_inside_a_cell_without_quotes_is_text() -> None:
    assert read(b'5" pipe,6"\n "x",y""\n') == [
        (1, ['5" pipe', '6"'], None),
        (2, [' "x"', 'y""'], None),
    ]


def test_other_separators_of_lines_are_text() -> None:
    text = "a\x0b\x0c\x1c\x1d\x1e,b\x85\u2028\u2029"
    assert read(text.encode()) == [(1, text.split(","), None)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters(delimiter: str) -> None:
    data = f'a{delimiter}"b{delimiter}c"\nd{delimiter}e\n'.encode()
    rows = [(1, ["a", f"b{delimiter}c"], None), (2, ["d", "e"], None)]
    assert read(data, dialect=Dialect(delimiter=delimiter)) == rows


@pytest.mark.parametrize(
    ("line", "record"),
    [
        (b"a", (["a"], "wrong_column_count")),
        (b"a,b,c", (["a", "b", "c"], "wrong_column_count")),
        (b'"a"', (["a"], "wrong_column_count")),
        (b"a,\xe9\xc3", (["a", "\\xe9\\xc3"], "bad_encoding")),
        (b'"\xe9",b', (["\\xe9", "b"], "bad_encoding")),
        (b'"\xe9\n",b', (["\\xe9\n", "b"], "bad_encoding")),
        (b"a,b\xed\xa0\x80", (["a", "b\\xed\\xa0\\x80"], "bad_encoding")),
        (b"a,\0", (["a", "\\x00"], "nul_character")),
        (b'"\0\n",b', (["\\x00\n", "b"], "nul_character")),
        (b"\0\xff", (["\\x00\\xff"], "bad_encoding")),
        (b"\0", (["\\x00"], "nul_character")),
        (b'a,"b', (["a", '"b'], "unclosed_quote")),
        (b'a,"b"c', (["a", '"b"c'], "unclosed_quote")),
        (b'a,"b" ', (["a", '"b" '], "unclosed_quote")),
        (b'a,"\xe9', (["a", '"\\xe9'], "unclosed_quote")),
    ],
)
def test_a_fault_costs_one_record(line: bytes, record: tuple[list[str], str]) -> None:
    first, fault, *rest = read(b"x,y\n" + line + b"\nx,y\n" + b'"x",y\n')
    assert first == (1, ["x", "y"], None)
    assert fault == (2, *record)
    after = 3 + line.count(b"\n")
    assert rest == [(after, ["x", "y"], None), (after + 1, ["x", "y"], None)]


SPACED = Dialect(spaced=True)
SINGLE = Dialect(delimiter=";", quote="'")


@pytest.mark.parametrize(
    ("dialect", "line", "cells"),
    [
        (SPACED, b'a, "b, c"', ["a", "b, c"]),
        (SPACED, b" a,  b ", ["a", "b "]),
        (SPACED, b'a, "b""\nc"', ["a", 'b"\nc']),
        (SINGLE, b"'a;b';c", ["a;b", "c"]),
        (SINGLE, b"a;'b''\nc'", ["a", "b'\nc"]),
        (SINGLE, b'"a";b\'s', ['"a"', "b's"]),
    ],
)
def test_other_dialects(dialect: Dialect, line: bytes, cells: list[str]) -> None:
    odd = b"\xe9" + dialect.delimiter.encode() + b"x"
    found = read(b"\n".join([line, odd, line]), dialect=dialect, block=7)
    assert [row[1:] for row in found] == [
        (cells, None),
        (["\\xe9", "x"], "bad_encoding"),
        (cells, None),
    ]


def test_an_unclosed_quote_at_the_end_costs_its_line() -> None:
    records = read(b'a,"b\nc,d\n\ne,f')
    assert records == [
        (1, ["a", '"b'], "unclosed_quote"),
        (2, ["c", "d"], None),
        (4, ["e", "f"], None),
    ]


def test_the_lines_behind_an_unclosed_quote_keep_their_own_quotes() -> None:
    records = read(b'a,"b\nc,d\ne,"f\ng"\n')
    assert records == [
        (1, ["a", '"b'], "unclosed_quote"),
        (2, ["c", "d"], None),
        (3, ["e", "f\ng"], None),
    ]


def test_a_record_longer_than_the_limit() -> None:
    line = b"a," + b"x" * 3000
    (_, cells, code), after = read(line + b"\nc,d\n", limit=2000)
    assert code == "record_too_large"
    assert cells == ["a", "x" * 198 + "… (cut: 3,002 bytes)"]
    assert after == (2, ["c", "d"], None)


def test_a_record_as_long_as_the_limit() -> None:
    line = b'"a\n",' + b"x" * 94 + b"\n"
    assert read(line, limit=100) == [(1, ["a\n", "x" * 94], None)]
    codes = [code for _, _, code in read(line, limit=99)]
    assert codes == ["unclosed_quote", "unclosed_quote"]


def test_a_quote_that_is_not_closed_within_the_limit_costs_its_line() -> None:
    rows = [(line, ["c", "d"], None) for line in range(2, 1002)]
    assert read(b'a,"b\n' + b"c,d\n" * 1000, limit=500) == [
        (1, ["a", '"b'], "unclosed_quote"),
        *rows,
    ]


def test_an_unclosed_quote_before_a_line_that_is_too_long() -> None:
    codes = [code for _, _, code in read(b'a,"b\n' + b"x" * 3000 + b"\nc,d\n", limit=2000)]
    assert codes == ["unclosed_quote", "record_too_large", None]


@pytest.mark.timeout(30)
def test_many_unclosed_quotes_take_no_longer_than_their_number() -> None:
    # Every line opens a quote that no later line closes: 200,000,000 steps if each starts afresh.
    records = read(b'a,"b""\n' * 20_000, block=50_000)
    assert len(records) == 20_000
    assert {code for _, _, code in records} == {"unclosed_quote"}


# --- Against csv ----------------------------------------------------------------------------

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=5)
CELLS = st.text(st.sampled_from('ab,"\r\n é\u2028'), max_size=6) | TEXTS


@st.composite
def written(draw: st.DrawFn) -> tuple[list[list[str]], list[int], bytes, int]:
    """Rows, the lines on which they start, the file that `csv` makes of them, and their width."""
    width = draw(st.integers(1, 4))
    rows = draw(st.lists(st.lists(CELLS, min_size=width, max_size=width), max_size=8))
    end = draw(st.sampled_from(["\r\n", "\n", "\r"]))
    # `csv` quotes a line end only if it is its own.
    quoted = end != "\r\n" or draw(st.booleans())
    records = []
    for row in rows:
        text = io.StringIO(newline="")
        csv.writer(
            text, lineterminator=end, quoting=csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL
        ).writerow(row)
        records.append(text.getvalue())
    ends = [len(re.findall(r"\r\n|\r|\n", record)) for record in records]
    starts = [1 + before for before in accumulate(ends, initial=0)]
    return rows, starts[: len(rows)], "".join(records).encode(), width


@given(written(), st.integers(1, 60))
def test_what_csv_writes_comes_back(
    case: tuple[list[list[str]], list[int], bytes, int], block: int
) -> None:
    rows, starts, data, width = case
    expected = [(start, row, None) for start, row in zip(starts, rows, strict=True)]
    assert read(data, width, block=block) == expected


@given(st.text(st.sampled_from('ab,"\r\n '), max_size=30), st.integers(1, 40))
def test_what_csv_reads_is_read_alike(text: str, block: int) -> None:
    try:
        expected = [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row]
    except csv.Error:
        return
    if any(map(is_torn, re.findall(rb"[^\r\n]+", text.encode()))):
        return
    assert [cells for _, cells, _ in read(text.encode(), block=block)] == expected


# --- Against an oracle ----------------------------------------------------------------------


def oracle(data: bytes, width: int, limit: int) -> Iterator[Record]:
    """The rules in their plainest form: every record is tried afresh, character by character."""
    lines = re.findall(rb"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+", data)
    start = 0
    while start < len(lines):
        first = lines[start]
        number, text = start + 1, shown(first)
        start += 1
        if not first.rstrip(b"\r\n"):
            continue
        if len(first) > limit:
            size = len(first.rstrip(b"\r\n"))
            *cells, last = text.rstrip("\r\n")[:200].split(",")
            yield number, [*cells, f"{last}… (cut: {size:,} bytes)"], "record_too_large"
            continue
        raw, found = first, parsed(text)
        end = start
        while found == "open" and end < len(lines) and len(raw) + len(lines[end]) <= limit:
            raw += lines[end]
            found = parsed(shown(raw))
            end += 1
        if end == start and isinstance(found, list) and is_torn(first):
            found = "torn"
        if isinstance(found, str):
            yield number, leniently(text.rstrip("\r\n")), "unclosed_quote"
            continue
        start = end
        try:
            raw.decode()
        except UnicodeDecodeError:
            yield number, found, "bad_encoding"
            continue
        counts = None if len(found) == width else "wrong_column_count"
        yield number, found, "nul_character" if b"\0" in raw else counts  # type: ignore[misc]


def shown(raw: bytes) -> str:
    return raw.decode(errors="backslashreplace").replace("\0", "\\x00")


def raw_cells(line: str) -> list[str]:
    """A quoted cell ends at its quote if a delimiter follows; any other at the next delimiter."""
    found, at = [], 0
    while at <= len(line):
        end = at + 1
        if line[at:end] == '"':
            while end < len(line) and (line[end] != '"' or line[end : end + 2] == '""'):
                end += 2 if line[end] == '"' else 1
        is_whole = line[at : at + 1] == '"' == line[end : end + 1] and end > at
        if not (is_whole and line[end + 1 : end + 2] in ("", ",")):
            end = line.find(",", at) % (len(line) + 1) - 1
        found.append(line[at : end + 1])
        at = end + 2
    return found


def leniently(line: str) -> list[str]:
    return [
        cell[1:-1].replace('""', '"')
        if isinstance(parsed(cell), list) and cell[:1] == '"'
        else cell
        for cell in raw_cells(line)
    ]


def is_torn(raw: bytes) -> bool:
    state = "closed"
    for cell in raw_cells(shown(raw).rstrip("\r\n")):
        opens = re.match(r'[^"]+"[^"\s]', cell) and cell.count('"') % 2
        if cell[:1] == '"':
            state = "closed"
        elif state == "open" and cell[-1:] == '"':
            return True
        elif opens:
            state = "open"
    return False


def parsed(text: str) -> list[str] | str:
    """The cells of a record, or what is the matter: `open` or `broken`."""
    cells, state = [""], "start"
    for char in text:
        if state == "quoted":
            state = "closing" if char == '"' else state
            cells[-1] += char if char != '"' else ""
        elif char in "\r\n":
            return cells
        elif char == ",":
            cells.append("")
            state = "start"
        elif char == '"' and state in ("start", "closing"):
            cells[-1] += '"' if state == "closing" else ""
            state = "quoted"
        elif state == "closing":
            return "broken"
        else:
            cells[-1] += char
            state = "plain"
    return "open" if state == "quoted" else cells


PIECES = [
    b"a",
    b",",
    b'"',
    b'"',
    b'""',
    b"\n",
    b"\r",
    b"\r\n",
    b"\xc3\xa9",
    b"\xe9",
    b"\0",
    b"x" * 9,
]
BYTES = st.lists(st.sampled_from(PIECES), max_size=40).map(b"".join)


@given(BYTES | st.binary(max_size=60), st.integers(1, 3), st.integers(1, 70))
def test_any_bytes_are_read_as_the_rules_say(data: bytes, width: int, block: int) -> None:
    assert read(data, width, block=block) == list(oracle(data, width, MIB))


@given(BYTES, st.integers(1, 70), st.integers(4, 30))
def test_the_size_of_blocks_makes_no_difference(data: bytes, block: int, limit: int) -> None:
    assert read(data, block=block, limit=limit) == read(data, block=10_000, limit=limit)


@given(BYTES, st.integers(1, 70), st.integers(4, 30))
def test_every_line_is_in_one_record(data: bytes, block: int, limit: int) -> None:
    lines = re.findall(rb"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+", data)
    records = read(data, block=block, limit=limit)
    starts = [line for line, _, _ in records]
    inside = {
        line + offset
        for line, cells, code in records
        if code not in ("unclosed_quote", "record_too_large")
        for offset in range(
            1, 1 + len(re.findall(r"\r\n|\r|\n", "\n,".join(cells))) - len(cells) + 1
        )
    }
    filled = {number for number, line in enumerate(lines, start=1) if line.rstrip(b"\r\n")}
    assert starts == sorted(set(starts))
    assert filled - inside <= set(starts) <= filled - inside
