"""The admin: everything can be looked at, at any size, and nothing can be broken."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from imports.models import IdempotencyKey, Import, Preview, Profile, Reject, Upload
from jobs.models import Job, LedgerLine, Range
from products.models import BulkDelete, Change, Product
from web import estimates
from web.admin import LookOnlyAdmin
from webhooks.models import Attempt, Delivery, Endpoint, Event

MODELS = [
    model for model, options in admin.site._registry.items() if isinstance(options, LookOnlyAdmin)
]


@pytest.fixture
def root(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    return client


def add_rows(start: int) -> None:
    """A few of everything, each with relations of its own."""
    for number in range(start, start + 3):
        person = User.objects.create_user(f"person {number}")
        job = Import.objects.create(
            kind="import", filename=f"{number}.csv", size_bytes=1, created_by=person
        )
        BulkDelete.objects.create(kind="bulk_delete", created_by=person)
        IdempotencyKey.objects.create(user=person, key=str(number), started=job)
        Upload.objects.create(user=person, started=job, size_bytes=1, expires_at=timezone.now())
        Profile.objects.create(name=f"Supplier {number}", created_by=person)
        Range.objects.create(job=job, number=number)
        LedgerLine.objects.create(job=job, number=number)
        Preview.objects.create(job=job, counted_at=timezone.now(), found={})
        Reject.objects.create(job=job, record=number, line=number, code="sku_missing", cells=[])
        endpoint = Endpoint.objects.create(url=f"https://{number}.example/", created_by=person)
        event = Event.objects.create(message_id=str(number), type="webhook.test", data={})
        delivery = Delivery.objects.create(event=event, endpoint=endpoint)
        Attempt.objects.create(delivery=delivery, number=1)
        product = Product.objects.create(sku=f"LMP-{number}", name="Lamp", created_in=job)
        Change.objects.create(
            product_id=product.pk, action="updated", version=1, changed_by=person, job=job
        )


def address(model: type[Model], page: str, *args: object) -> str:
    return reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_{page}", args=args)


def queries(client: Client, url: str) -> list[str]:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return [query["sql"] for query in captured]


def test_every_model_of_ours_is_there() -> None:
    ours = {Job, Range, LedgerLine, Import, Reject, IdempotencyKey, Product, Change, BulkDelete}
    ours |= {Endpoint, Event, Delivery, Attempt, Preview, Profile, Upload}
    assert ours <= set(MODELS)


@pytest.mark.parametrize("model", MODELS)
def test_a_list_asks_the_same_number_of_queries_for_any_number_of_rows(
    root: Client, model: type[Model]
) -> None:
    add_rows(1)
    few = queries(root, address(model, "changelist"))
    add_rows(4)
    assert len(queries(root, address(model, "changelist"))) == len(few)


@pytest.mark.parametrize("model", MODELS)
def test_nothing_counts_a_whole_table(
    root: Client, model: type[Model], monkeypatch: pytest.MonkeyPatch
) -> None:
    for limit in ("MAX_QUICK_COUNT", "MAX_EXACT_COUNT", "MAX_COUNT"):
        monkeypatch.setattr(estimates, limit, 1)
    add_rows(1)
    url = address(model, "changelist")
    for page in (url, f"{url}?q=1", f"{url}?p=1"):
        counts = [sql for sql in queries(root, page) if "COUNT(" in sql.upper()]
        assert counts
        assert all("LIMIT 2)" in sql for sql in counts), counts


@pytest.mark.parametrize("model", MODELS)
def test_a_row_can_be_looked_at_and_not_changed(root: Client, model: type[Model]) -> None:
    add_rows(1)
    row: Any = model._default_manager.first()
    page = address(model, "change", row.pk)
    assert root.get(page).status_code == 200
    assert root.post(page, {}).status_code == 403
    assert root.post(address(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    assert root.get(address(model, "add")).status_code == 403
    assert model._default_manager.filter(pk=row.pk).exists()


def found(root: Client, model: type[Model], words: str) -> int:
    page = root.get(address(model, "changelist"), {"q": words})
    return len(page.context["cl"].result_list)


def test_products_are_found_by_their_sku_and_the_rest_by_ids(root: Client) -> None:
    add_rows(1)
    assert found(root, Product, "lmp-2") == 1
    assert found(root, Product, "lmp") == 0
    job_id = Import.objects.get(filename="2.csv").pk
    for model in (Job, Range, LedgerLine, Reject):
        assert found(root, model, str(job_id)) == 1
        assert found(root, model, "none") == 0
    assert found(root, Import, "2.csv") == 1
    assert found(root, Change, str(Product.objects.get(sku="LMP-3").pk)) == 1


def test_changes_come_in_the_order_of_the_index_that_they_have(root: Client) -> None:
    rows = root.get(address(Change, "changelist")).context["cl"].queryset
    assert str(rows.query).endswith(
        'ORDER BY "products_change"."product_id" DESC, "products_change"."version" DESC'
    )


@pytest.mark.parametrize("path", ["auth/user/", "auth/group/", "authtoken/tokenproxy/"])
def test_what_is_not_ours_works_as_it_is(root: Client, path: str) -> None:
    assert root.get(f"/admin/{path}").status_code == 200
