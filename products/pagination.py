"""Keyset pagination of the catalogue: a page starts after a row, not after a number of rows.

So the last page costs as much as the first, and rows that are added or deleted meanwhile do not
shift the others. Ties are broken by id; products without a price come last in both directions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Self

from django import forms
from django.core.signing import BadSignature, Signer
from django.db.models import F, Func, OrderBy, Q, TextField, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Collate, Lower
from django.db.models.lookups import GreaterThan, IsNull, LessThan, Lookup
from django_filters.utils import translate_validation
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from products.models import Backlog, Product
from products.querysets import ProductQuerySet, sku_key

PAGE_SIZE: Final = 50
MAX_PAGE_SIZE: Final = 500

# The keys that products can be sorted by; an index on (expression, id) serves each of them.
SORT_KEYS: Final[dict[str, Combinable]] = {
    "sku": sku_key(),
    "name": Collate(Lower("name"), "C"),
    "price": F("price"),
    "active": F("active"),
    "created_at": F("created_at"),
    "updated_at": F("updated_at"),
}
MAY_BE_EMPTY: Final = ("price",)
ORDERINGS: Final = [sign + name for name in SORT_KEYS for sign in ("", "-")]

_signer = Signer(salt="products.pagination")


@dataclass(frozen=True)
class Cursor:
    """The start of a page: the row beside it, and the direction from there."""

    ordering: str
    backwards: bool = False
    # The sort key of the row as text, None if it is empty; and its id.
    key: str | None = None
    id: int | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """The cursor that `str` has turned into this text. Raises BadSignature for other texts."""
        return cls(*_signer.unsign_object(text))

    def __str__(self) -> str:
        parts = (self.ordering, self.backwards, self.key, self.id)
        # Compressed, so that the longest name still fits into an address.
        return _signer.sign_object(parts, compress=True)

    @classmethod
    def beside(cls, product: Product, ordering: str, *, backwards: bool) -> Self:
        key: str | Decimal | datetime | None = product.sort_key  # type: ignore[attr-defined]
        return cls(ordering, backwards, None if key is None else str(key), product.pk)


class PageForm(forms.Form):
    """Validates the query parameters of a page; `cleaned_data["cursor"]` is a Cursor."""

    ordering = forms.ChoiceField(choices=[(name, name) for name in ORDERINGS], required=False)
    cursor = forms.CharField(required=False)
    page_size = forms.IntegerField(min_value=1, max_value=MAX_PAGE_SIZE, required=False)

    def clean_ordering(self) -> str:
        return self.cleaned_data["ordering"] or "sku"

    def clean_cursor(self) -> Cursor:
        ordering = self.cleaned_data.get("ordering", "sku")
        text = self.cleaned_data["cursor"]
        try:
            cursor = Cursor.parse(text) if text else Cursor(ordering)
        except BadSignature as error:
            raise forms.ValidationError(UNKNOWN_CURSOR) from error
        if cursor.ordering != ordering:
            raise forms.ValidationError(OTHER_ORDERING)
        return cursor

    def clean_page_size(self) -> int:
        return self.cleaned_data["page_size"] or PAGE_SIZE

    def page_of(self, products: ProductQuerySet) -> Page:
        """The page of these products that a valid form describes."""
        return page_of(
            products,
            cursor=self.cleaned_data["cursor"],
            page_size=self.cleaned_data["page_size"],
        )


UNKNOWN_CURSOR: Final = "This page link is not valid. Start from the first page."
OTHER_ORDERING: Final = "This page link belongs to another ordering. Start from the first page."


@dataclass(frozen=True, kw_only=True)
class Page:
    """Some products in order, the cursors of the pages around them, and the count of all."""

    products: list[Product]
    count: int
    count_is_estimate: bool
    next: Cursor | None
    previous: Cursor | None


def page_of(products: ProductQuerySet, *, cursor: Cursor, page_size: int) -> Page:
    """The page that the cursor starts; at most seven queries, however many products there are."""
    count, is_estimate = products.about_count()
    rows = list(_walk(products, cursor, page_size + 1))
    has_more, rows = len(rows) > page_size, rows[:page_size]
    has_others = bool(rows) and cursor.id is not None
    if cursor.backwards:
        rows.reverse()
    has_next, has_previous = (has_others, has_more) if cursor.backwards else (has_more, has_others)
    return Page(
        products=rows,
        count=count,
        count_is_estimate=is_estimate,
        next=Cursor.beside(rows[-1], cursor.ordering, backwards=False) if has_next else None,
        previous=Cursor.beside(rows[0], cursor.ordering, backwards=True) if has_previous else None,
    )


def _walk(products: ProductQuerySet, cursor: Cursor, size: int) -> Iterator[Product]:
    for part in _parts(products, cursor):
        rows = list(part[:size])
        yield from rows
        size -= len(rows)
        if not size:
            return


def _parts(products: ProductQuerySet, cursor: Cursor) -> list[ProductQuerySet]:
    """The rows that follow the cursor, in order.

    If a key may be empty, the rows without it are a separate part: one index serves both parts in
    both directions, but not the two together.
    """
    name = cursor.ordering.removeprefix("-")
    descending = cursor.ordering.startswith("-") != cursor.backwards
    order = [OrderBy(F(column), descending=descending) for column in ("sort_key", "tie")]
    rows = _with_sort_key(products, name).order_by(*order)
    if name in MAY_BE_EMPTY:
        empty = IsNull(F("sort_key"), True)  # noqa: FBT003 - its second side has no name
        parts = [rows.filter(~Q(empty)), rows.filter(empty)]
    else:
        parts = [rows]
    if cursor.id is None:
        return parts[::-1] if cursor.backwards else parts
    at = int(cursor.key is None)
    following = parts[:at][::-1] if cursor.backwards else parts[at + 1 :]
    return [parts[at].filter(_beyond(cursor, LessThan if descending else GreaterThan)), *following]


def _with_sort_key(products: ProductQuerySet, name: str) -> ProductQuerySet:
    """The products with `sort_key` and `tie`, which one index serves; see products.indexing."""
    if name == "sku" or Backlog.objects.exists():
        return products.annotate(sort_key=SORT_KEYS[name], tie=F("pk"))
    keys = products.filter(sorting__isnull=False)
    return keys.annotate(sort_key=F(f"sorting__{name}"), tie=F("sorting__product_id"))


def _beyond(cursor: Cursor, comparison: type[Lookup[bool]]) -> Lookup[bool]:
    if cursor.key is None:
        return comparison(F("tie"), cursor.id)
    return comparison(Row(F("sort_key"), F("tie")), Row(Value(cursor.key), Value(cursor.id)))


class Row(Func):
    """Columns that are compared as a whole, which an index on the same columns serves."""

    function = "ROW"
    output_field = TextField()


class ProductPagination(BasePagination):
    """The same pages for the API."""

    def paginate_queryset(
        self, queryset: Any, request: Request, view: APIView | None = None
    ) -> list[Any]:
        form = PageForm(request.query_params)
        if not form.is_valid():
            raise translate_validation(form.errors)
        self.url = request.build_absolute_uri()
        self.page = form.page_of(queryset)
        return self.page.products

    def get_paginated_response(self, data: Any) -> Response:
        return Response(
            {
                "count": self.page.count,
                "count_is_estimate": self.page.count_is_estimate,
                "next": self._link(self.page.next),
                "previous": self._link(self.page.previous),
                "results": data,
            }
        )

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return [
            {
                "name": "cursor",
                "in": "query",
                "description": "The start of a page; `next` and `previous` contain it.",
                "schema": {"type": "string"},
            },
            {
                "name": "ordering",
                "in": "query",
                "description": "The key to sort by; `-` in front of it reverses the order.",
                "schema": {"type": "string", "enum": ORDERINGS},
            },
            {
                "name": "page_size",
                "in": "query",
                "description": f"The number of products on a page; {PAGE_SIZE} by default.",
                "schema": {"type": "integer", "minimum": 1, "maximum": MAX_PAGE_SIZE},
            },
        ]

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": "string", "format": "uri", "nullable": True}
        properties = {
            "count": {"type": "integer"},
            "count_is_estimate": {"type": "boolean"},
            "next": link,
            "previous": link,
            "results": schema,
        }
        return {"type": "object", "properties": properties, "required": list(properties)}

    def _link(self, cursor: Cursor | None) -> str | None:
        return replace_query_param(self.url, "cursor", str(cursor)) if cursor else None
