"""The filters of the catalogue, the same on the page, in the API, for export and bulk delete."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import reduce
from operator import or_

from django import forms
from django.db.models import F, Q
from django_filters.rest_framework import CharFilter, FilterSet, NumberFilter, TypedChoiceFilter

from products.models import Backlog, Product, Words
from products.querysets import HoldsText, ProductQuerySet


class PriceField(forms.DecimalField):
    """A price that the table can store; the database refuses some of Python's, such as 0E+9999."""

    def clean(self, value: object) -> Decimal | None:
        price = super().clean(value)
        return price if price is None else price.quantize(Decimal("0.01"))


class PriceFilter(NumberFilter):
    field_class = PriceField

    def __init__(self, field_name: str, *, lookup_expr: str) -> None:
        super().__init__(field_name, lookup_expr, max_digits=12, decimal_places=2)


class ActiveFilter(TypedChoiceFilter):
    def __init__(self, field_name: str) -> None:
        super().__init__(
            field_name,
            choices=[("true", "Active"), ("false", "Inactive")],
            coerce=lambda text: text == "true",
            error_messages={"invalid_choice": "Give true or false."},
        )


class ProductFilter(FilterSet):
    """Reads the query parameters; one that is absent or empty lets every product through."""

    sku = CharFilter(method="filter_holding")
    name = CharFilter(method="filter_holding")
    description = CharFilter(method="filter_holding")
    search = CharFilter(method="filter_search")
    active = ActiveFilter("active")
    price_min = PriceFilter("price", lookup_expr="gte")
    price_max = PriceFilter("price", lookup_expr="lte")

    class Meta:
        model = Product
        fields: list[str] = []

    @classmethod
    def filters_in(cls, parameters: Mapping[str, str]) -> dict[str, str]:
        """The query parameters that are filters and not empty."""
        values = {name: parameters.get(name, "") for name in cls.base_filters}
        return {name: text for name, text in values.items() if text.strip()}

    def filter_holding(self, products: ProductQuerySet, field: str, text: str) -> ProductQuerySet:
        return products.holding(field, text)

    def filter_search(self, products: ProductQuerySet, field: str, text: str) -> ProductQuerySet:
        return products.search(text)


class IndexedFilter(ProductFilter):
    """The same products, found by the indexes beside the catalogue; see products.indexing."""

    active = ActiveFilter("sorting__active")
    price_min = PriceFilter("sorting__price", lookup_expr="gte")
    price_max = PriceFilter("sorting__price", lookup_expr="lte")

    def filter_holding(self, products: ProductQuerySet, field: str, text: str) -> ProductQuerySet:
        return _by_words(products, text, field)

    def filter_search(self, products: ProductQuerySet, field: str, text: str) -> ProductQuerySet:
        return _by_words(products, text, "sku", "name", "description")


def _by_words(products: ProductQuerySet, text: str, *fields: str) -> ProductQuerySet:
    contains = reduce(or_, (Q(HoldsText(F(field), text)) for field in fields))
    return products.filter(pk__in=Words.objects.filter(contains).values("pk"))


def reading_filter() -> type[ProductFilter]:
    """The filter for reads: it uses the indexes, unless they are behind a large write.

    Not for writes: a write that has to wait for a product must then judge its new values.
    """
    return ProductFilter if Backlog.objects.exists() else IndexedFilter


def matching(filters: Mapping[str, str]) -> ProductQuerySet:
    """The products that match these query parameters.

    Raises ValueError if one of them is not valid.
    """
    filterset = ProductFilter(data=filters, queryset=Product.objects.all())
    if not filterset.is_valid():
        raise ValueError(filterset.errors.as_json())
    products: ProductQuerySet = filterset.qs
    return products
