import csv

import pytest

from product_files.reading.cells import Dialect


@pytest.mark.parametrize(
    ("line", "cells"),
    [
        # The quote too many stays where it is; cells that are whole are read.
        ('"a,"b, c"', ['"a', "b, c"]),
        ('a,"b, c",d"e,"f', ["a", "b, c", 'd"e', '"f']),
        ('"a ""b""",c,"', ['a "b"', "c", '"']),
        ('"a""b,c', ['"a""b', "c"]),
        ('"a"b","c,d"', ['"a"b"', "c,d"]),
        ('a,,"', ["a", "", '"']),
    ],
)
def test_a_line_with_a_broken_quote_is_cut_all_the_same(line: str, cells: list[str]) -> None:
    dialect = Dialect()
    assert dialect.split_anyhow(line) == cells
    with pytest.raises(csv.Error):
        dialect.read(line, iter(()))
    other = Dialect(delimiter="\t", quote="'")
    assert other.split_anyhow(line.replace(",", "\t").replace('"', "'")) == [
        cell.replace(",", "\t").replace('"', "'") for cell in cells
    ]


@pytest.mark.parametrize("line", ['1"b, c",d', 'a,1.00"b, c 5"""', 'a,Mug"blue,b,red"'])
def test_a_delimiter_that_is_lost_before_a_quote_is_noticed(line: str) -> None:
    with pytest.raises(csv.Error):
        Dialect().read(line, iter(()))
    assert Dialect().split_anyhow(line) == line.split(",")


@pytest.mark.parametrize(
    "line",
    ['5" pipe,6"', '24"x18",5"', 'a"b,c', 'Pipe 5",5" pipe', 'a"b,"c"', '"a""b","c"""', '"a",b"'],
)
def test_a_quote_that_opens_nothing_is_text(line: str) -> None:
    assert Dialect().read(line, iter(())) == (next(csv.reader([line])), 1)


def test_a_spaced_line_that_is_broken() -> None:
    dialect = Dialect(spaced=True)
    assert dialect.split_anyhow('a, "b, c",  "d') == ["a", "b, c", '"d']


@pytest.mark.parametrize(
    ("dialect", "is_usual"),
    [
        (Dialect(), True),
        (Dialect(delimiter=";"), True),
        (Dialect(quote="'"), False),
        (Dialect(spaced=True), False),
    ],
)
def test_most_dialects_are_usual(dialect: Dialect, is_usual: bool) -> None:
    assert dialect.is_usual == is_usual


@pytest.mark.timeout(30)
@pytest.mark.parametrize("text", ['"a,', '""a,', '"",', '"""a,', 'a"b,', '",""', ' "a'])
def test_no_line_takes_long(text: str) -> None:
    Dialect().split_anyhow(text * 200_000)
    Dialect(spaced=True).split_anyhow(text * 200_000)


def test_a_spaced_line_is_not_torn_where_the_same_without_spaces_is_not() -> None:
    spaced = Dialect(spaced=True).read('B, 32"-TV, "Nice"', iter(()))
    assert spaced == Dialect().read('B,32"-TV,"Nice"', iter(()))
