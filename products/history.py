"""The history of a product: each change with its time, its author and its fields.

A stored change has the product before it; the product after it is in the next stored change, or is
the current product. A product that a job or plain SQL created has no stored change of its creation:
its history begins with one that is derived from the oldest known state.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import chain, pairwise
from typing import cast, overload

from django.contrib.auth.models import User
from django.db.models import F, OuterRef, Subquery

from jobs.kinds import Label
from jobs.labels import labels_of
from products.fields import FIELD_NAMES
from products.models import Change, Product

Value = str | Decimal | bool | None
State = Product | Change | None


@dataclass(frozen=True, kw_only=True)
class FieldChange:
    """One field, or one attribute as `attribute:<name>`; None if there was or is no value."""

    field: str
    before: Value
    after: Value


@dataclass(frozen=True, kw_only=True)
class Author:
    """Who or what made a change: a person, a job, or neither if it was plain SQL."""

    username: str | None = None
    job_id: int | None = None
    job: Label | None = None


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One change of a product; `version` is the version of the product after it."""

    action: str
    version: int
    at: datetime
    author: Author
    changes: list[FieldChange]


class History(Sequence[Entry]):
    """All entries of one product, newest first; only the entries of a slice are read.

    Raises Product.DoesNotExist if there never was such a product.
    """

    def __init__(self, product_id: int) -> None:
        self.product = Product.objects.filter(pk=product_id).first()
        self._changes = Change.objects.filter(product_id=product_id).order_by("-version")
        self._begin()

    def _begin(self) -> None:
        """Find the oldest change, or derive the creation that is not stored."""
        oldest = self._changes.last()
        first: State = oldest or self.product
        if first is None:
            raise Product.DoesNotExist
        self._stored_count = self._changes.count()
        self._derived: list[Change] = []
        if oldest is None or oldest.action != Change.Action.CREATED:
            self._derived = [_creation_of(first)]

    def __len__(self) -> int:
        return self._stored_count + len(self._derived)

    @overload
    def __getitem__(self, index: int) -> Entry: ...
    @overload
    def __getitem__(self, index: slice) -> list[Entry]: ...
    def __getitem__(self, index: int | slice) -> Entry | list[Entry]:
        if isinstance(index, int):
            return self[range(len(self))[index] :][0]
        start, stop, _ = index.indices(len(self))
        if start >= stop:
            return []
        # One more at the newer end: it has the product after the first entry of the slice.
        stored = self._changes.select_related("changed_by")[max(start - 1, 0) : stop]
        states: list[Product | Change | None] = [*stored]
        if stop > self._stored_count:
            states += self._derived
        if start == 0:
            states = [self.product, *states]
        return list(_entries(states))


def authors_of(products: Collection[Product]) -> dict[int, Author]:
    """The author of the last change of each product, by its id; a fixed number of queries."""
    labels = labels_of({p.changed_in_id for p in products if p.changed_in_id})
    names = _last_people([p.pk for p in products if not p.changed_in_id])
    return {
        p.pk: Author(
            username=names.get(p.pk),
            job_id=p.changed_in_id,
            job=labels.get(p.changed_in_id) if p.changed_in_id else None,
        )
        for p in products
    }


def _last_people(product_ids: Collection[int]) -> dict[int, str | None]:
    """The username of the author of the last change of each product, by its id."""
    if not product_ids:
        return {}
    last = Change.objects.filter(product_id=OuterRef("pk"), version=OuterRef("version") - 1)
    people = Product.objects.filter(pk__in=product_ids).annotate(
        by=Subquery(last.values("changed_by__username")[:1])
    )
    return dict(people.values_list("pk", F("by")))


def _creation_of(first: Product | Change) -> Change:
    """The creation that is not stored; `first` is the oldest known state of the product."""
    return Change(
        action=Change.Action.CREATED,
        version=0,
        changed_at=cast("datetime", first.created_at),
        job_id=first.created_in_id,
    )


def _entries(states: Sequence[State]) -> Iterator[Entry]:
    """The entries that lead from each state to the newer one in front of it."""
    older = [state for state in states[1:] if isinstance(state, Change)]
    labels = labels_of({change.job_id for change in older if change.job_id})
    for newer, change in pairwise(states):
        if isinstance(change, Change):
            yield _entry(change, newer, labels)


def _entry(change: Change, newer: State, labels: dict[int, Label]) -> Entry:
    person: User | None = change.changed_by
    before = {} if change.action == Change.Action.CREATED else _values(change)
    after = {} if change.action == Change.Action.DELETED else _values(newer)
    return Entry(
        action=change.action,
        version=change.version + 1,
        at=change.changed_at,
        author=Author(
            username=person.username if person else None,
            job_id=change.job_id,
            job=labels.get(change.job_id) if change.job_id else None,
        ),
        changes=[
            FieldChange(field=name, before=before.get(name), after=after.get(name))
            for name in dict.fromkeys(chain(before, after))
            if before.get(name) != after.get(name)
        ],
    )


def _values(state: State) -> dict[str, Value]:
    """Every field that has a value, and every attribute."""
    if state is None:
        return {}
    fields: dict[str, Value] = {name: getattr(state, name) for name in FIELD_NAMES}
    attributes = state.attributes or {}
    fields |= {f"attribute:{name}": attributes[name] for name in sorted(attributes)}
    return {name: value for name, value in fields.items() if value not in (None, "")}
