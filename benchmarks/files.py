"""The files that the benchmarks import."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

from django.conf import settings

from product_files.sample_file import sample_lines

SEED = 7
CENT = Decimal("0.01")


def sample(rows: int, *, duplicates: float = 1.0) -> Path:
    """The file with this number of rows that all sides import; `duplicates` is a percentage."""
    path = _path(f"sample-{rows}-{duplicates:g}.csv")
    if not path.exists():
        with path.open("wb") as file:
            file.writelines(sample_lines(rows, seed=SEED, duplicates=duplicates))
    return path


def sample_with_other_prices(rows: int) -> Path:
    """The same file with every price a cent higher."""
    path = _path(f"sample-{rows}-other-prices.csv")
    if not path.exists():
        with (
            sample(rows).open(encoding="utf-8", newline="") as source,
            path.open("w", encoding="utf-8", newline="") as file,
        ):
            reader = csv.reader(source)
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(next(reader))
            writer.writerows(
                [sku, name, description, Decimal(price) + CENT, active]
                for sku, name, description, price, active in reader
            )
    return path


def _path(name: str) -> Path:
    folder: Path = settings.VAR_DIR / "benchmarks"
    folder.mkdir(exist_ok=True)
    return folder / name
