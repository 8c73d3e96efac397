"""Whether anybody has written to the catalogue, found without reading the products."""

from __future__ import annotations

from hashlib import sha256
from typing import Final

from django.db.models import Q

from jobs.models import LedgerLine
from products.models import Change

# More writes than ever run at once, so that one which was running then is still among the last.
LAST_WRITES: Final = 100


def last_writes() -> str:
    """A digest of the last writes of people and jobs, which stays the same if there are no others.

    A write changes it when it is committed. Plain SQL is not noticed.
    """
    people = Change.objects.filter(job=None)
    jobs = LedgerLine.objects.filter(Q(created__gt=0) | Q(updated__gt=0) | Q(removed__gt=0))
    ids = [
        list(writes.order_by("-id").values_list("id", flat=True)[:LAST_WRITES])
        for writes in (people, jobs)
    ]
    return sha256(repr(ids).encode()).hexdigest()
