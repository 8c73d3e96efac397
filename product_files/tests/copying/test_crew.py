"""Whoever reads a file, and however many do: the rows are the same."""

from __future__ import annotations

import csv
import io
import signal
import subprocess
import sys
from contextlib import suppress
from multiprocessing import Pipe
from threading import Thread

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from product_files.copying.crew import CHECKOUT, MAX_ODD, Crew, stage_all, work
from product_files.copying.stager import Recipe, Stager
from product_files.faults import FileFault
from product_files.judging.columns import map_header
from product_files.reading import Limits, Reader, open_reader
from product_files.tests.reading.test_reading import mutated
from product_files.tests.workbooks import Value, workbook

LINES = [b"SKU-%d,Lamp %d\n" % (number, number) for number in range(2000)]


def opened(lines: list[bytes], block_bytes: int = 2000) -> tuple[Reader, Recipe]:
    limits = Limits(block_bytes=block_bytes, record_bytes=10_000)
    reader = open_reader(io.BytesIO(b"sku,name\n" + b"".join(lines)), limits=limits)
    return reader, Recipe(layout=reader.layout, mapping=map_header(reader.header))


def rows_of(text: bytes, delimiter: str = ",") -> list[list[str]]:
    """Rows as COPY takes them; a cell says the same with quotes and without."""
    return list(csv.reader(io.StringIO(text.decode(), newline=""), delimiter=delimiter))


def staged(lines: list[bytes], *, processes: int) -> tuple[list[list[str]], int, int]:
    reader, recipe = opened(lines)
    texts, rows, rejected = zip(*stage_all(reader, recipe, processes=processes), strict=True)
    return rows_of(b"".join(texts)), sum(rows), sum(rejected)


def with_line(at: int, line: bytes) -> list[bytes]:
    return [*LINES[:at], line, *LINES[at:]]


FILES = {
    "clean": LINES,
    "records of several lines": [
        line for sku in range(700) for line in (b'A%d,"La\n' % sku, b"\n", b'mp ""x"""\n')
    ],
    "one record longer than a piece": with_line(900, b'L,"' + b"x\n" * 4000 + b'"\n'),
    "a record that is too large": with_line(900, b'L,"' + b"x\n" * 9000 + b'"\n'),
    "a line that is too large": with_line(900, b"L," + b"x" * 20_000 + b"\n"),
    "a quote inside a cell": with_line(900, b'P,5" pipe\n'),
    "a quote inside a cell, and a record of two lines": [
        *with_line(900, b'P,5" pipe\n'),
        b'Q,"two\n',
        b'lines"\n',
        *LINES,
    ],
    "a quote that is not closed": with_line(900, b'U,"Lamp\n'),
    "text behind a quote": with_line(900, b'U,"Lamp" x\n'),
    "not UTF-8": with_line(900, b"L,caf\xc3\xa9 \xe9\n"),
    "a NUL": with_line(900, b"L,\0\n"),
    "wrong column counts": with_line(900, b"L\n"),
    "blank lines": with_line(900, b"\n\r\n\n"),
    "bad rows": [b",Lamp\n", *LINES, b"A,\n"],
    "lines that end in CR": [line.replace(b"\n", b"\r") for line in LINES],
    "something odd everywhere": [b"L,caf\xc3\xa9 \xe9\n", *LINES[:20]] * 200,
}


@pytest.mark.parametrize("lines", FILES.values(), ids=FILES.keys())
def test_any_number_of_processes_read_the_same(lines: list[bytes]) -> None:
    alone = staged(lines, processes=0)
    assert alone[1] > 500
    assert staged(lines, processes=1) == alone
    assert staged(lines, processes=3) == alone


@pytest.mark.parametrize(
    ("delimiter", "encoding", "between"),
    [
        (";", "windows-1252", b""),
        ("\t", "utf-16", b""),
        ("|", "utf-8-sig", b'B|"Lamp\r\n'),
        (";", "windows-1252", b"B;\x81\r\n"),
        (", ", "utf-8", b""),
        (",", "shift_jis", b""),
    ],
)
def test_any_dialect_and_encoding(delimiter: str, encoding: str, between: bytes) -> None:
    rows = "".join(f'A{n}{delimiter}"Lamp{delimiter} 5 °C {n}"\r\n' for n in range(1000))
    data = f"sku{delimiter}name\r\n{rows}".encode(encoding) + between

    def staged(processes: int) -> tuple[list[list[str]], int, int]:
        limits = Limits(block_bytes=2000, record_bytes=10_000)
        reader = open_reader(io.BytesIO(data), limits=limits, encoding=encoding)
        recipe = Recipe(layout=reader.layout, mapping=map_header(reader.header))
        texts, rows, bad = zip(*stage_all(reader, recipe, processes=processes), strict=True)
        return rows_of(b"".join(texts)), sum(rows), sum(bad)

    alone = staged(0)
    assert alone[1:] == (1000 + bool(between), bool(between))
    assert staged(2) == alone


