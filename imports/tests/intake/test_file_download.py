from __future__ import annotations

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from rest_framework.test import APIClient

from imports import stored_file
from imports.intake.submitting import create
from imports.models import Import

DATA = b"sku,name\nA,Lamp\n"


def kept(filename: str, data: bytes = DATA) -> Import:
    return create(file=ContentFile(data, name="x.csv"), filename=filename)


@pytest.fixture(params=["/imports/{}/file/", "/api/imports/{}/file/"])
def address(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_the_file_comes_back_as_it_was(client: Client, address: str) -> None:
    import_ = kept("spring.csv", DATA * 20_000)
    answer = client.get(address.format(import_.pk))
    assert (answer.status_code, answer.getvalue()) == (200, DATA * 20_000)
    assert answer["Content-Disposition"] == 'attachment; filename="spring.csv"'
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert int(answer["Content-Length"]) == len(DATA) * 20_000


def test_parts_come_as_one(client: Client, address: str) -> None:
    import_ = kept("spring.csv")
    import_.parts += stored_file.store(ContentFile(b"B,Desk\n", name="x.csv"))
    import_.save(update_fields=["parts"])
    answer = client.get(address.format(import_.pk))
    assert answer.getvalue() == DATA + b"B,Desk\n"
    assert int(answer["Content-Length"]) == len(DATA) + 7


@pytest.mark.parametrize("name", ['a"b.csv', "größe.csv", "a\r\nSet-Cookie: x.csv", "../a.csv"])
def test_no_name_breaks_out_of_the_header(client: Client, address: str, name: str) -> None:
    header = client.get(address.format(kept(name).pk))["Content-Disposition"]
    assert header.startswith("attachment; filename")
    assert not {"\r", "\n"} & set(header)
    assert header.isascii()


@pytest.mark.parametrize("accept", ["text/csv", "application/octet-stream", "*/*"])
def test_whatever_is_accepted_is_answered(api: APIClient, accept: str) -> None:
    answer = api.get(f"/api/imports/{kept('a.csv').pk}/file/", headers={"accept": accept})
    assert answer.status_code == 200


def test_a_file_that_is_gone_is_reported(client: Client, api: APIClient) -> None:
    import_ = kept("spring.csv")
    stored_file.delete(import_.parts)
    page = client.get(f"/imports/{import_.pk}/file/")
    assert page.status_code == 410
    assert f'href="/imports/{import_.pk}/"' in page.content.decode()
    answer = api.get(f"/api/imports/{import_.pk}/file/")
    assert (answer.status_code, answer.json()["code"]) == (410, "file_gone")
    Import.objects.update(parts=[])
    assert api.get(f"/api/imports/{import_.pk}/file/").status_code == 410


def test_an_unknown_import_has_no_file(client: Client, address: str) -> None:
    assert client.get(address.format(1)).status_code == 404
