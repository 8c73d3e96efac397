"""`import_products FILE`: an import from a shell or cron, in this process, without a broker."""

from __future__ import annotations

import argparse
import logging
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.files.base import File
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from imports.intake.submitting import check, create
from imports.models import Import
from imports.profiles import NoSuchProfile, with_profile
from jobs import requests, runner
from jobs.models import LedgerLine
from product_files.faults import FileFault, MappingFault
from product_files.reading.dialect import known_delimiter
from product_files.reading.encoding import known_encoding

CHOICES = {
    "mode": Import.Mode,
    "on_error": Import.OnError,
    "blank": Import.Blank,
    "missing": Import.Missing,
}

# The counts that are printed at the end, in this order.
COUNTS = ("rows_read", *LedgerLine.COUNTS)

# Options without fixed choices.
OTHER_OPTIONS = ("confirm_missing", "encoding", "delimiter")

NOT_PREPARED = (
    "The database is not up to date yet, so nothing was imported."
    " Run `python3 run.py manage prepare` first."
)

CANCELLED = "cancelled: Somebody cancelled this import before its end."
UNFINISHED = "unfinished: This import has not ended. A worker will continue it."


class Command(BaseCommand):
    help = "Import a product file. Exit status: 0 all rows imported, 1 some rejected, 2 failed."
    requires_migrations_checks = True

    def check_migrations(self) -> None:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            raise CommandError(NOT_PREPARED, returncode=2)

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "file", type=Path, help="CSV, TSV, XLSX or ODS; CSV and TSV also packed"
        )
        for name, choices in CHOICES.items():
            option = f"--{name.replace('_', '-')}"
            parser.add_argument(option, choices=choices.values, default=argparse.SUPPRESS)
        parser.add_argument(
            "--confirm-missing",
            type=int,
            default=argparse.SUPPRESS,
            metavar="N",
            help="how many products --missing may remove",
        )
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            metavar="COLUMN=FIELD",
            dest="pairs",
            help="what a column becomes; may be given several times",
        )
        for option, type_, help_ in (
            ("--encoding", _encoding, "detected if it is left out"),
            ("--delimiter", _delimiter, "detected if it is left out; write `tab` for a tab"),
        ):
            parser.add_argument(option, default=argparse.SUPPRESS, type=type_, help=help_)
        parser.add_argument(
            "--profile",
            metavar="NAME",
            help="name or id of a saved profile, for the options that are left out here",
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="show what would change, and import nothing"
        )

    def handle(
        self, *, file: Path, pairs: list[str], profile: str | None, dry_run: bool, **options: Any
    ) -> None:
        given = {name: options[name] for name in (*CHOICES, *OTHER_OPTIONS) if name in options}
        if pairs:
            given["mapping"] = _mapping(pairs)
        import_ = self._create(file, review=dry_run, **_with_profile(profile, given))
        with _quiet():
            with _ProgressBar(import_.pk, self.stderr):
                runner.advance_alone(import_.pk)
            import_.refresh_from_db()
            counts = self._dry_run_result(import_) if dry_run else self._result(import_)
        self.stdout.write(_in_line(counts))
        if counts["rejected"]:
            sys.exit(1)

    def _create(self, path: Path, **options: Any) -> Import:
        try:
            with path.open("rb") as raw:
                file = File(raw, name=path.name)
                check(file, options)
                return create(file=file, filename=path.name, **options)
        except FileFault as fault:
            raise CommandError(f"{fault.code}: {fault.detail}", returncode=2) from fault
        except MappingFault as fault:
            raise CommandError(f"mapping: {fault}", returncode=2) from fault
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}", returncode=2) from error

    def _result(self, import_: Import) -> dict[str, int]:
        if import_.status != Import.Status.COMPLETED:
            raise CommandError(_reason(import_), returncode=2)
        progress = import_.progress
        return {name: getattr(progress, name) for name in COUNTS}

    def _dry_run_result(self, import_: Import) -> dict[str, int]:
        if import_.status != Import.Status.REVIEW:
            return self._result(import_)
        difference = import_.preview.difference
        requests.cancel(import_)
        self._write_numbers("changed", difference.changed)
        self._write_numbers("emptied", difference.blanked)
        self._write_numbers("rejected", difference.rejected_by_code)
        for warning in difference.warnings:
            examples = f" For example: {', '.join(warning.examples)}." if warning.examples else ""
            self.stdout.write(self.style.WARNING(f"Warning: {warning.message}{examples}"))
        return {name: difference.counts[name] for name in COUNTS}

    def _write_numbers(self, what: str, numbers: Mapping[str, int]) -> None:
        """Write numbers with their names in a line, if there are any."""
        if numbers:
            self.stdout.write(f"{what}: {_in_line(numbers)}")


def _reason(import_: Import) -> str:
    """Why an import was not completed."""
    if import_.error_code:
        return f"{import_.error_code}: {import_.error_detail}"
    return CANCELLED if import_.status == Import.Status.CANCELLED else UNFINISHED


def _in_line(numbers: Mapping[str, int]) -> str:
    return "  ".join(f"{name} {number:,}" for name, number in numbers.items())


def _encoding(text: str) -> str:
    return text and _known(known_encoding(text), f"there is no encoding {text!r}")


def _delimiter(text: str) -> str:
    return text and _known(known_delimiter(text), f"{text!r} cannot separate columns")


def _known(found: str | None, otherwise: str) -> str:
    if found is None:
        raise argparse.ArgumentTypeError(otherwise)
    return found


def _mapping(pairs: list[str]) -> dict[str, str]:
    for pair in pairs:
        if "=" not in pair:
            raise CommandError(f"--map takes COLUMN=FIELD, not {pair!r}.", returncode=2)
    return dict(pair.rsplit("=", 1) for pair in pairs)


def _with_profile(profile: str | None, given: dict[str, Any]) -> dict[str, Any]:
    try:
        return with_profile(profile, given)
    except NoSuchProfile as none:
        raise CommandError(f"--profile: {none}", returncode=2) from none


@contextmanager
def _quiet() -> Iterator[None]:
    """Without logs of success: the bar shows it, and cron would send them as mail."""
    logging.disable(logging.INFO)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


class _ProgressBar:
    """Shows on a terminal how far the import is, from a thread with its own connection."""

    width = 40

    def __init__(self, import_id: int, out: Any) -> None:
        self._import_id = import_id
        self._out = out
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._show, daemon=True)

    def __enter__(self) -> None:
        if self._out.isatty():
            self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()

    def _show(self) -> None:
        while not self._over.wait(0.2):
            progress = Import.objects.get(pk=self._import_id).progress
            filled = self.width * progress.percent // 100
            bar = "█" * filled + "·" * (self.width - filled)
            self._out.write(f"\r{bar} {progress.percent} %  {progress.rows_read:,} rows", ending="")
        self._out.write("\r" + " " * (self.width + 40) + "\r", ending="")
        connection.close()
