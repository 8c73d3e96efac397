from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from products.filters import ProductFilter, matching
from products.models import Product
from products.tests.conftest import MakeProduct

VALUES = st.text(max_size=20) | st.sampled_from(
    ["0E+999999", "1e-999999", "-1e400", "NaN", "Infinity", "1_0", "\x00", "٣", "true", "false"]
)


def found(**filters: str) -> set[str]:
    return set(matching(filters).values_list("sku", flat=True))


@pytest.fixture
def three(make_product: MakeProduct) -> None:
    make_product("A-1", name="Lamp", price="1.00")
    make_product("A-2", name="Rug", price="2.00", active=False, description="with fringes")
    make_product("B-1", name="Table lamp")


@pytest.mark.usefixtures("three")
def test_without_filters_everything_is_let_through() -> None:
    assert found() == {"A-1", "A-2", "B-1"}
    assert found(sku="", name=" ", active="", price_min="") == {"A-1", "A-2", "B-1"}


@pytest.mark.usefixtures("three")
def test_each_filter() -> None:
    assert found(sku="a-") == {"A-1", "A-2"}
    assert found(name="LAMP") == {"A-1", "B-1"}
    assert found(description="fringe") == {"A-2"}
    assert found(search="fringe") == {"A-2"}
    assert found(active="true") == {"A-1", "B-1"}
    assert found(active="false") == {"A-2"}
    assert found(price_min="1.01") == {"A-2"}
    assert found(price_max="1") == {"A-1"}


@pytest.mark.usefixtures("three")
def test_filters_narrow_each_other() -> None:
    assert found(sku="A", name="lamp") == {"A-1"}
    assert found(price_min="1", price_max="1.5") == {"A-1"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("active", "maybe"),
        ("price_min", "cheap"),
        ("price_max", "1.234"),
        ("price_max", "1E-999999"),
        ("sku", "a\x00b"),
    ],
)
def test_a_value_that_is_no_filter_is_named(name: str, value: str) -> None:
    asked = ProductFilter({name: value}, queryset=Product.objects.all())
    assert list(asked.errors) == [name]
    with pytest.raises(ValueError, match=name):
        matching({name: value})


class AnyValue(TestCase):
    @settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.dictionaries(st.sampled_from(sorted(ProductFilter.base_filters)), VALUES))
    def test_is_either_refused_or_understood_by_the_database(self, given: dict[str, str]) -> None:
        asked = ProductFilter(given, queryset=Product.objects.all())
        if asked.is_valid():
            assert not asked.qs.exists()
