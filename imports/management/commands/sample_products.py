"""Writes a realistic product file, for benchmarks, demonstrations and tests."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from product_files.sample_file import sample_lines


class Command(BaseCommand):
    help = "Write a realistic product CSV; the same options give the same bytes on any machine."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", help="where to write it; - is standard output")
        parser.add_argument("--rows", type=int, required=True, metavar="N")
        parser.add_argument("--seed", type=int, default=0, metavar="S")
        parser.add_argument(
            "--duplicates",
            type=float,
            default=1.0,
            metavar="P",
            help="percentage of rows that repeat an earlier SKU in other letter case (default: 1)",
        )
        parser.add_argument(
            "--bad",
            type=float,
            default=0.0,
            metavar="P",
            help="percentage of rows that are invalid, each kind of fault in turn (default: 0)",
        )

    def handle(
        self, *, file: str, rows: int, seed: int, duplicates: float, bad: float, **_options: Any
    ) -> None:
        if rows < 0 or min(duplicates, bad) < 0 or duplicates + bad > 100:
            raise CommandError(
                "--rows can't be negative; --duplicates and --bad are from 0 to 100 together."
            )
        lines = sample_lines(rows, seed=seed, duplicates=duplicates, bad=bad)
        if file == "-":
            sys.stdout.buffer.writelines(lines)
            return
        with Path(file).open("wb") as target:
            target.writelines(lines)
