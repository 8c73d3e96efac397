"""What applying an import would do to the catalogue: numbers, and some rows of each outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import takewhile
from typing import Any, Self

from product_files.faults import message_of, shortened
from product_files.judging.field_names import label_of, noun_of

MAX_SHOWN_CHARACTERS = 120
# Characters that are shown before the first difference of two values that begin alike.
MAX_COMMON_CHARACTERS = 20


@dataclass(frozen=True, kw_only=True)
class CellChange:
    """One field of a product, now and after; empty if there is no value."""

    field: str
    now: str
    after: str

    @property
    def label(self) -> str:
        """The field as a heading."""
        return label_of(self.field)


@dataclass(frozen=True, kw_only=True)
class PreviewSample:
    """One row or product as an example, and what becomes of it."""

    # A name of LedgerLine.COUNTS.
    outcome: str
    sku: str
    # None for a product that the file does not name.
    line: int | None = None
    # What changes; for a new product all values that are not empty.
    cells: Sequence[CellChange] = ()
    # Why a row is rejected, for programs and in words.
    code: str = ""
    message: str = ""
    # For a duplicate: the line that counts.
    counting_line: int | None = None

    @classmethod
    def rejected(cls, line: int, sku: str, code: str, value: str) -> Self:
        message = message_of(code, value)
        return cls(outcome="rejected", line=line, sku=shown_text(sku), code=code, message=message)


@dataclass(frozen=True, kw_only=True)
class PreviewWarning:
    """Something that is probably a mistake; `code` is for programs, `message` for people."""

    code: str
    count: int
    # Some of the SKUs that are affected.
    examples: Sequence[str] = ()
    # The field that is affected, if it is only one.
    field: str = ""
    message: str


@dataclass(frozen=True, kw_only=True)
class Difference:
    """What applying an import would do, as it was counted at one time."""

    # By the names of LedgerLine.COUNTS, and `rows_read`.
    counts: Mapping[str, int]
    rejected_by_code: Mapping[str, int]
    # How many products get another value, or lose theirs, by field.
    changed: Mapping[str, int]
    blanked: Mapping[str, int]
    samples: Sequence[PreviewSample]
    warnings: Sequence[PreviewWarning] = ()

    @property
    def changed_fields(self) -> list[tuple[str, str, int]]:
        """(field, its noun, number of products) of `changed`."""
        return [(field, noun_of(field), count) for field, count in self.changed.items()]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The same from what `as_json` gave."""
        samples = [
            PreviewSample(
                **sample | {"cells": tuple(CellChange(**cell) for cell in sample["cells"])}
            )
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


def shown_text(text: str | None) -> str:
    """The beginning of a value, as long as a preview shows it."""
    return shortened(text or "", MAX_SHOWN_CHARACTERS)


def changed_cell(field: str, now: str | None, after: str | None) -> CellChange:
    """Two values that differ; what they have in common before that is cut if it is long."""
    now, after = now or "", after or ""
    same = sum(1 for _ in takewhile(_is_equal, zip(now, after, strict=False)))
    cut = same - MAX_COMMON_CHARACTERS if same > MAX_SHOWN_CHARACTERS - MAX_COMMON_CHARACTERS else 0
    texts = [f"…{text[cut:]}" if cut else text for text in (now, after)]
    return CellChange(field=field, now=shown_text(texts[0]), after=shown_text(texts[1]))


def _is_equal(pair: tuple[str, str]) -> bool:
    return pair[0] == pair[1]


_OUTCOME_WORDS = {
    "created": "new",
    "updated": "changed",
    "removed": "removed",
    "rejected": "to fix",
}


def deviation(previewed: Mapping[str, int], applied: Mapping[str, int]) -> str:
    """How the result of an import differs from its preview, in words; empty if it does not."""
    names = [name for name in _OUTCOME_WORDS if previewed[name] != applied[name]]
    if not names:
        return ""
    before, after = (
        " and ".join(f"{counts[name]:,} {_OUTCOME_WORDS[name]}" for name in names)
        for counts in (previewed, applied)
    )
    return f"The preview counted {before}, the result is {after}: products were edited in between."
