"""What separates the cells of a file, and what quotes them: decided on its first records.

Each delimiter is tried on the same records. The one by which a record names the SKU is it; of
several, the one by which all records below such a header have as many cells as it, if by the others
fewer than half have. Where none names the SKU, it is the one by which all records have as many
cells, or at least most. Where two would do, a person has to choose: what is read by a wrong guess
still looks like a table.
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
from product_files.reading.header import MOST_ABOVE, NamesSku, names_of
from product_files.reading.limits import KIB
from product_files.reading.records import Record, Records

# What people call them, the usual one first.
DELIMITERS: Final = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
# How they can be asked for where they are hard to type.
_ALIASES: Final = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}

# The records are looked at that begin in so much of a file. No result depends on blocks.
SAMPLE_BYTES: Final = 64 * KIB


def known_delimiter(name: str) -> str | None:
    """The delimiter that is meant, None if none is."""
    delimiter = _ALIASES.get(name.strip().lower(), name)
    return delimiter if delimiter in DELIMITERS else None


_HALF: Final = 0.5


@dataclass(frozen=True, kw_only=True)
class Trial:
    """The first records of a file, read in one dialect."""

    dialect: Dialect
    records: list[Record]
    # The usual number of cells, and how many records have it.
    width: int
    agreeing: int
    # The places of the records that name the SKU.
    naming: list[int]

    @property
    def names_sku(self) -> bool:
        return bool(self.naming)

    @property
    def borne_out(self) -> float:
        """How many of the records below one that names the SKU are as wide as it, from 0 to 1.

        Where there are none, nothing speaks for it or against it.
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


def take_sample(
    blocks: Iterator[list[bytes]], record_bytes: int
) -> tuple[list[bytes], Iterator[list[bytes]]]:
    """The first lines of a file, and all blocks of lines as if none had been taken.

    Where quotes are in pairs, the lines end with a record.
    """
    taken: list[list[bytes]] = []

    def noted() -> Iterator[bytes]:
        for block in blocks:
            taken.append(block)
            yield from block

    return _first_lines(noted(), SAMPLE_BYTES + record_bytes), chain(taken, blocks)


def _first_lines(lines: Iterator[bytes], most: int) -> list[bytes]:
    sample: list[bytes] = []
    size = whole = is_open = 0
    for line in lines:
        sample.append(line)
        size += len(line)
        is_open ^= line.count(b'"') % 2
        whole = whole if is_open else len(sample)
        if size >= most or (size >= SAMPLE_BYTES and not is_open):
            return sample[:whole] or sample
    return sample


@dataclass(frozen=True, kw_only=True)
class Trials:
    """Reads a sample of a file in one dialect after the other."""

    sample: list[bytes]
    record_bytes: int
    names_sku: NamesSku
    shown: Callable[[bytes], str] = shown_as_is

    def decide(self, asked: str | None = None) -> Trial:
        """The trial that fits best, with the delimiter that is asked for or found.

        Raises FileFault: `unsupported_format` for a delimiter that is none, `ambiguous_delimiter`.
        """
        if asked:
            delimiter = known_delimiter(asked)
            if delimiter is None:
                raise FileFault("unsupported_format", f'"{asked}" cannot separate columns.')
            return self._best(delimiter)
        data = b"".join(self.sample)
        usual, *others = DELIMITERS
        found = [delimiter for delimiter in others if delimiter.encode() in data]
        return _only([self._best(delimiter) for delimiter in (usual, *found)])

    def _best(self, delimiter: str) -> Trial:
        """The usual quotes, unless the file makes sense with others alone."""
        usual = self.read(Dialect(delimiter=delimiter))
        if _has_spaces(usual):
            spaced = self.read(replace(usual.dialect, spaced=True))
            return spaced if spaced.agreeing >= usual.agreeing else usual
        if not (usual.is_whole_table and usual.names_sku) and self._has_apostrophes(delimiter):
            other = self.read(replace(usual.dialect, quote="'"))
            return other if other.is_table and other.fit > usual.fit else usual
        return usual

    def _has_apostrophes(self, delimiter: str) -> bool:
        """Whether cells begin with one, and none with a quote."""
        data = b"\n" + b"".join(self.sample).replace(b"\r", b"\n")
        starts = [edge + quote for quote in (b"'", b'"') for edge in (b"\n", delimiter.encode())]
        return any(start in data for start in starts[:2]) and not any(
            start in data for start in starts[2:]
        )

    def read(self, dialect: Dialect) -> Trial:
        """The sample, read in one dialect."""
        reader = Records(
            iter([self.sample]), dialect, record_bytes=self.record_bytes, shown=self.shown
        )
        records = list(reader.of_any_width())
        widths = Counter(_widths(records))
        width, agreeing = max(widths.items(), key=lambda item: item[::-1], default=(1, 0))
        naming = [
            place
            for place, (_, cells, code) in enumerate(records[:MOST_ABOVE])
            if len(cells) > 1 and not code and self.names_sku(names_of(cells))
        ]
        return Trial(
            dialect=dialect, records=records, width=width, agreeing=agreeing, naming=naming
        )


def _widths(records: list[Record]) -> list[int]:
    """How many cells the records have, those aside of which it is open."""
    return [len(cells) for _, cells, code in records if code not in _NO_CELLS]


_NO_CELLS: Final = ("unclosed_quote", "record_too_large")


def _has_spaces(trial: Trial) -> bool:
    """Whether each delimiter of the first record is followed by a space, and quotes by these."""
    first = next((cells[1:] for _, cells, _ in trial.records if len(cells) > 1), [])
    quoted = f" {trial.dialect.quote}"
    return all(cell.startswith(" ") for cell in first) and any(
        cell.startswith(quoted) for _, cells, _ in trial.records for cell in cells
    )


def _only(trials: list[Trial]) -> Trial:
    """The trial that nothing speaks against; where no delimiter separates anything, the first."""
    rivals = (
        _borne_out([trial for trial in trials if trial.names_sku])
        or [trial for trial in trials if trial.is_whole_table]
        or [trial for trial in trials if trial.is_table]
        or trials[:1]
    )
    if len(rivals) > 1:
        names = " and ".join(DELIMITERS[trial.dialect.delimiter] for trial in rivals)
        raise FileFault(
            "ambiguous_delimiter",
            f"{names.capitalize()} could separate the columns alike. Choose what does.",
        )
    return rivals[0]


def _borne_out(trials: list[Trial]) -> list[Trial]:
    """Of those that name the SKU the one that its rows bear out, if they do so with no other.

    The right one of a sound file is always borne out, so this never decides against it; a row
    that is not sound may leave the choice to a person.
    """
    sure = [trial for trial in trials if trial.borne_out == 1]
    doubtful = [trial for trial in trials if trial.borne_out >= _HALF]
    return sure if sure and sure == doubtful else trials
