from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from rest_framework.exceptions import ErrorDetail

from products.serializers import BulkDeleteSerializer, ProductSerializer
from products.tests.conftest import MakeProduct


def cleaned(**data: Any) -> dict[str, Any]:
    serializer = ProductSerializer(data={"sku": "A", "name": "B"} | data)
    serializer.is_valid(raise_exception=True)
    fields: dict[str, Any] = serializer.validated_data
    return fields


def wrong(data: object) -> set[str]:
    serializer = ProductSerializer(data=data)
    assert not serializer.is_valid()
    return set(serializer.errors)


def test_a_product_looks_as_the_contract_says(make_product: MakeProduct) -> None:
    product = make_product("LMP-1", price=Decimal("18.5"), attributes={"colour": "gold"})
    data = ProductSerializer(product).data
    assert data == {
        "id": product.pk,
        "sku": "LMP-1",
        "name": "Desk lamp",
        "description": "",
        "price": "18.50",
        "active": True,
        "attributes": {"colour": "gold"},
        "version": 1,
        "created_at": data["created_at"],
        "updated_at": data["updated_at"],
    }


def test_no_price_is_null(make_product: MakeProduct) -> None:
    assert ProductSerializer(make_product("A")).data["price"] is None
    assert cleaned(price="")["price"] is None


def test_what_is_absent_has_its_default() -> None:
    assert cleaned() == {
        "sku": "A",
        "name": "B",
        "description": "",
        "price": None,
        "active": True,
        "attributes": {},
    }


def test_a_sku_is_cleaned() -> None:
    assert cleaned(sku=" \u200be\u0301-007\ufeff ")["sku"] == "é-007"
    assert cleaned(sku="  " + "x" * 64)["sku"] == "x" * 64


def test_a_description_and_attributes_are_kept_exactly() -> None:
    fields = cleaned(description="  two \r\n", attributes={" a ": " b ", "5": " "})
    assert fields["description"] == "  two \r\n"
    assert fields["attributes"] == {" a ": " b ", "5": " "}


@pytest.mark.parametrize("price", ["12", "12.5", 12, 12.5, "0", "9999999999.99", " 1.00 "])
def test_a_price_may_be_written_in_several_ways(price: object) -> None:
    assert cleaned(price=price)["price"] == Decimal(str(price).strip())


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("sku", ""),
        ("sku", " \u200b "),
        ("sku", "x" * 65),
        ("sku", None),
        ("sku", 7),
        ("sku", ["A"]),
        ("sku", True),
        ("sku", "a\x00b"),
        ("sku", "a\ud800b"),
        ("name", " "),
        ("name", "x" * 256),
        ("name", {}),
        ("name", "a\x00b"),
        ("description", None),
        ("description", "x" * 65_536),
        ("description", "a\x00b"),
        ("price", "-0.01"),
        ("price", "1.001"),
        ("price", "10000000000"),
        ("price", "twelve"),
        ("price", "NaN"),
        ("price", "Infinity"),
        ("price", float("inf")),
        ("price", 10**400),
        ("price", "0E+999999"),
        ("price", True),
        ("price", [1]),
        ("active", None),
        ("active", "perhaps"),
        ("active", {}),
        ("active", []),
        ("attributes", None),
        ("attributes", "gold"),
        ("attributes", ["gold"]),
        ("attributes", {"a": ""}),
        ("attributes", {"a": None}),
        ("attributes", {"a": 5}),
        ("attributes", {"a": {"b": "c"}}),
        ("attributes", {"a": "b\x00"}),
        ("attributes", {"a": "\udfff"}),
        ("attributes", {"": "b"}),
        ("attributes", {"a\x00": "b"}),
        ("attributes", {"a\ud800": "b"}),
        ("attributes", {str(number): "b" for number in range(101)}),
    ],
)
def test_what_can_t_be_used_is_named(field: str, value: object) -> None:
    assert wrong({"sku": "A", "name": "B"} | {field: value}) == {field}


@pytest.mark.parametrize("data", [None, [], "text", 5, True])
def test_a_product_is_an_object(data: object) -> None:
    if data is None:
        assert not ProductSerializer(data=data).is_valid()
    else:
        assert wrong(data) == {"non_field_errors"}


def test_a_hundred_attributes_are_fine() -> None:
    attributes = {str(number): "b" for number in range(100)}
    assert cleaned(attributes=attributes)["attributes"] == attributes


# --- Bulk delete --------------------------------------------------------------------------


def asked(**data: Any) -> dict[str, Any]:
    serializer = BulkDeleteSerializer(data=data)
    serializer.is_valid(raise_exception=True)
    fields: dict[str, Any] = serializer.validated_data
    return fields


def refused(**data: Any) -> dict[str, list[ErrorDetail]]:
    serializer = BulkDeleteSerializer(data=data)
    assert not serializer.is_valid()
    errors: dict[str, list[ErrorDetail]] = serializer.errors
    return errors


def test_filters_become_query_parameters() -> None:
    assert asked(search="lamp", active=False, price_min=1, price_max="2.50", name="") == {
        "filters": {"search": "lamp", "active": "false", "price_min": "1", "price_max": "2.50"},
        "confirm": None,
    }


def test_everything_has_to_be_meant() -> None:
    assert asked(all=True, confirm=3) == {"filters": {}, "confirm": 3}
    assert set(refused(all=True)) == {"confirm"}
    assert set(refused()) == {"non_field_errors"}
    assert set(refused(all=False, confirm=3)) == {"non_field_errors"}
    assert set(refused(search=" ", confirm=3)) == {"non_field_errors"}
    assert set(refused(all=True, confirm=3, search="lamp")) == {"non_field_errors"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("serch", "lamp"),
        ("id", 5),
        ("active", "perhaps"),
        ("price_min", "cheap"),
        ("price_min", None),
        ("sku", ["A"]),
        ("sku", "a\x00"),
        ("confirm", "many"),
        ("confirm", -1),
        ("confirm", 1.5),
    ],
)
def test_a_filter_that_can_t_be_used_is_named(field: str, value: object) -> None:
    assert set(refused(**{"name": "lamp", field: value})) == {field}
