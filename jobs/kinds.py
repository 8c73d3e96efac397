"""What a kind of job must define for the runner to run it."""

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
    """The result of preparing: where to cut, and what was counted on the way."""

    # The SKU keys between the ranges, ascending; n bounds make n + 1 ranges.
    bounds: list[str] = field(default_factory=list)
    rows_read: int
    bytes_read: int = 0
    counts: Counts = field(default_factory=dict)
    # Whether to wait for a person before anything is written.
    review: bool = False


@dataclass(frozen=True, kw_only=True)
class Label:
    """The name of a job on pages, and the address of its own page."""

    name: str
    url: str


class Kind(Protocol):
    """One kind of job. A job is prepared once by one process, then applied range by range."""

    def prepare(self, lease: Lease) -> Preparation:
        """Find out what there is to do; writes nothing that others see.

        Raises JobError if the job can't be done; checks `lease` every now and then.
        """

    def publish(self, job: Job) -> None:
        """Make visible what preparing found, in the transaction that ends preparing."""

    def apply_range(self, job: Job, range_: Range, *, lock_first: bool) -> Counts:
        """Do one range, in the transaction of its ledger line; returns what was counted.

        `lock_first` means that the attempt just before met a conflict, so the rows are to be
        locked before they are judged. Raises Conflict if this attempt meets one, and NotPrepared
        if what `prepare` left behind is gone.
        """

    def finish(self, job: Job) -> None:
        """Tell others of the end, in the transaction that brings the job there."""

    def clean_up(self, job_id: int) -> None:
        """Remove what an ended job no longer needs; may be called more than once."""

    def labels(self, job_ids: Collection[int]) -> dict[int, Label]:
        """The labels of jobs of this kind, by their ids; in one query."""


def kind_of(name: str) -> Kind:
    """The kind that settings.JOB_KINDS registers under this name."""
    kind: Kind = import_string(settings.JOB_KINDS[name])
    return kind