@given(mutated(), st.integers(1, 80), st.sampled_from(["clear", "keep"]))
def test_pieces_of_any_file_are_staged_alike_by_themselves_and_in_order(
    data: bytes, block: int, blank: str
) -> None:
    def staged(*, by_itself: bool) -> object:
        limits = Limits(block_bytes=block, record_bytes=100)
        try:
            reader = open_reader(io.BytesIO(data), limits=limits)
            mapping = map_header(reader.header)
        except FileFault as fault:
            return fault.code
        stager = Stager(Recipe(layout=reader.layout, mapping=mapping, blank=blank))
        texts = []
        while piece := reader.take():
            alone = stager.stage_sound(piece) if by_itself else None
            found = alone or stager.stage(reader.read(piece, stager.shortcut))
            texts.append(found.text)
        return rows_of(b"".join(texts), reader.layout.delimiter)

    assert staged(by_itself=True) == staged(by_itself=False)


@pytest.mark.parametrize("name", ["clean", "records of several lines", "a quote inside a cell"])
def test_no_row_of_a_file_without_faults_is_read_here(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = staged(FILES[name], processes=0)

    def fail(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(Stager, "stage", fail)
    assert staged(FILES[name], processes=2) == expected


def test_any_number_of_processes_read_the_same_of_a_workbook() -> None:
    rows: list[list[Value]] = [[f"A{n}", "Lamp\nlarge" if n % 7 else f'"{n}"'] for n in range(900)]
    rows[300:300] = [[], ["B", "x", "surplus"], []]
    data = workbook([["sku", "name"], *rows])
    found = [staged_workbook(data, processes) for processes in (0, 2)]
    assert found[0] == found[1]
    assert len(found[0]) == 901
    assert found[0][-1][:3] == ["904", "A899", "Lamp\nlarge"]


def staged_workbook(data: bytes, processes: int) -> list[list[str]]:
    reader = open_reader(io.BytesIO(data), limits=Limits(block_bytes=2000))
    recipe = Recipe(layout=reader.layout, mapping=map_header(reader.header))
    batches = stage_all(reader, recipe, processes=processes)
    return rows_of(b"".join(batch.text for batch in batches))


def children() -> list[psutil.Process]:
    return [
        child
        for child in psutil.Process().children(recursive=True)
        if "product_files.copying.crew" in child.cmdline()
    ]


def test_members_that_are_killed_cost_no_row() -> None:
    reader, recipe = opened(LINES)
    batches = stage_all(reader, recipe, processes=2)
    found = [next(batches)]
    for child in children():
        child.kill()
        child.wait()
    found += batches
    assert rows_of(b"".join(batch.text for batch in found)) == staged(LINES, processes=0)[0]


def test_nobody_is_left_when_reading_stops_early() -> None:
    reader, recipe = opened(LINES)
    batches = stage_all(reader, recipe, processes=2)
    next(batches)
    assert len(children()) == 2
    batches.close()
    assert children() == []


def test_a_file_with_too_many_oddities_is_read_by_one() -> None:
    reader, recipe = opened([b"L,caf\xc3\xa9 \xe9\n", *LINES[:20]] * 200, block_bytes=500)
    with Crew(recipe, 2) as crew:
        for _ in range(MAX_ODD):
            crew.give_out(reader)
            assert crew.is_working
            while crew.is_working and crew.collect(reader):
                pass
        crew.give_out(reader)
        assert not crew.is_working


def test_a_member_works_as_long_as_somebody_is_there() -> None:
    ours, theirs = Pipe()
    thread = Thread(target=work, args=(theirs,))
    thread.start()
    reader, recipe = opened(LINES)
    piece = reader.take()
    assert piece
    ours.send(recipe)
    ours.send(piece)
    assert ours.recv() == Stager(recipe).stage_sound(piece)
    ours.close()
    thread.join(5)
    assert not thread.is_alive()


ABANDON = """
import os, signal, sys
from product_files.copying.crew import Member
from product_files.judging.columns import map_header
from product_files.reading.records import Layout
from product_files.copying.stager import Recipe
layout = Layout(delimiter=",", width=2, record_bytes=100)
member = Member(Recipe(layout=layout, mapping=map_header(["sku", "name"])))
print(member._process.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_members_do_not_outlive_a_killed_leader() -> None:
    leader = subprocess.run(
        [sys.executable, "-c", ABANDON], cwd=CHECKOUT, capture_output=True, text=True, check=False
    )
    assert leader.returncode == -signal.SIGKILL
    with suppress(psutil.NoSuchProcess):
        psutil.Process(int(leader.stdout)).wait(10)
