from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from rest_framework.test import APIClient

from products import catalogue
from products.models import BulkDelete, Change, Product
from products.tests.conftest import MakeProduct

LIST = "/api/products/"
ERROR = {"code", "detail", "errors"}


def detail(product: Product | int) -> str:
    return f"{LIST}{product if isinstance(product, int) else product.pk}/"


def skus(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [product["sku"] for product in answer.json()["results"]]


# --- List ---------------------------------------------------------------------------------


def test_the_list(api: APIClient, make_product: MakeProduct) -> None:
    make_product("b", price="2.00")
    make_product("A")
    answer = api.get(LIST)
    assert skus(answer) == ["A", "b"]
    body = answer.json()
    assert (body["count"], body["count_is_estimate"]) == (2, False)
    assert (body["next"], body["previous"]) == (None, None)
    assert body["results"][1]["price"] == "2.00"


def test_filters_search_and_ordering(api: APIClient, make_product: MakeProduct) -> None:
    make_product("A", name="Lamp", price=1)
    make_product("B", name="lamp", price=2, active=False)
    make_product("C", name="Rug", price=3, description="Under the lamp.")
    assert skus(api.get(LIST, {"name": "LAMP"})) == ["A", "B"]
    assert skus(api.get(LIST, {"search": "lamp", "ordering": "-price"})) == ["C", "B", "A"]
    assert skus(api.get(LIST, {"active": "false"})) == ["B"]
    assert skus(api.get(LIST, {"price_min": "2", "price_max": "2.50"})) == ["B"]


def test_next_and_previous_lead_through_all_pages(
    api: APIClient, make_product: MakeProduct
) -> None:
    for number in range(5):
        make_product(f"S{number}", name=f"a & b {number}")
    first = api.get(LIST, {"page_size": "2", "name": "a & b", "ordering": "-sku"})
    second = api.get(first.json()["next"])
    third = api.get(second.json()["next"])
    assert skus(first) + skus(second) + skus(third) == ["S4", "S3", "S2", "S1", "S0"]
    assert third.json()["next"] is None
    assert skus(api.get(third.json()["previous"])) == ["S2", "S1"]
    assert api.get(second.json()["previous"]).json()["results"] == first.json()["results"]


@pytest.mark.parametrize("ordering", ["sku", "-price"])
def test_more_products_need_no_more_queries(
    api: APIClient, make_product: MakeProduct, ordering: str
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert api.get(LIST, {"ordering": ordering, "page_size": "200"}).status_code == 200
        return len(captured)

    for number in range(5):
        make_product(f"S{number}")
    few = queries()
    for number in range(5, 200):
        make_product(f"S{number}")
    assert queries() == few


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("cursor", "abc"),
        ("cursor", "\x00"),
        ("ordering", "weight"),
        ("page_size", "-1"),
        ("active", "maybe"),
        ("price_min", "cheap"),
        ("price_max", "9" * 400),
        ("sku", "a\x00"),
        ("search", "\x00"),
    ],
)
def test_a_bad_parameter_is_named(api: APIClient, name: str, value: str) -> None:
    answer = api.get(LIST, {name: value})
    assert answer.status_code == 400
    assert answer.json().keys() == ERROR
    assert answer.json()["code"] == "invalid"
    assert list(answer.json()["errors"]) == [name]


# --- One product --------------------------------------------------------------------------


def test_a_product_is_created(api: APIClient, user: User) -> None:
    answer = api.post(LIST, {"sku": " LMP-1", "name": "Lamp", "price": "5"}, format="json")
    product = Product.objects.get()
    assert answer.status_code == 201
    assert answer["Location"].endswith(detail(product))
    assert answer["ETag"] == '"1"'
    assert answer.json() == api.get(detail(product)).json()
    assert (answer.json()["sku"], answer.json()["price"]) == ("LMP-1", "5.00")
    assert Change.objects.get().changed_by == user


def test_a_taken_sku_is_a_conflict_with_its_holder(
    api: APIClient, make_product: MakeProduct
) -> None:
    holder, other = make_product("Éa"), make_product("B")
    for answer in (
        api.post(LIST, {"sku": "éA", "name": "x"}, format="json"),
        api.patch(detail(other), {"sku": "éA"}, format="json"),
    ):
        assert answer.status_code == 409
        assert answer.json().keys() == ERROR | {"id"}
        assert (answer.json()["code"], answer.json()["id"]) == ("sku_taken", holder.pk)


def test_put_replaces_and_patch_does_not(api: APIClient, make_product: MakeProduct) -> None:
    product = make_product("A", description="Old.", price=1, active=False)
    patched = api.patch(detail(product), {"name": "New"}, format="json").json()
    assert (patched["name"], patched["description"], patched["active"]) == ("New", "Old.", False)
    put = api.put(detail(product), {"sku": "A", "name": "New"}, format="json").json()
    assert (put["description"], put["price"], put["active"]) == ("", None, True)
    assert put["version"] == 3


def test_what_was_read_can_be_put_back(api: APIClient, make_product: MakeProduct) -> None:
    product = make_product("A", price=1, attributes={"a": "b"})
    read = api.get(detail(product)).json()
    assert api.put(detail(product), read, format="json").json() == read
    assert not Change.objects.exists()


