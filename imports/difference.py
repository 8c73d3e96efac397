"""What applying an import would do to the catalogue: numbers, and some rows of each outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import takewhile
from typing import Any, Self

from product_files.faults import message_of, shortened

# Characters of a value that are shown.
SHOWN = 120
# Of two values that begin alike, what is shown before they differ.
BEFORE = 20


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One field of a product, now and after; empty where there is nothing."""

    field: str
    now: str
    after: str


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One row or product, and what becomes of it."""

    # As the counts are called.
    outcome: str
    sku: str
    # None for a product that the file does not name.
    line: int | None = None
    # Of what changes; of a new product all that is not empty.
    cells: Sequence[Cell] = ()
    # Why it is rejected, for programs and in words.
    code: str = ""
    message: str = ""
    # Of a duplicate: the line that counts.
    counting_line: int | None = None

    @classmethod
    def rejected(cls, line: int, sku: str, code: str, value: str) -> Self:
        message = message_of(code, value)
        return cls(outcome="rejected", line=line, sku=shown(sku), code=code, message=message)


@dataclass(frozen=True, kw_only=True)
class PreviewWarning:
    """Something that is seldom meant; `code` is for programs, `message` for people."""

    code: str
    count: int
    # Some of the SKUs that it is about.
    examples: Sequence[str] = ()
    # The one that it is about, if it is about one.
    field: str = ""
    message: str


@dataclass(frozen=True, kw_only=True)
class Difference:
    """All that was found out at one time."""

    # By the names of LedgerLine.COUNTS, and `rows_read`.
    counts: Mapping[str, int]
    rejected_by_code: Mapping[str, int]
    # How many products get another value, or lose theirs, by field.
    changed: Mapping[str, int]
    blanked: Mapping[str, int]
    samples: Sequence[Sample]
    warnings: Sequence[PreviewWarning] = ()

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The same from what `as_json` gave."""
        samples = [
            Sample(**sample | {"cells": tuple(Cell(**cell) for cell in sample["cells"])})
            for sample in data["samples"]
        ]
        warnings = [
            PreviewWarning(**warning | {"examples": tuple(warning["examples"])})
            for warning in data["warnings"]
        ]
        most_first = {
            name: dict(sorted(data[name].items(), key=lambda counted: -counted[1]))
            for name in ("rejected_by_code", "changed", "blanked")
        }
        return cls(counts=data["counts"], samples=samples, warnings=warnings, **most_first)


def shown(text: str | None) -> str:
    """As much of a value as there is room for."""
    return shortened(text or "", SHOWN)


def changed_cell(field: str, now: str | None, after: str | None) -> Cell:
    """Two values that differ, both from where that can be seen."""
    now, after = now or "", after or ""
    same = sum(1 for _ in takewhile(_is_equal, zip(now, after, strict=False)))
    cut = same - BEFORE if same > SHOWN - BEFORE else 0
    texts = [f"…{text[cut:]}" if cut else text for text in (now, after)]
    return Cell(field=field, now=shown(texts[0]), after=shown(texts[1]))


def _is_equal(pair: tuple[str, str]) -> bool:
    return pair[0] == pair[1]


_WORDS = {"created": "new", "updated": "changed", "removed": "removed", "rejected": "to fix"}


def deviation(said: Mapping[str, int], became: Mapping[str, int]) -> str:
    """In words where the result of an import is not what its preview said; else empty."""
    names = [name for name in _WORDS if said[name] != became[name]]
    if not names:
        return ""
    before, after = (
        " and ".join(f"{counts[name]:,} {_WORDS[name]}" for name in names)
        for counts in (said, became)
    )
    return f"The preview counted {before}, the result is {after}: products were edited in between."
