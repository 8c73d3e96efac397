"""What a workbook may cost: memory, and the size of a row."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from random import Random

import pytest

from product_files.reading.limits import MIB
from product_files.tests.reading.test_xlsx import (
    HEADER,
    SHEET,
    opened,
    read,
    refused,
    with_part,
)
from product_files.tests.workbooks import (
    MAIN,
    Value,
    pack,
    parts_of,
    workbook,
)


def flood(kind: str) -> Iterator[str]:
    yield f'<worksheet xmlns="{MAIN}"><sheetData>'
    for number in range(400_000):
        if kind == "names":
            yield f"<n{number}/>"
        elif kind == "attributes":
            yield f'<c a{number}="x{number * number}"/>'
        elif kind == "depth":
            yield f"<x a='{number * number}'>"
    if kind == "tag":
        yield "<c r='" + "".join(str(n * n) for n in range(1_000_000)) + "'/>"


@pytest.mark.parametrize("kind", ["names", "attributes", "depth", "tag"])
def test_xml_that_would_fill_the_memory_is_refused_before_it_does(kind: str) -> None:
    data = with_part(SHEET, "".join(flood(kind)))
    tracemalloc.start()
    try:
        code, detail = refused(data)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert code == "archive_unsafe"
    assert "XML" in detail
    assert most < 30 * MIB


def test_texts_that_take_too_much_memory() -> None:
    rows: list[list[Value]] = [["sku"]]
    rows += [[f"text {number}"] for number in range(1000)]
    data = workbook(rows)
    assert len(read(data)) == 1000
    assert refused(data, workbook_text_bytes=10_000)[0] == "too_large"


def test_a_text_that_never_ends_takes_too_much_memory() -> None:
    data = pack(parts_of("<row><c t='s'><v>0</v></c></row>", texts=f"<si><t>{'x' * 100_000}"))
    assert refused(data, workbook_text_bytes=10_000)[0] == "too_large"


def test_rows_that_are_made_of_the_same_text_count_each_time() -> None:
    rows: list[list[Value]] = [["sku"]]
    rows += [["x" * 1000] for _ in range(1000)]
    assert refused(workbook(rows), unpacked_bytes=500_000)[0] == "too_large"


@pytest.mark.parametrize("value", ["x" * 3000, "é" * 1500, '"' * 1500, '\n,"' * 1000])
def test_a_row_that_is_too_large_costs_itself_alone(value: str) -> None:
    rows: list[list[Value]] = [["sku", "name"], ["A1", value, "z"], ["A2", "Mug"]]
    first, second = read(workbook(rows), record_bytes=2000)
    assert (first[0], first[2]) == (2, "record_too_large")
    assert second == (3, ["A2", "Mug"], None)


def test_memory_does_not_grow_with_the_rows() -> None:
    text = Random(1).randbytes(500).hex()
    rows = "".join(f'<row><c t="str"><v>{at}{text}</v></c></row>' for at in range(20_000))
    data = pack(parts_of(HEADER + rows))
    tracemalloc.start()
    try:
        assert sum(1 for _ in opened(data)) == 20_000
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 10 * MIB


def test_memory_does_not_grow_with_how_often_a_text_is_shared() -> None:
    rows = "<row><c t='s'><v>0</v></c></row>" * 1500
    text = Random(1).randbytes(50_000).hex()
    data = pack(parts_of(HEADER + rows, texts=f"<si><t>{text}</t></si>"))
    tracemalloc.start()
    try:
        opened(data)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 20 * MIB


def test_the_size_of_a_row_is_that_of_what_its_cells_say() -> None:
    cells = f'<c t="str"><v>{"x" * 900}</v></c>' * 2
    [(_, row, code)] = read(pack(parts_of(f"{HEADER}<row>{cells}</row>")), record_bytes=2000)
    assert (code, row) == (None, ["x" * 900] * 2)