def test_a_product_is_deleted(api: APIClient, make_product: MakeProduct, user: User) -> None:
    product = make_product("A")
    answer = api.delete(detail(product))
    assert (answer.status_code, answer.content) == (204, b"")
    assert Change.objects.get().changed_by == user
    assert api.get(detail(product)).status_code == 404


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
@pytest.mark.parametrize("pk", [1, 10**30])
def test_a_product_that_is_not_there(api: APIClient, method: str, pk: int) -> None:
    answer = getattr(api, method)(detail(pk), {"sku": "A", "name": "B"}, format="json")
    assert answer.status_code == 404
    assert answer.json() == {"code": "not_found", "detail": "Not found.", "errors": {}}


# --- Lost races ---------------------------------------------------------------------------


@pytest.mark.parametrize("tag", ['"2"', '"1", "2"', 'W/"0", "2"', "*"])
def test_a_product_that_is_as_it_was_seen_can_be_changed(
    api: APIClient, make_product: MakeProduct, tag: str
) -> None:
    product = make_product("A", version=2)
    answer = api.patch(detail(product), {"name": "New"}, format="json", headers={"If-Match": tag})
    assert (answer.status_code, answer["ETag"]) == (200, '"3"')
    assert api.delete(detail(product), headers={"If-Match": '"3"'}).status_code == 204


@pytest.mark.parametrize("tag", ['"1"', 'W/"2"', "2", "nonsense", '"2'])
@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_a_lost_race_changes_nothing(
    api: APIClient, make_product: MakeProduct, method: str, tag: str
) -> None:
    product = make_product("A", version=2)
    answer = getattr(api, method)(
        detail(product), {"sku": "A", "name": "New"}, format="json", headers={"If-Match": tag}
    )
    assert answer.status_code == 412
    assert answer.json().keys() == ERROR
    assert answer.json()["code"] == "precondition_failed"
    assert Product.objects.get().name == product.name


def test_a_race_lost_after_the_look_is_lost_too(
    api: APIClient, make_product: MakeProduct, monkeypatch: pytest.MonkeyPatch
) -> None:
    product = make_product("A")
    update = catalogue.update_product

    def overtaken(**kwargs: Any) -> Product:
        update(product_id=product.pk, changed_by=None, name="Theirs")
        return update(**kwargs)

    monkeypatch.setattr(catalogue, "update_product", overtaken)
    answer = api.patch(
        detail(product), {"name": "Mine"}, format="json", headers={"If-Match": '"1"'}
    )
    assert answer.status_code == 412
    assert Product.objects.get().name == "Theirs"


def test_what_a_client_has_is_not_sent_again(api: APIClient, make_product: MakeProduct) -> None:
    product = make_product("A")
    answer = api.get(detail(product), headers={"If-None-Match": '"1"'})
    assert (answer.status_code, answer["ETag"], answer.content) == (304, '"1"', b"")
    assert api.get(detail(product), headers={"If-None-Match": '"0"'}).status_code == 200


# --- Bad bodies ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content_type", "body", "status", "code"),
    [
        ("application/json", "{", 400, "parse_error"),
        ("application/json", "[" * 200_000, 400, "parse_error"),
        ("application/json", b"\xff\xfe", 400, "parse_error"),
        ("application/json", '{"price": NaN}', 400, "parse_error"),
        ("application/json", '{"price": ' + "9" * 5000 + "}", 400, "parse_error"),
        ("application/json; charset=rot13", "{}", 400, "parse_error"),
        ("application/json", "[]", 400, "invalid"),
        ("application/json", "null", 400, "invalid"),
        ("application/json", '"text"', 400, "invalid"),
        ("application/json", "", 400, "invalid"),
        ("application/json", '{"sku": "A", "name": "B", "price": 1e400}', 400, "invalid"),
        ("text/csv", "sku,name", 415, "unsupported_media_type"),
        ("application/x-www-form-urlencoded", "sku=A&name=B", 415, "unsupported_media_type"),
        ("nonsense", "{}", 415, "unsupported_media_type"),
    ],
)
@pytest.mark.parametrize("address", [LIST, f"{LIST}bulk-delete/"])
def test_a_body_that_can_t_be_read(
    api: APIClient, address: str, content_type: str, body: str, status: int, code: str
) -> None:
    answer = api.generic("POST", address, body, content_type=content_type)
    assert answer.status_code == status
    assert answer.json().keys() == ERROR
    assert answer.json()["code"] == code


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
FIELDS = st.sampled_from(["sku", "name", "description", "price", "active", "attributes"])


