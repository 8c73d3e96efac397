"""The API keeps to its description, whatever it is sent."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import schemathesis
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from drf_spectacular.generators import SchemaGenerator
from hypothesis import settings
from pytest_django import DjangoDbBlocker
from rest_framework.authtoken.models import Token
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from imports.api.tus_schema import PART_TYPE
from imports.intake.submitting import create, start_import
from imports.intake.uploads import begin, receive
from imports.models import Profile
from jobs import runner
from products.models import Product
from webhooks.dispatching import dispatch
from webhooks.models import Endpoint

Case = schemathesis.Case[Any]
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
schemathesis.serializer.alias(PART_TYPE, "application/octet-stream")
application = cache(get_wsgi_application)


def site(environ: Any, start_response: Any) -> Any:
    """The site, made when it is first asked: only then is the place of static files known."""
    return application()(environ, start_response)


description = SchemaGenerator().get_schema(public=True)  # type: ignore[no-untyped-call]
schema = schemathesis.openapi.from_dict(description)
schema.app = site


def test_the_description_is_made_without_a_warning(tmp_path: Path) -> None:
    file = tmp_path / "schema.json"
    call_command(
        "spectacular", fail_on_warn=True, validate=True, format="openapi-json", file=str(file)
    )
    assert file.stat().st_size


@pytest.fixture(scope="module")
def _one_connection() -> Iterator[None]:
    """Requests leave the connection alone, whose transaction takes back what they did."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.fixture(scope="module")
def committed(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """What a fixture makes stays until the last test of this module."""
    with django_db_blocker.unblock():
        yield
        call_command("flush", interactive=False, verbosity=0, reset_sequences=False)


@pytest.fixture(scope="module")
def headers(committed: None) -> dict[str, str]:
    token = Token.objects.create(user=User.objects.create_user("ana"))
    return {"Authorization": f"Token {token.key}"}


@pytest.fixture(scope="module")
def ids(committed: None, headers: dict[str, str]) -> dict[str, list[Any]]:
    """What there is to ask for, by the first word of an address."""
    endpoint = Endpoint.objects.create(url="http://127.0.0.1:1/")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("jobs.wakeups._send", lambda *_, **__: None)
        imports = [
            run("sku,name,price\nA,Lamp,1\nB,Desk,x\n"),
            run("sku,name\nA,Lamp\nC,Chair\n", review=True),
            run("sku,name\nA,Lamp,\n", on_error="abort"),
        ]
        uploads = [complete_upload(), complete_upload()]
        start_import(upload=uploads[1], user=User.objects.get())
    dispatch()
    profile = Profile.objects.create(name="Supplier", mapping={"sku": "sku"})
    products = list(Product.objects.values_list("pk", flat=True))
    return {
        **dict.fromkeys(("imports", "jobs", "file-processor"), imports),
        "import-profiles": [profile.pk],
        "products": products,
        "uploads": uploads,
        "webhooks": [endpoint.pk],
        "deliveries": list(endpoint.deliveries.values_list("pk", flat=True)),
    }


def complete_upload() -> UUID:
    """The id of an upload that an import can be made of."""
    data = b"sku,name\nA,Lamp\n"
    upload = begin(
        user=User.objects.get(), filename="products.csv", size_bytes=len(data), metadata=""
    )
    return receive(upload, BytesIO(data), offset=0, length=len(data)).pk


def run(data: str, **options: Any) -> int:
    """The id of an import that has come to its end, or to its review."""
    file = ContentFile(data.encode(), name="products.csv")
    import_ = create(file=file, filename="products.csv", created_by=User.objects.get(), **options)
    runner.advance_alone(import_.pk)
    return import_.pk


@schema.exclude(path_regex="/events/$").parametrize()
@settings(max_examples=6, derandomize=True, database=None, deadline=None)
@pytest.mark.usefixtures("_one_connection")
@pytest.mark.django_db
def test_nothing_comes_that_is_not_described(
    case: Case, headers: dict[str, str], ids: dict[str, list[Any]]
) -> None:
    check(case, headers)
    known = ids.get(case.path.split("/")[2], [])
    for known_id in known if "id" in case.path_parameters else []:
        case.path_parameters["id"] = str(known_id)
        check(case, headers)
    if isinstance(case.body, dict) and "file" in case.body:
        case.body["file"] = b"sku,name\nA,Lamp\n"  # type: ignore[assignment]
        check(case, headers)
    if isinstance(case.body, dict) and "upload" in case.body:
        case.body.pop("file", None)
        for upload in ids["uploads"]:
            case.body["upload"] = str(upload)
            check(case, headers)


def check(case: Case, headers: dict[str, str]) -> None:
    """Ask, judge the answer, and take back what it did."""
    with transaction.atomic():
        case.call_and_validate(headers=headers, checks=CHECKS)
        transaction.set_rollback(True)
