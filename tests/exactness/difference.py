"""The specification of a difference in plain Python, which shares no code with the engine."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from decimal import Decimal
from typing import Any

from tests import oracle

NO_PRODUCT = oracle.ProductValues("", "", "", None, active=True, attributes={}, version=0)


def cells_changed(before: oracle.Catalogue, after: oracle.Catalogue) -> Counter[str]:
    """The number of products that were kept and have another value, by field."""
    both = before.keys() & after.keys()
    return Counter(field for key in both for field in _differing(before[key], after[key]))


def assert_sampled(
    samples: list[dict[str, Any]], before: oracle.Catalogue, outcome: oracle.Outcome
) -> None:
    """Each sample has the right outcome and cells, and each outcome that occurs has a sample."""
    numbers = outcome.counts | {"removed": outcome.removed}
    sampled = Counter(sample["outcome"] for sample in samples)
    assert sampled.keys() == {name for name in COUNTS if numbers[name]}
    assert all(sampled[name] <= numbers[name] for name in sampled)
    keys = oracle.lower(sample["sku"] for sample in samples)
    for sample in samples:
        key = keys[sample["sku"]]
        if sample["outcome"] == "rejected":
            assert (sample["line"], sample["code"]) in outcome.rejects
        elif sample["outcome"] == "duplicate":
            assert sample["line"] < sample["counting_line"]
        else:
            old, new = before.get(key, NO_PRODUCT), outcome.catalogue.get(key, NO_PRODUCT)
            _assert_cells(sample, old, new)


COUNTS = ("created", "updated", "unchanged", "duplicate", "rejected", "removed")


def _assert_cells(
    sample: dict[str, Any], old: oracle.ProductValues, new: oracle.ProductValues
) -> None:
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


def _differing(old: oracle.ProductValues, new: oracle.ProductValues) -> set[str]:
    before, after = _texts(old), _texts(new)
    return {field for field in before | after if before.get(field) != after.get(field)}


def applied(lines: bytes, before: oracle.Catalogue) -> oracle.Catalogue:
    """The catalogue after a difference is applied line by line; its values now must be right."""
    after = dict(before)
    rows = list(csv.DictReader(io.StringIO(lines.decode(), newline="")))
    keys = oracle.lower(_plain(row["sku"]) for row in rows)
    assert [keys[_plain(row["sku"])].encode() for row in rows] == sorted(
        {key.encode() for key in keys.values()}
    )
    for row in rows:
        key = keys[_plain(row["sku"])]
        old = before.get(key, NO_PRODUCT)
        now, then = _side(row, "now"), _side(row, "after")
        assert now == {field: _texts(old).get(field, "") for field in now}
        if row["outcome"] == "removed" and not then["sku"]:
            del after[key]
        elif row["outcome"] in ("created", "updated", "removed"):
            after[key] = _changed(old, then)
        else:
            assert now == then, "nothing is written"
    return after


def _texts(product: oracle.ProductValues) -> dict[str, str]:
    """The values of a product as a file writes them; empty ones are absent."""
    if product is NO_PRODUCT:
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


def _changed(old: oracle.ProductValues, cells: dict[str, str]) -> oracle.ProductValues:
    fields = {field: text for field, text in cells.items() if field in oracle.FIELDS}
    attributes = old.attributes | {
        field.removeprefix("attribute:"): text
        for field, text in cells.items()
        if field not in oracle.FIELDS
    }
    values: dict[str, Any] = {**fields}
    if "price" in fields:
        values["price"] = Decimal(fields["price"]) if fields["price"] else None
    if "active" in fields:
        values["active"] = fields["active"] == "true"
    values["attributes"] = {name: text for name, text in attributes.items() if text}
    return old._replace(**values, version=old.version + 1)
