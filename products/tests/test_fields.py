from __future__ import annotations

import json
from itertools import product
from typing import Any, cast

import pytest
from django.db import connection

from products.before_images import IMAGE_COLUMNS
from products.fields import COLUMNS, FIELD_NAMES, FIELDS, Field, for_each_field
from products.forms import ProductForm
from products.models import Change, Product
from products.serializers import ProductSerializer

# What a product may have, and what a row may say, of each column; None says nothing.
STORED: dict[str, list[Any]] = {
    "sku": ["a", "A"],
    "name": ["Mug", "Cup"],
    "description": ["", "Blue"],
    "price": [None, "0.00", "1.50"],
    "active": [True, False],
    "attributes": ["{}", '{"a": "1"}', '{"a": "1", "b": "2"}'],
}
SAID: dict[str, list[Any]] = {
    "sku": ["a", "A"],
    "name": [None, "Mug"],
    "description": [None, "Blue", "Red"],
    "price": [None, "1.50", "2"],
    "active": [None, True],
    "attributes": [None, '{"a": "1"}', '{"a": null}', '{"c": "3"}', '{"c": null}'],
}


def test_a_table_has_an_entry_for_each_field() -> None:
    table = {name: len(name) for name in reversed(FIELD_NAMES)}
    assert list(for_each_field(table)) == list(FIELD_NAMES)


@pytest.mark.parametrize("odd", [{"weight": 1}, {"sku": None}])
def test_a_table_that_knows_other_fields_is_refused(odd: dict[str, int | None]) -> None:
    table = dict.fromkeys(FIELD_NAMES, 1) | odd
    (name,) = odd
    with pytest.raises(LookupError, match=name):
        for_each_field({name: entry for name, entry in table.items() if entry})


def test_the_sku_comes_first() -> None:
    assert FIELD_NAMES[0] == "sku"


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
@pytest.mark.parametrize("model", [Product, Change])
def test_tables_forms_and_the_api_have_the_limits_of_the_fields(
    model: type[Product | Change], field: Field
) -> None:
    column = model._meta.get_field(field.name)
    # Texts without a length of their own have it in a constraint, or in their validators.
    assert getattr(column, "max_length", None) in (None, field.max_length)
    assert ProductForm().fields[field.name].label in (None, field.label)
    for limited in (ProductForm().fields[field.name], ProductSerializer().fields[field.name]):
        assert getattr(limited, "max_length", None) == field.max_length


def test_a_before_image_has_every_column_of_a_product_but_its_id() -> None:
    columns = {column.column for column in Product._meta.local_fields}
    assert columns == {"id", *IMAGE_COLUMNS}


@pytest.mark.django_db
@pytest.mark.parametrize("clears", [True, False])
@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.name)
def test_what_a_column_becomes(column: Field, clears: bool) -> None:
    for old, new in product([None, *STORED[column.name]], SAID[column.name]):
        if column.name in ("sku", "name") and None in (old, new):
            continue
        became = _asked(
            column.after(old=f"%(old)s::{column.sql_type}", new=f"%(new)s::{column.sql_type}"),
            {"old": old, "new": new, column.clears: clears},
            column,
        )
        assert became == _expected(column.name, old, new, clears=clears), (old, new)
        if old is None:
            text = column.of_new_product(f"%(new)s::{column.sql_type}")
            assert _asked(text, {"new": new, column.clears: clears}, column) == became


def _asked(expression: str, parameters: dict[str, Any], column: Field) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT ({expression})::{column.sql_type}::text", parameters)
        return cursor.fetchone()[0]


def _expected(name: str, old: Any, new: Any, *, clears: bool) -> str | None:
    """The rules in plain words, as text that PostgreSQL would write."""
    if name == "attributes":
        return _merged(old, new)
    kept = None if clears and name in ("description", "price") else old
    value: Any = kept if new is None else new
    if value is None:
        value = "" if name == "description" else True if name == "active" else None
    if name == "price" and value is not None:
        return f"{float(value):.2f}"
    return str(value).lower() if isinstance(value, bool) else cast("str | None", value)


def _merged(old: str | None, new: str | None) -> str:
    cells = json.loads(old or "{}") | json.loads(new or "{}")
    kept = {name: value for name, value in cells.items() if value is not None}
    return "{" + ", ".join(f'"{name}": "{value}"' for name, value in kept.items()) + "}"
