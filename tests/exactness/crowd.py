"""People who edit products through the API while imports write the same ones."""

from __future__ import annotations

import random
import threading
from collections import Counter, defaultdict
from collections.abc import Callable
from decimal import Decimal
from itertools import count
from typing import Any, Final, NamedTuple

from imports.models import Import
from products.models import BulkDelete, Change, Product

# Every writer writes its number into all fields, so that a mixture of two would show. Numbers from
# this one on are those of people.
FIRST_PERSON: Final = 1_000


class Answer(NamedTuple):
    status: int
    body: Any


# Method, path, data and headers to an answer.
Send = Callable[[str, str, dict[str, Any] | None, dict[str, str]], Answer]


def fields_by(writer: int) -> dict[str, str]:
    return {"name": f"writer {writer}", "description": f"by {writer}", "price": f"{writer}.00"}


def sku_of(number: int) -> str:
    return f"P-{number:05}"


def file_of(writer: int, numbers: list[int]) -> bytes:
    row = ",".join(fields_by(writer).values())
    rows = "".join(f"{sku_of(number)},{row}\n" for number in numbers)
    return f"sku,name,description,price\n{rows}".encode()


class Person:
    """Creates, changes and deletes products at random until `stop` is set."""

    def __init__(self, send: Send, seed: int, places: int, stop: threading.Event) -> None:
        self._send = send
        self._chance = random.Random(seed)
        self._places = places
        self._stop = stop
        self._writers = count(FIRST_PERSON * (seed + 1))
        # (what, status) of every answer.
        self.answers: Counter[tuple[str, int]] = Counter()

    def __call__(self) -> None:
        acts = [self._create, self._delete, self._change, self._change, self._change_as_seen]
        # At least twenty, even if `stop` is set early.
        while not self._stop.is_set() or self.answers.total() < 20:
            self._chance.choice(acts)()

    def _create(self) -> None:
        sku = sku_of(self._chance.randrange(self._places)).lower()
        self._note(
            "create", self._send("POST", "/api/products/", self._next_fields() | {"sku": sku}, {})
        )

    def _delete(self) -> None:
        self._note("delete", self._send("DELETE", self._path(), None, {}))

    def _change(self) -> None:
        self._note("change", self._send("PATCH", self._path(), self._next_fields(), {}))

    def _change_as_seen(self) -> None:
        path = self._path()
        seen = self._send("GET", path, None, {})
        self._note("look", seen)
        if seen.status == 200:
            version = seen.body["version"]
            answer = self._send("PATCH", path, self._next_fields(), {"If-Match": f'"{version}"'})
            self._note("change", answer)
            assert answer.status != 200 or answer.body["version"] == version + 1, "a lost update"

    def _note(self, what: str, answer: Answer) -> None:
        assert answer.status in ANSWERS[what], (what, answer)
        self.answers[what, answer.status] += 1

    def _next_fields(self) -> dict[str, str]:
        return fields_by(next(self._writers))

    def _path(self) -> str:
        ids = list(Product.objects.values_list("pk", flat=True))
        return f"/api/products/{self._chance.choice(ids or [1])}/"


ANSWERS: Final = {
    "create": (201, 409),
    "delete": (204, 404),
    "change": (200, 404, 412),
    "look": (200, 404),
}


def assert_nothing_is_lost(
    imports: dict[int, Import], people: list[Person], deletes: tuple[BulkDelete, ...] = ()
) -> None:
    """Everything that was answered has happened, once, and each product has its whole history."""
    answers = sum((person.answers for person in people), Counter[tuple[str, int]]())
    by_people = Change.objects.filter(job=None)
    for what, action in ACTION_OF_ANSWER.items():
        assert by_people.filter(action=action).count() == answers[what], what
    for writer, import_ in imports.items():
        _assert_accounted_for(writer, import_)
    for delete in deletes:
        delete.refresh_from_db()
        assert delete.status == "completed"
        assert Change.objects.filter(job=delete.pk).count() == delete.progress.removed
    _assert_whole_pasts({import_.pk: writer for writer, import_ in imports.items()})


ACTION_OF_ANSWER: Final = {
    ("create", 201): "created",
    ("change", 200): "updated",
    ("delete", 204): "deleted",
}


def _assert_accounted_for(writer: int, import_: Import) -> None:
    import_.refresh_from_db()
    assert import_.status == "completed", (import_.error_code, import_.error_detail)
    progress = import_.progress
    settled = progress.created + progress.updated + progress.unchanged
    assert (settled, progress.duplicate, progress.rejected) == (progress.rows_read, 0, 0)
    changed = Change.objects.filter(job=import_.pk, action="updated")
    assert changed.count() == progress.updated
    assert changed.values("product_id").distinct().count() == progress.updated
    assert Change.objects.filter(job=import_.pk, action="deleted").count() == progress.removed
    created = set(Product.objects.filter(created_in=import_.pk).values_list("pk", flat=True))
    former = Change.objects.filter(created_in=import_.pk).values_list("product_id", flat=True)
    assert len(created | {*former}) == progress.created, writer


def _assert_whole_pasts(writers: dict[int, int]) -> None:
    pasts: dict[int, list[Product | Change]] = defaultdict(list)
    for change in Change.objects.order_by("version"):
        pasts[change.product_id].append(change)
    for product in Product.objects.all():
        pasts[product.pk].append(product)
    for past in pasts.values():
        _assert_whole(past, writers)


def _assert_whole(past: list[Product | Change], writers: dict[int, int]) -> None:
    """Each version is there exactly once, and one writer has written all its values."""
    actions = [state.action for state in past if isinstance(state, Change)]
    assert "deleted" not in actions[:-1]
    assert actions[-1:] == ["deleted"] or isinstance(past[-1], Product)
    states = past[1:] if actions[:1] == ["created"] else past
    assert [state.version for state in states] == list(range(1, len(states) + 1)), past
    for state in states:
        _assert_of_one_writer(state, writers)


def _assert_of_one_writer(state: Product | Change, writers: dict[int, int]) -> None:
    writer = int((state.name or "").removeprefix("writer "))
    assert (state.description, state.price) == (f"by {writer}", Decimal(writer)), state
    # The changes of an import name it as their job; those of people, and the first values, do not.
    assert writers.get(state.changed_in_id or 0, 0) == (writer if writer < FIRST_PERSON else 0)
