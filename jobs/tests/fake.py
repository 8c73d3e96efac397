"""A kind of job for tests: counts letters, range by range, and remembers what it was asked."""

from __future__ import annotations

from collections.abc import Collection

from jobs.kinds import Counts, Label, Preparation
from jobs.leases import Lease
from jobs.models import Job, Range

ALL_RANGES = ["range 1: None..h", "range 2: h..p", "range 3: p..None"]


class FakeKind:
    """Five rows in three ranges; `events` is what the runner called."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.events: list[str] = []
        self.locked_first: list[bool] = []
        self.failures: dict[str, list[Exception]] = {}
        self.review = False

    def _note(self, event: str) -> None:
        self.events.append(event)
        if waiting := self.failures.get(event):
            raise waiting.pop(0)

    def prepare(self, lease: Lease) -> Preparation:
        self._note("prepare")
        return Preparation(
            bounds=["h", "p"], rows_read=5, counts={"rejected": 2}, review=self.review
        )

    def publish(self, job: Job) -> None:
        self._note("publish")

    def apply_range(self, job: Job, range_: Range, *, lock_first: bool) -> Counts:
        self._note(f"range {range_.number}: {range_.low}..{range_.high}")
        self.locked_first.append(lock_first)
        return {"created": 1}

    def finish(self, job: Job) -> None:
        self._note("finish")

    def clean_up(self, job_id: int) -> None:
        self._note("clean up")

    def labels(self, job_ids: Collection[int]) -> dict[int, Label]:
        return {job_id: Label(name=f"fake {job_id}", url=f"/fakes/{job_id}/") for job_id in job_ids}


kind = FakeKind()
