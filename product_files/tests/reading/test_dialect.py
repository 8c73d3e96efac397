"""What separates the cells of a file: found where it is certain, asked for where it is not."""

import csv
import io
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from product_files.faults import FileFault
from product_files.reading.cells import Dialect
from product_files.reading.dialect import (
    FIRST_LINES_BYTES,
    Trials,
    known_delimiter,
    take_first_lines,
)
from product_files.reading.lines import read_lines

LIMIT = 1024 * 1024


def names_sku(columns: Sequence[str]) -> bool:
    return "sku" in map(str.lower, columns)


def decided(data: bytes, asked: str | None = None, block: int = 1000) -> Dialect:
    first_lines, _ = sampled(data, block)
    trials = Trials(first_lines=first_lines, record_bytes=LIMIT, names_sku=names_sku)
    return trials.decide(asked).dialect


def decided_or_refused(data: bytes) -> str:
    """The delimiter, or the code of the refusal."""
    try:
        return decided(data).delimiter
    except FileFault as fault:
        return fault.code


def sampled(data: bytes, block: int = 1000) -> tuple[list[bytes], Iterator[list[bytes]]]:
    blocks = (data[start : start + block] for start in range(0, len(data), block))
    return take_first_lines(read_lines(blocks, LIMIT), LIMIT)


@pytest.mark.parametrize(
    ("name", "delimiter"),
    [
        (",", ","),
        ("\t", "\t"),
        ("tab", "\t"),
        ("TAB", "\t"),
        ("\\t", "\t"),
        ("semicolon", ";"),
        ("pipe", "|"),
        ("comma", ","),
        ("x", None),
        (",,", None),
        ('"', None),
        ("\n", None),
        ("\0", None),
        (" ", None),
        ("", None),
    ],
)
def test_what_can_be_asked_for(name: str, delimiter: str | None) -> None:
    assert known_delimiter(name) == delimiter


@pytest.mark.parametrize("delimiter", ",;\t|")
def test_what_is_asked_for_is_not_judged(delimiter: str) -> None:
    assert decided(b"sku,name\nA1,Mug\n", delimiter) == Dialect(delimiter=delimiter)


@pytest.mark.parametrize(
    ("data", "delimiter"),
    [
        (b"sku,name\nA1,Mug\n", ","),
        (b"sku\tname\nA1\tMug, blue\n", "\t"),
        (b"sku|name\nA1|Mug\n", "|"),
        # Decimal commas in each row, and even in the header.
        (b"sku;name;price\nA1;Mug;1,50\nA2;Rug;2,50\n", ";"),
        (b"sku;price,EUR\nA1;1,50\nA2;2,50\n", ";"),
        (b"article;name;price\nA1;Mug;1,50\nA2;Rug;2,50\n", ";"),
        # Texts full of another delimiter.
        (b'sku,text\nA1,"a;b;c"\nA2,"d;e;f"\n', ","),
        (b'article,text\nA1,"a;b;c"\nA2,"d;e;f"\n', ","),
        (b"article;text\nA1;a|b\nA2;c\nA3;d|e|f\n", ";"),
        # A title above.
        (b"Export of 3 May, 2026\n\nsku;name\nA1;Mug\nA2;Rug\n", ";"),
        # Most rows are short.
        (b"sku;name;price\nA1\nA2;\nA3;Mug;1\n", ";"),
        # One column.
        (b"sku\nA1\nA2\n", ","),
        (b"article\nA1\n", ","),
        (b"", ","),
        (b"sku;name\n", ";"),
    ],
)
def test_what_separates_the_columns(data: bytes, delimiter: str) -> None:
    assert decided(data) == Dialect(delimiter=delimiter)


PROSE = b"Columns: supplier, SKU, name, price; all in EUR\n"


@pytest.mark.parametrize(
    ("data", "delimiter"),
    [
        # A title in prose that names the SKU, above decimal commas.
        (PROSE + b"sku;name;price\nA1;Mug;1,50\nA2;Rug;2,50\n", ";"),
        (PROSE + b"\nsku;name;price\nA1;Mug;1,50\nA2;Rug;2\n", ";"),
        (PROSE + b"sku\tname\nA1\tMug, blue\nA2\tRug; red, green\n", "\t"),
        (b"Any; SKU; there is\nsku,price\nA1,1;50\nA2,2;50\n", ","),
        # With as many cells as some rows have by the wrong delimiter.
        (b"list, sku\nsku;name;price\nA1;Mug;1,50\nA2;Rug;2\nA3;Bed;3\n", ";"),
        # A text that names it.
        (b"sku;name\nA1;label, sku, price\nA2;Rug, blue\nA3;Bed\n", ";"),
        (b"sku,name\nA1,label|sku\nA2,Rug\nA3,Bed\n", ","),
    ],
)
def test_of_two_that_name_the_sku_it_is_the_one_whose_rows_fit(data: bytes, delimiter: str) -> None:
    assert decided(data) == Dialect(delimiter=delimiter)


@pytest.mark.parametrize(
    "data",
    [
        # By both the rows fit, or at least half of them.
        b"list, sku\nsku;price,EUR\nA1;1,50\nA2;2,50\n",
        b"list, sku\nsku;name;price\nA1;Mug;1,50\nA2;Rug;2,50\n",
        b"sku;a,sku\nA1;1,50\n",
        # By neither all of them do.
        PROSE + b"sku;name;price\nA1;Mug;1,50\nA2;Rug\n",
        # There are none.
        PROSE + b"sku;name;price\n",
        # Nothing names the SKU: by either the record above the rows may be the header.
        b"Report\nPrices, EUR\narticle;price,EUR\nA1;1,50\nA2;2,50\n",
    ],
)
def test_of_two_that_name_the_sku_a_person_has_to_choose_otherwise(data: bytes) -> None:
    assert decided_or_refused(data) == "ambiguous_delimiter"


