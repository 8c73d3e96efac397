"""What a kind of job has to say for the runner to run it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from django.conf import settings
from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from jobs.leases import Lease
    from jobs.models import Job, Range

Counts = dict[str, int]


@dataclass(frozen=True, kw_only=True)
class Preparation:
    """What preparing found out: where to cut, and what was counted on the way."""

    # The SKU keys between the ranges, ascending; n bounds make n + 1 ranges.
    bounds: list[str] = field(default_factory=list)
    rows_read: int
    bytes_read: int = 0
    counts: Counts = field(default_factory=dict)
    # Wait for a person before anything is written.
    review: bool = False


@dataclass(frozen=True, kw_only=True)
class Label:
    """How a job is called on pages, and where its own page is."""

    name: str
    url: str


class Kind(Protocol):
    """One kind of job. A job is prepared once by one process, then applied range by range."""

    def prepare(self, lease: Lease) -> Preparation:
        """Find out what there is to do; writes nothing that others see.

        Raises JobError where the job can't be done; checks `lease` now and then.
        """

    def publish(self, job: Job) -> None:
        """Make visible what preparing found, in the transaction that ends it."""

    def apply_range(self, job: Job, range_: Range, *, lock_first: bool) -> Counts:
        """Do one range, in the transaction of its ledger line; returns what was counted.

        `lock_first` says that a try just now has met somebody else's writes. Raises Conflict
        where this one has, and NotPrepared where what `prepare` left is gone.
        """

    def finish(self, job: Job) -> None:
        """Tell others, in the transaction that brings the job to its end."""

    def clean_up(self, job_id: int) -> None:
        """Remove what an ended job no longer needs; called again if it was interrupted."""

    def labels(self, job_ids: Collection[int]) -> dict[int, Label]:
        """How to name jobs of this kind, by their ids; in one query."""


def kind_of(name: str) -> Kind:
    """The kind that settings.JOB_KINDS registers under this name."""
    kind: Kind = import_string(settings.JOB_KINDS[name])
    return kind
