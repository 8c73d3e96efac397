import csv
import hashlib
import io
from collections import Counter
from itertools import pairwise
from typing import get_args

import pytest

from product_files.faults import RowCode
from product_files.judging.columns import map_header
from product_files.judging.rows import JudgedRow, RowFault, compile_judge
from product_files.reading import open_reader
from product_files.sample_file import FAULTY_LINES, LARGE_FAULTY_LINES, sample_lines


def sample(rows: int, seed: int = 0, duplicates: float = 1, bad: float = 0) -> bytes:
    return b"".join(sample_lines(rows, seed=seed, duplicates=duplicates, bad=bad))


def judged(data: bytes) -> list[JudgedRow | RowFault]:
    reader = open_reader(io.BytesIO(data))
    judge = compile_judge(map_header(reader.header))
    return [RowFault(code) if code else judge(cells) for _, cells, code in reader]


def test_the_same_seed_gives_the_same_bytes_everywhere() -> None:
    digest = hashlib.sha256(sample(1000, seed=7)).hexdigest()
    assert digest == "ab8ba231629ef744b36aeb775c6eea2dee47bcd568f88973a370426534b5722d"


def test_seeds_differ() -> None:
    first, second = (set(sample_lines(100, seed=seed)) for seed in (1, 2))
    assert first & second == {b"sku,name,description,price,active\n"}


def test_a_longer_file_begins_like_a_shorter_one() -> None:
    assert sample(200, bad=1).startswith(sample(100, bad=1))


def test_the_file_is_what_it_says() -> None:
    rows = list(csv.reader(io.StringIO(sample(20_000, seed=7).decode(), newline=""), strict=True))
    assert rows.pop(0) == ["sku", "name", "description", "price", "active"]
    assert len(rows) == 20_000
    keys = [row[0].lower() for row in rows]
    assert 20_000 - len(set(keys)) == pytest.approx(200, abs=50)
    assert len({row[0] for row in rows}) == pytest.approx(20_000, abs=10)
    assert sum('"' in row[2] and "\n" in row[2] for row in rows) == pytest.approx(1000, abs=150)
    assert sum(not row[0].isascii() for row in rows) == pytest.approx(250, abs=60)
    assert sum(a < b for a, b in pairwise(keys)) == pytest.approx(10_000, abs=300)
    assert len(sample(20_000, seed=7)) / 20_000 == pytest.approx(84_000_000 / 500_000, rel=0.02)


@pytest.mark.parametrize("duplicates", [0, 10, 100])
def test_repeated_skus(duplicates: int) -> None:
    rows = judged(sample(1000, seed=3, duplicates=duplicates))
    firsts: dict[str, JudgedRow | RowFault] = {}
    repeats = 0
    for row in rows:
        key = str(row[0]).lower()
        if key in firsts:
            repeats += 1
            assert row[0] != firsts[key][0]
        firsts.setdefault(key, row)
    assert repeats == pytest.approx(duplicates * 10, abs=40)


def test_every_fault_comes_in_turn() -> None:
    rows = judged(sample(2000, seed=5, bad=10))
    codes = Counter(row.code for row in rows if isinstance(row, RowFault))
    assert sum(codes.values()) == pytest.approx(200, abs=40)
    assert codes.keys() == FAULTY_LINES.keys() | LARGE_FAULTY_LINES.keys()
    assert all(codes[code] == 1 for code in LARGE_FAULTY_LINES)
    assert max(codes.values()) - min(codes[code] for code in FAULTY_LINES) <= 1


def test_every_fault_of_a_file_is_there() -> None:
    elsewhere = {"attribute_too_long", "already_exists", "not_found"}
    assert FAULTY_LINES.keys() | LARGE_FAULTY_LINES.keys() == set(get_args(RowCode)) - elsewhere