@pytest.mark.parametrize(
    ("data", "names"),
    [
        (b"a,b;c,d\n1,2;3,4\n", "Either commas or semicolons"),
        (b"article;price,EUR\nA1;1,50\nA2;2,50\n", "Either commas or semicolons"),
        (b"a|b\tc\n", "Either tabs or vertical bars"),
        (b"article;name;price\nA1;Mug;1,50\nA2;Rug;2,50\nA3;1,50\n", "Either commas or semicolons"),
    ],
)
def test_where_two_would_do_a_person_has_to_choose(data: bytes, names: str) -> None:
    with pytest.raises(FileFault, match=names) as fault:
        decided(data)
    assert fault.value.code == "ambiguous_delimiter"
    assert decided(data, ";").delimiter == ";"


@pytest.mark.parametrize(
    ("data", "dialect"),
    [
        (b'sku, name\nA1, "Mug, blue"\n', Dialect(spaced=True)),
        (b'sku; name\nA1; "Mug"\n', Dialect(delimiter=";", spaced=True)),
        (b"sku, name\nA1, Mug\n", Dialect()),
        (b'sku,name\nA1, "Mug"\n', Dialect()),
        (b'sku, name\nA1, "Mug" blue\n', Dialect()),
        (b"sku,name\nA1,'Mug, blue'\n", Dialect(quote="'")),
        (b"'sku','name'\r'A1','Mug'\r", Dialect(quote="'")),
        (b"'article','name'\n'A1','Mug'\n", Dialect()),
        # Apostrophes that are no quotes: a name, the guard of a formula, what Excel shows.
        (b"sku,name\nA1,'Mug'\n", Dialect()),
        (b"sku,name\n'=1,Mug\n'007,Rug\n", Dialect()),
        (b"sku,name\nA1,'s Mug\nA2,x,y\n", Dialect()),
        (b"sku,name\nA1,'Mug, blue'\nA2,\"Rug\"\n", Dialect()),
    ],
)
def test_other_quotes_need_to_make_more_sense(data: bytes, dialect: Dialect) -> None:
    assert decided(data) == dialect


def test_a_sample_is_never_cut_within_quotes() -> None:
    """The long text has more tabs than the file has commas, and its quote closes behind it."""
    text = b"a\tb\n" * (FIRST_LINES_BYTES // 3)
    data = b'article,text\nA1,"' + text + b'"\n' + b"A2,b\n" * 5
    first_lines, blocks = sampled(data, 70_000)
    assert first_lines[-1] == b'"\n'
    assert b"".join(line for lines in blocks for line in lines) == data
    assert decided(data).delimiter == ","


def test_a_quote_that_is_never_closed_does_not_make_the_sample_endless() -> None:
    data = b'sku;name\nA1;"Mug\n' + b"A2;Rug\n" * 1_000_000
    first_lines, _ = sampled(data, 70_000)
    assert len(b"".join(first_lines)) < FIRST_LINES_BYTES + LIMIT + 70_000
    assert decided(data, block=70_000).delimiter == ";"


@given(st.integers(1, 3000), st.sampled_from([b"A1,Mug\n", b'"A\n1",Mug\r\n', b'A1,"Mug\n']))
def test_the_sample_does_not_depend_on_blocks(block: int, line: bytes) -> None:
    data = b"sku,name\n" + line * (FIRST_LINES_BYTES // 6)
    first_lines, blocks = sampled(data, block * 50)
    assert first_lines == sampled(data, 10_000_000)[0]
    assert b"".join(text for lines in blocks for text in lines) == data


CELL = st.text(st.sampled_from("ab ,;\t|\"'\n7"), max_size=6)


@given(
    st.lists(st.tuples(CELL, CELL), min_size=1, max_size=8),
    st.sampled_from(",;\t|"),
    st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL, csv.QUOTE_NONNUMERIC]),
    st.sampled_from(["\n", "\r\n"]),
)
def test_whatever_csv_writes_with_a_sku_is_read_with_its_delimiter(
    rows: list[tuple[str, str]], delimiter: str, quoting: int, end: str
) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator=end)  # type: ignore[arg-type]
    writer.writerows([("sku", "name, or; what|ever"), *rows])
    assert decided(text.getvalue().encode()).delimiter == delimiter


@given(
    st.text(st.sampled_from("ab ,;|\t"), max_size=4),
    st.permutations(",;|\t"),
    st.lists(st.lists(st.text(st.sampled_from("7 ,;|"), max_size=4), min_size=3, max_size=3)),
    st.sampled_from(["name", "price,EUR", "a;b", "sku,b;c"]),
    st.sampled_from(",;\t|"),
)
def test_below_prose_that_names_the_sku_nothing_is_read_with_another_delimiter(
    text: str, order: list[str], rows: list[list[str]], column: str, delimiter: str
) -> None:
    """However the prose separates its words, and whatever else is in the cells."""
    title = "{0}sku{0}{1}{2}sku{3}".format(order[0], text, *order[1:3])
    written = io.StringIO(newline="")
    writer = csv.writer(written, delimiter=delimiter, lineterminator="\n")
    writer.writerows([["sku", column, "x"], *rows])
    found = decided_or_refused(f"{title}\n{written.getvalue()}".encode())
    assert found in (delimiter, "ambiguous_delimiter")
