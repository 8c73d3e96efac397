from __future__ import annotations

import json

from webhooks.event_types import EVENT_TYPES


def test_the_types_are_these_in_this_order() -> None:
    assert list(EVENT_TYPES) == [
        "import.completed",
        "import.failed",
        "import.cancelled",
        "product.created",
        "product.updated",
        "product.deleted",
        "products.bulk_deleted",
        "webhook.test",
    ]


def test_each_has_a_description_and_an_example_in_json() -> None:
    for name, type_ in EVENT_TYPES.items():
        assert type_.name == name
        assert type_.description.endswith(".")
        assert json.loads(json.dumps(type_.example)) == type_.example != {}
