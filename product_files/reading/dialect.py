"""What separates the cells of a file, and what quotes them: decided on its first records.

Each delimiter is tried on the same records. The right one is the one with which a record names the
SKU. If there are several of that kind, it is the one with which all records below such a header
have as many cells as the header, provided that with each of the others fewer than half have. If no
delimiter makes a record name the SKU, it is the one with which all records, or at least most, have
the same number of cells. If two delimiters remain, a person has to choose: a wrong guess would
still look like a table.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from typing import Final

from product_files.faults import FileFault
from product_files.reading.cells import Dialect
from product_files.reading.encoding import shown_as_is
from product_files.reading.header import MAX_RECORDS_SEARCHED, NamesSku, names_of
from product_files.reading.limits import KIB
from product_files.reading.records import Record, Records

# The delimiters and what people call them, the usual one first.
DELIMITERS: Final = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
# Names for delimiters that are hard to type.
_ALIASES: Final = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}

# The records that begin in this much of a file decide. No result depends on blocks.
FIRST_LINES_BYTES: Final = 64 * KIB


def known_delimiter(name: str) -> str | None:
    """The delimiter with this name; None if there is none."""
    delimiter = _ALIASES.get(name.strip().lower(), name)
    return delimiter if delimiter in DELIMITERS else None


_HALF: Final = 0.5


@dataclass(frozen=True, kw_only=True)
class Trial:
    """The first records of a file as one dialect reads them."""

    dialect: Dialect
    records: list[Record]
    # The most frequent number of cells, and how many records have it.
    width: int
    agreeing: int
    # The indexes of the records that name the SKU.
    naming: list[int]

    @property
    def names_sku(self) -> bool:
        return bool(self.naming)

    @property
    def borne_out(self) -> float:
        """The share (0 to 1) of the records below a header that have as many cells as it.

        A header is a record that names the SKU. One without records below counts as a half.
        """
        return max(map(self._share_as_wide_below, self.naming), default=0)

    def _share_as_wide_below(self, place: int) -> float:
        widths = _widths(self.records[place + 1 :])
        return widths.count(len(self.records[place][1])) / len(widths) if widths else _HALF

    @property
    def fit(self) -> tuple[int, bool]:
        return self.agreeing, self.names_sku

    @property
    def is_table(self) -> bool:
        return self.width > 1 and 2 * self.agreeing > len(self.records)

    @property
    def is_whole_table(self) -> bool:
        return self.width > 1 and self.agreeing == len(self.records)


def take_first_lines(
    blocks: Iterator[list[bytes]], record_bytes: int
) -> tuple[list[bytes], Iterator[list[bytes]]]:
    """The first lines of a file, and all of its blocks of lines, the first ones included.

    If quotes are in pairs, the first lines end with a record.
    """
    taken: list[list[bytes]] = []

    def noted() -> Iterator[bytes]:
        for block in blocks:
            taken.append(block)
            yield from block

    return _first_lines(noted(), FIRST_LINES_BYTES + record_bytes), chain(taken, blocks)


def _first_lines(lines: Iterator[bytes], most: int) -> list[bytes]:
    first_lines: list[bytes] = []
    size = whole = is_open = 0
    for line in lines:
        first_lines.append(line)
        size += len(line)
        is_open ^= line.count(b'"') % 2
        whole = whole if is_open else len(first_lines)
        if size >= most or (size >= FIRST_LINES_BYTES and not is_open):
            return first_lines[:whole] or first_lines
    return first_lines


@dataclass(frozen=True, kw_only=True)
class Trials:
    """Reads the first lines of a file in one dialect after the other."""

    first_lines: list[bytes]
    record_bytes: int
    names_sku: NamesSku
    shown: Callable[[bytes], str] = shown_as_is

    def decide(self, asked: str | None = None) -> Trial:
        """The trial that fits best, with the delimiter `asked` for, or with one that is found.

        Raises FileFault: `unsupported_format` for an unknown delimiter, `ambiguous_delimiter`.
        """
        if asked:
            delimiter = known_delimiter(asked)
            if delimiter is None:
                raise FileFault("unsupported_format", f'"{asked}" cannot separate columns.')
            return self._best(delimiter)
        data = b"".join(self.first_lines)
        usual, *others = DELIMITERS
        found = [delimiter for delimiter in others if delimiter.encode() in data]
        return _only([self._best(delimiter) for delimiter in (usual, *found)])

    def _best(self, delimiter: str) -> Trial:
        """The trial with the usual quotes, unless the file makes sense only with others."""
        usual = self.read(Dialect(delimiter=delimiter))
        if _has_spaces(usual):
            spaced = self.read(replace(usual.dialect, spaced=True))
            return spaced if spaced.agreeing >= usual.agreeing else usual
        if not (usual.is_whole_table and usual.names_sku) and self._has_apostrophes(delimiter):
            other = self.read(replace(usual.dialect, quote="'"))
            return other if other.is_table and other.fit > usual.fit else usual
        return usual

    def _has_apostrophes(self, delimiter: str) -> bool:
        """Whether some cells begin with an apostrophe, and none with a quote."""
        data = b"\n" + b"".join(self.first_lines).replace(b"\r", b"\n")
        starts = [edge + quote for quote in (b"'", b'"') for edge in (b"\n", delimiter.encode())]
        return any(start in data for start in starts[:2]) and not any(
            start in data for start in starts[2:]
        )

    def read(self, dialect: Dialect) -> Trial:
        """The first lines as this dialect reads them."""
        reader = Records(
            iter([self.first_lines]), dialect, record_bytes=self.record_bytes, shown=self.shown
        )
        records = list(reader.of_any_width())
        widths = Counter(_widths(records))
        width, agreeing = max(widths.items(), key=lambda item: item[::-1], default=(1, 0))
        naming = [
            place
            for place, (_, cells, code) in enumerate(records[:MAX_RECORDS_SEARCHED])
            if len(cells) > 1 and not code and self.names_sku(names_of(cells))
        ]
        return Trial(
            dialect=dialect, records=records, width=width, agreeing=agreeing, naming=naming
        )


def _widths(records: list[Record]) -> list[int]:
    """The numbers of cells of the records, except those in which they are uncertain."""
    return [len(cells) for _, cells, code in records if code not in _NO_CELLS]


_NO_CELLS: Final = ("unclosed_quote", "record_too_large")


def _has_spaces(trial: Trial) -> bool:
    """Whether a space follows each delimiter of the first record, and stands before quotes."""
    first = next((cells[1:] for _, cells, _ in trial.records if len(cells) > 1), [])
    quoted = f" {trial.dialect.quote}"
    return all(cell.startswith(" ") for cell in first) and any(
        cell.startswith(quoted) for _, cells, _ in trial.records for cell in cells
    )


def _only(trials: list[Trial]) -> Trial:
    """The trial that has no rival; the first one if no delimiter separates anything."""
    rivals = (
        _borne_out([trial for trial in trials if trial.names_sku])
        or [trial for trial in trials if trial.is_whole_table]
        or [trial for trial in trials if trial.is_table]
        or trials[:1]
    )
    if len(rivals) > 1:
        names = " or ".join(DELIMITERS[trial.dialect.delimiter] for trial in rivals)
        raise FileFault(
            "ambiguous_delimiter",
            f"Either {names} could separate the columns. Choose the right one.",
        )
    return rivals[0]


def _borne_out(trials: list[Trial]) -> list[Trial]:
    """The trials that remain of those that name the SKU, going by the records below the header.

    Those remain with which all of these records fit, provided that with each of the others fewer
    than half do; otherwise all remain. In a sound file all records fit with the right one, so it
    is never dropped. An odd row may leave the choice to a person.
    """
    sure = [trial for trial in trials if trial.borne_out == 1]
    doubtful = [trial for trial in trials if trial.borne_out >= _HALF]
    return sure if sure and sure == doubtful else trials
