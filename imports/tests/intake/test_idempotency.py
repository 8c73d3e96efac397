from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import F
from rest_framework.test import APIClient

from imports.models import IdempotencyKey, Import

DATA = b"sku,name\nA,Lamp\n"


def post(api: APIClient, data: bytes = DATA, key: str = "k1", **options: Any) -> Any:
    file = SimpleUploadedFile(options.pop("filename", "products.csv"), data)
    headers = {"idempotency-key": key}
    return api.post("/api/imports/", {"file": file, **options}, format="multipart", headers=headers)


def test_the_same_request_again_answers_the_same_import(api: APIClient, unsent: None) -> None:
    first, again = post(api), post(api)
    assert (first.status_code, again.status_code) == (202, 202)
    assert again.json()["id"] == first.json()["id"]
    assert again["Location"] == first["Location"]
    assert Import.objects.count() == 1


@pytest.mark.parametrize(
    "other", [{"data": DATA + b"B,Desk\n"}, {"mode": "create"}, {"filename": "other.csv"}]
)
def test_another_request_with_the_same_key_is_refused(
    api: APIClient, unsent: None, other: dict[str, Any]
) -> None:
    post(api)
    answer = post(api, **other)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert Import.objects.count() == 1


def test_other_keys_and_other_people_start_their_own(api: APIClient, unsent: None) -> None:
    other = APIClient()
    other.force_authenticate(User.objects.create_user("ben"))
    ids = {answer.json()["id"] for answer in (post(api), post(api, key="k2"), post(other))}
    assert len(ids) == 3


def test_without_a_key_every_request_is_new(api: APIClient, unsent: None) -> None:
    assert post(api, key="").json()["id"] != post(api, key="").json()["id"]
    assert not IdempotencyKey.objects.exists()


def test_while_the_first_is_under_way_a_second_has_to_wait(api: APIClient, unsent: None) -> None:
    post(api)
    IdempotencyKey.objects.update(started=None)
    answer = post(api)
    assert (answer.status_code, answer.json()["code"]) == (409, "request_under_way")
    assert int(answer["Retry-After"]) > 0


def test_a_refused_file_may_be_sent_again_with_its_key(api: APIClient, unsent: None) -> None:
    assert post(api, b"name\nLamp\n").status_code == 422
    assert post(api, DATA).status_code == 202


@pytest.mark.parametrize(
    ("age", "under_way", "is_kept"),
    [
        (timedelta(hours=23), False, True),
        (timedelta(hours=25), False, False),
        (timedelta(minutes=5), True, True),
        (timedelta(minutes=15), True, False),
    ],
)
def test_keys_are_forgotten_in_time(
    api: APIClient, unsent: None, age: timedelta, *, under_way: bool, is_kept: bool
) -> None:
    post(api)
    IdempotencyKey.objects.update(created_at=F("created_at") - age)
    if under_way:
        IdempotencyKey.objects.update(started=None)
    post(api, key="k2")
    assert IdempotencyKey.objects.filter(key="k1").exists() == is_kept


def test_a_key_has_its_length(api: APIClient, unsent: None) -> None:
    assert post(api, key="k" * 255).status_code == 202
    answer = post(api, key="k" * 256)
    assert answer.status_code == 400
    assert "Idempotency-Key" in answer.json()["errors"]


def test_older_clients_find_the_imports_where_they_knew_them(api: APIClient, unsent: None) -> None:
    file = SimpleUploadedFile("products.csv", DATA)
    answer = api.post("/api/file-processor/upload/", {"file": file}, format="multipart")
    assert answer.status_code == 202
    pk = answer.json()["id"]
    assert answer["Location"].endswith(f"/api/imports/{pk}/")
    status = api.get(f"/api/file-processor/status/{pk}/").json()
    assert status == api.get(f"/api/imports/{pk}/").json()