class AnyBody(TestCase):
    @settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.too_slow])
    @given(JSON | st.dictionaries(FIELDS, JSON).map(lambda it: {"sku": "A", "name": "B"} | it))
    def test_is_taken_or_refused_but_never_a_failure_of_ours(self, body: Any) -> None:
        api = APIClient()
        api.force_authenticate(User.objects.create(username="ana"))
        answer = api.generic("PATCH", detail(1), json.dumps(body), "application/json")
        assert answer.status_code == 404
        answer = api.generic(
            "POST", f"{LIST}bulk-delete/", json.dumps(body), content_type="application/json"
        )
        assert answer.status_code in {202, 400}
        Product.objects.create(pk=1, sku="A", name="B")
        answer = api.generic("PATCH", detail(1), json.dumps(body), "application/json")
        assert answer.status_code in {200, 400}


# --- Bulk delete --------------------------------------------------------------------------


def bulk_delete(api: APIClient, body: dict[str, Any], query: str = "") -> Any:
    return api.post(f"{LIST}bulk-delete/{query}", body, format="json")


def test_a_bulk_delete_is_a_job(api: APIClient, make_product: MakeProduct, user: User) -> None:
    make_product("A")
    make_product("B", active=False)
    answer = bulk_delete(api, {"active": False})
    job = BulkDelete.objects.get()
    assert answer.status_code == 202
    assert answer["Location"].endswith(f"/api/jobs/{job.pk}/")
    assert answer.json()["id"] == job.pk
    assert (answer.json()["status"], answer.json()["percent"]) == ("pending", 0)
    assert (job.filters, job.created_by) == ({"active": "false"}, user)


def test_the_filters_may_be_in_the_address(api: APIClient, make_product: MakeProduct) -> None:
    make_product("A")
    assert bulk_delete(api, {"confirm": 1}, "?sku=a").status_code == 202
    assert BulkDelete.objects.get().filters == {"sku": "a"}


@pytest.mark.parametrize("which", [{"all": True}, {"sku": "a"}])
def test_a_wrong_number_is_a_conflict(
    api: APIClient, make_product: MakeProduct, which: dict[str, Any]
) -> None:
    make_product("A1")
    make_product("A2")
    answer = bulk_delete(api, which | {"confirm": 3})
    assert answer.status_code == 409
    assert answer.json().keys() == ERROR | {"count"}
    assert (answer.json()["code"], answer.json()["count"]) == ("wrong_number", 2)
    assert not BulkDelete.objects.exists()
    assert bulk_delete(api, which | {"confirm": 2}).status_code == 202


@pytest.mark.parametrize("body", [{}, {"all": True}, {"serch": "lamp"}, {"search": ""}])
def test_nothing_is_deleted_by_mistake(api: APIClient, body: dict[str, Any]) -> None:
    answer = bulk_delete(api, body)
    assert answer.status_code == 400
    assert answer.json().keys() == ERROR
    assert not BulkDelete.objects.exists()


# --- Export -------------------------------------------------------------------------------


def test_the_export(api: APIClient, make_product: MakeProduct) -> None:
    make_product("B", price=1)
    make_product("A", active=False)
    answer: Any = api.get(f"{LIST}export.csv", {"search": "lamp"}, headers={"Accept": "text/csv"})
    assert answer.status_code == 200
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert "products.csv" in answer["Content-Disposition"]
    assert b"".join(answer.streaming_content).decode() == (
        "sku,name,description,price,active\nA,Desk lamp,,,false\nB,Desk lamp,,1.00,true\n"
    )


def test_an_export_that_can_t_be_is_an_error_in_json(api: APIClient) -> None:
    answer = api.get(f"{LIST}export.csv", {"active": "x"}, headers={"Accept": "text/csv"})
    assert answer.status_code == 400
    assert answer.json().keys() == ERROR


@pytest.fixture
def two_attributes(make_product: MakeProduct, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("products.export.MAX_ATTRIBUTES", 1)
    make_product("A", attributes={"a": "x", "b": "y"})


@pytest.mark.usefixtures("two_attributes")
def test_more_attributes_than_columns_are_a_conflict(api: APIClient) -> None:
    answer = api.get(f"{LIST}export.csv")
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_attributes")


# --- Methods and representations ----------------------------------------------------------


@pytest.mark.parametrize(
    "ask",
    [
        lambda api: api.delete(LIST),
        lambda api: api.post(detail(1)),
        lambda api: api.get(f"{LIST}bulk-delete/"),
        lambda api: api.post(f"{LIST}export.csv"),
    ],
)
def test_a_method_that_is_not_there(api: APIClient, ask: Callable[[APIClient], Any]) -> None:
    answer = ask(api)
    assert answer.status_code == 405
    assert answer.json()["code"] == "method_not_allowed"


def test_a_representation_that_is_not_there(api: APIClient) -> None:
    answer = api.get(LIST, headers={"Accept": "image/png"})
    assert answer.status_code == 406
    assert answer.json()["code"] == "not_acceptable"


@pytest.mark.parametrize("query", ["", "?sku=a", "?active=x"])
@pytest.mark.parametrize("address", [LIST, detail(1), f"{LIST}bulk-delete/"])
def test_a_browser_may_look_around(
    api: APIClient, make_product: MakeProduct, address: str, query: str
) -> None:
    make_product("A", pk=1)
    answer = api.get(address + query, headers={"Accept": "text/html"})
    assert answer.status_code in {200, 400, 405}
    assert answer["Content-Type"].startswith("text/html")
