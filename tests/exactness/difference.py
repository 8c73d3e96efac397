"""What a difference should say and do, in plain Python that shares no code with the engine."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from decimal import Decimal
from typing import Any

from tests import oracle

NOBODY = oracle.Row("", "", "", None, active=True, attributes={}, version=0)


def cells_changed(before: oracle.Catalogue, after: oracle.Catalogue) -> Counter[str]:
    """How many products that were and are there have another value, by field."""
    both = before.keys() & after.keys()
    return Counter(field for key in both for field in _differing(before[key], after[key]))


def assert_sampled(
    samples: list[dict[str, Any]], before: oracle.Catalogue, outcome: oracle.Outcome
) -> None:
    """Each sample says what becomes of its row, and each outcome that there is has one."""
    numbers = outcome.counts | {"removed": outcome.removed}
    told = Counter(sample["outcome"] for sample in samples)
    assert told.keys() == {name for name in COUNTS if numbers[name]}
    assert all(told[name] <= numbers[name] for name in told)
    keys = oracle.lower(sample["sku"] for sample in samples)
    for sample in samples:
        key = keys[sample["sku"]]
        if sample["outcome"] == "rejected":
            assert (sample["line"], sample["code"]) in outcome.rejects
        elif sample["outcome"] == "duplicate":
            assert sample["line"] < sample["counting_line"]
        else:
            old, new = before.get(key, NOBODY), outcome.catalogue.get(key, NOBODY)
            _assert_cells(sample, old, new)


COUNTS = ("created", "updated", "unchanged", "duplicate", "rejected", "removed")


def _assert_cells(sample: dict[str, Any], old: oracle.Row, new: oracle.Row) -> None:
    cells = {cell["field"]: (cell["now"], cell["after"]) for cell in sample["cells"]}
    before, after = _texts(old), _texts(new)
    for field, sides in cells.items():
        was, becomes = before.get(field, ""), after.get(field, "")
        assert sides[0] != sides[1] or sample["outcome"] not in ("created", "updated")
        # Long ones are cut.
        assert len(was + becomes) > 100 or sides == (was, becomes)
    if sample["outcome"] in ("updated", "unchanged"):
        assert cells.keys() == _differing(old, new)
    elif sample["outcome"] == "created":
        assert {"sku", "name"} <= cells.keys()


def _differing(old: oracle.Row, new: oracle.Row) -> set[str]:
    before, after = _texts(old), _texts(new)
    return {field for field in before | after if before.get(field) != after.get(field)}


def applied(lines: bytes, before: oracle.Catalogue) -> oracle.Catalogue:
    """A catalogue after a difference, read line by line; what it says of before has to be so."""
    after = dict(before)
    rows = list(csv.DictReader(io.StringIO(lines.decode(), newline="")))
    keys = oracle.lower(_plain(row["sku"]) for row in rows)
    assert [keys[_plain(row["sku"])].encode() for row in rows] == sorted(
        {key.encode() for key in keys.values()}
    )
    for row in rows:
        key = keys[_plain(row["sku"])]
        old = before.get(key, NOBODY)
        now, then = _side(row, "now"), _side(row, "after")
        assert now == {field: _texts(old).get(field, "") for field in now}
        if row["outcome"] == "removed" and not then["sku"]:
            del after[key]
        elif row["outcome"] in ("created", "updated", "removed"):
            after[key] = _changed(old, then)
        else:
            assert now == then, "nothing is written"
    return after


def _texts(product: oracle.Row) -> dict[str, str]:
    """What a product has, as a file writes it; what it has not is not there."""
    if product is NOBODY:
        return {}
    fields = {field: getattr(product, field) for field in oracle.FIELDS}
    texts = fields | {"active": str(product.active).lower(), "price": _price(product.price)}
    attributes = {f"attribute:{name}": text for name, text in product.attributes.items()}
    return {field: text for field, text in (texts | attributes).items() if text}


def _price(price: Decimal | None) -> str:
    # A database knows no negative zero.
    return "" if price is None else f"{price + 0:.2f}"


def _side(row: dict[str, str], side: str) -> dict[str, str]:
    end = f" {side}"
    return {
        field.removesuffix(end): _plain(text) for field, text in row.items() if field.endswith(end)
    }


def _plain(cell: str) -> str:
    return cell[1:] if re.match(r"'+[=+\-@\t\r]", cell) else cell


def _changed(old: oracle.Row, cells: dict[str, str]) -> oracle.Row:
    fields = {field: text for field, text in cells.items() if field in oracle.FIELDS}
    attributes = old.attributes | {
        field.removeprefix("attribute:"): text
        for field, text in cells.items()
        if field not in oracle.FIELDS
    }
    said: dict[str, Any] = {**fields}
    if "price" in fields:
        said["price"] = Decimal(fields["price"]) if fields["price"] else None
    if "active" in fields:
        said["active"] = fields["active"] == "true"
    said["attributes"] = {name: text for name, text in attributes.items() if text}
    return old._replace(**said, version=old.version + 1)
