from __future__ import annotations

import csv
import io
from typing import Literal

import pytest
from django.db import connection
from django.http import StreamingHttpResponse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from products import export
from products.export import csv_of
from products.formula_guard import guard
from products.models import Product
from products.querysets import ProductQuerySet
from products.sku import clean_sku
from products.tests.conftest import MakeProduct

TEXT = st.text(st.sampled_from("a1é, \"'=+-@\t\r\n;\\.\u2028"), max_size=6)
ATTRIBUTES = st.dictionaries(
    TEXT | st.sampled_from(["5", "it's 100%s", "x" * 100]), TEXT.filter(bool), max_size=3
)


def exported(products: ProductQuerySet | None = None) -> bytes:
    return b"".join(csv_of(Product.objects.all() if products is None else products))


def as_python_writes_it(quoting: Literal[0, 1] = csv.QUOTE_MINIMAL) -> bytes:
    """The same file, made of the table row by row with the csv module."""
    products = list(Product.objects.in_key_order())
    names = sorted({name for product in products for name in product.attributes}, key=str.encode)
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n", quoting=quoting)
    writer.writerow(
        ["sku", "name", "description", "price", "active", *(f"attribute:{name}" for name in names)]
    )
    for product in products:
        cells = [
            product.sku,
            product.name,
            product.description,
            "" if product.price is None else f"{product.price:.2f}",
            str(product.active).lower(),
            *(product.attributes.get(name, "") for name in names),
        ]
        writer.writerow(map(guard, cells))
    return out.getvalue().encode()


def records(file: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(file.decode(), newline="")))


class AnyCatalogue(TestCase):
    @settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.too_slow])
    @given(
        st.lists(
            st.tuples(
                TEXT.map(clean_sku).filter(bool),
                TEXT,
                TEXT,
                st.none() | st.decimals(0, 9999999999, places=2),
                st.booleans(),
                ATTRIBUTES,
            ),
            max_size=5,
            unique_by=lambda row: row[0].lower(),
        )
    )
    def test_is_exported_as_python_would(self, rows: list[tuple[object, ...]]) -> None:
        names = ("sku", "name", "description", "price", "active", "attributes")
        Product.objects.bulk_create(Product(**dict(zip(names, row, strict=True))) for row in rows)
        assert records(exported()) == records(as_python_writes_it(csv.QUOTE_ALL))
        assert exported() == exported()


def test_the_bytes_are_those_of_the_csv_module(make_product: MakeProduct) -> None:
    make_product("b", price=5, description='Two\r\nlines, "quoted"')
    make_product("A", name="=1+1", active=False, attributes={"colour": "é", "5": "'-x"})
    assert exported() == as_python_writes_it()


def test_an_empty_catalogue_has_its_header(db: None) -> None:
    assert exported() == b"sku,name,description,price,active\n"


def test_filters_hold_for_attributes_too(make_product: MakeProduct) -> None:
    make_product("A", attributes={"colour": "gold"})
    make_product("B", attributes={"size": "5"})
    assert exported(Product.objects.holding("sku", "b")) == (
        b"sku,name,description,price,active,attribute:size\nB,Desk lamp,,,true,5\n"
    )


def test_a_large_export_comes_inpieces(
    make_product: MakeProduct, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "PIECE_BYTES", 100)
    for number in range(50):
        make_product(f"S{number:03}")
    whole = exported()
    pieces = list(csv_of(Product.objects.all()))
    assert b"".join(pieces) == whole
    assert max(map(len, pieces)) < 200


def test_a_reader_may_leave_early(
    make_product: MakeProduct, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "PIECE_BYTES", 1)
    for number in range(200):
        make_product(f"S{number:03}", description="x" * 10_000)
    response = StreamingHttpResponse(csv_of(Product.objects.all()))
    assert next(iter(response))
    response.close()
    connection.close()


@pytest.mark.django_db(transaction=True)
def test_a_failure_in_the_middle_is_no_short_file(make_product: MakeProduct) -> None:
    make_product("A", name="0")
    products = Product.objects.extra(where=["1 / name::int > 0"])
    with pytest.raises(Exception, match="division by zero"):
        list(export.pieces(b"", *export._lines(products, [])))
    assert Product.objects.count() == 1
