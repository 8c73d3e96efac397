"""The types of events, each with a line about it and an example of its data.

A type is listed only if something sends it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

TEST: Final = "webhook.test"


@dataclass(frozen=True, kw_only=True)
class EventType:
    name: str
    description: str
    example: Mapping[str, Any]


_PRODUCT: Final = {
    "id": 42,
    "sku": "LMP-0042",
    "name": "Desk lamp, brass",
    "description": "",
    "price": "18.50",
    "active": True,
    "attributes": {"colour": "brass"},
    "version": 3,
    "created_at": "2026-03-01T09:00:00Z",
    "updated_at": "2026-03-02T14:30:00Z",
}

_JOB: Final = {
    "id": 7,
    "status": "completed",
    "error_code": "",
    "error_detail": "",
    "rows_read": 500_000,
    "created": 12_044,
    "updated": 3_101,
    "unchanged": 484_800,
    "duplicate": 0,
    "rejected": 55,
    "removed": 0,
    "created_by": "ana",
    "created_at": "2026-03-02T14:30:00Z",
    "started_at": "2026-03-02T14:30:00Z",
    "finished_at": "2026-03-02T14:30:03Z",
}

_IMPORT: Final = _JOB | {"filename": "spring.csv", "mode": "upsert"}

_FAILED: Final = {
    "status": "failed",
    "error_code": "file_gone",
    "error_detail": "The stored file is gone, so nothing more of it can be read.",
}

_NOTHING: Final = {"created": 0, "updated": 0, "unchanged": 0, "rejected": 0, "removed": 0}
_BULK: Final = _JOB | _NOTHING | {"rows_read": 1_200}


def _by_name(types: Iterable[EventType]) -> dict[str, EventType]:
    return {type_.name: type_ for type_ in types}


EVENT_TYPES: Final = _by_name(
    [
        EventType(
            name="import.completed",
            description="An import has ended, with the number of rows that need fixing.",
            example=_IMPORT,
        ),
        EventType(
            name="import.failed",
            description="An import has failed; rows it had applied before stay applied.",
            example=_IMPORT | _FAILED,
        ),
        EventType(
            name="import.cancelled",
            description="Somebody stopped an import; rows it had applied before stay applied.",
            example=_IMPORT | {"status": "cancelled"},
        ),
        EventType(
            name="product.created",
            description="Somebody added a product on a page or through the API.",
            example=_PRODUCT | {"version": 1},
        ),
        EventType(
            name="product.updated",
            description="Somebody changed a product on a page or through the API.",
            example=_PRODUCT,
        ),
        EventType(
            name="product.deleted",
            description="Somebody deleted a product; the data is the product before that.",
            example=_PRODUCT,
        ),
        EventType(
            name="products.bulk_deleted",
            description="A bulk delete has ended, with the number of deleted products.",
            example=_BULK | {"removed": 1_200},
        ),
        EventType(
            name=TEST,
            description="Somebody tests one webhook; it gets this whatever events it listens to.",
            example={"message": "This is a test."},
        ),
    ]
)


def described(name: str) -> EventType:
    """The type with this name; a type that is not sent (any more) has no example."""
    return EVENT_TYPES.get(name) or EventType(
        name=name, description="Nothing sends this type of event.", example={}
    )
