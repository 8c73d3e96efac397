"""The kinds of jobs that the suite takes through everything that may happen to a job.

A further kind joins by one entry in CASES.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django.contrib.auth.models import User
from django.core.files.base import ContentFile

from imports.intake.submitting import create
from jobs.kinds import Counts
from jobs.models import Job
from products.bulk import start_bulk_delete
from products.models import Product

# The catalogue that each job starts from: lamps, and a sofa after every two of them.
PRODUCTS: Final = 12

# The size of a range, in rows or products.
RANGE_ROWS: Final = 3


@dataclass(frozen=True, kw_only=True)
class Case:
    """One kind of job: how one is stored, and what it counts when nothing disturbs it.

    `start` meets the products of `fill_catalogue` and must lead to several ranges.
    """

    name: str
    kind: str
    start: Callable[[User], Job]
    counts: Counts
    # Another way through a kind that has a case already; only for the slower run (`-m faults`).
    is_variation: bool = False

    def __str__(self) -> str:
        return self.name


def fill_catalogue() -> None:
    """P00 to P11, each third of which is a sofa; every price is the number of the product."""
    Product.objects.bulk_create(
        Product(sku=_sku(number), name="Lamp" if number % 3 else "Sofa", price=number)
        for number in range(PRODUCTS)
    )


def _sku(number: int) -> str:
    return f"P{number:02}"


def _file() -> bytes:
    """Leaves P00 to P03 as they are, changes P04 to P07, leaves out P08 to P11, adds two."""
    rows = [f"{_sku(number)},{'Lamp' if number % 3 else 'Sofa'},{number}" for number in range(4)]
    rows += [f"{_sku(number)},Chair,{number}" for number in range(4, 8)]
    rows += ["Q01,Rug,1", ",Rug,1", "Q02,Old rug,2", "Q03,Rug,dear", "q02,Rug,3"]
    return "\n".join(["sku,name,price", *rows, ""]).encode()


IMPORTED: Final = {
    "created": 2,
    "updated": 4,
    "unchanged": 4,
    "duplicate": 1,
    "rejected": 2,
    "removed": 4,
}


def _import(user: User, *, review: bool = False) -> Job:
    file = ContentFile(_file())
    return create(file=file, filename="a.csv", created_by=user, missing="delete", review=review)


def _import_with_review(user: User) -> Job:
    return _import(user, review=True)


def _bulk_delete(user: User) -> Job:
    return start_bulk_delete(filters={"name": "lamp"}, confirm=None, requested_by=user)


CASES: Final = (
    Case(name="import", kind="import", start=_import, counts=IMPORTED),
    Case(name="bulk_delete", kind="bulk_delete", start=_bulk_delete, counts={"removed": 8}),
    Case(
        name="reviewed_import",
        kind="import",
        start=_import_with_review,
        counts=IMPORTED,
        is_variation=True,
    ),
)
