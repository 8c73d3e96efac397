from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from rest_framework.test import APIClient

from imports.models import Import, Profile
from imports.tests.conftest import Run
from products.catalogue import create_product, update_product

LIST = "/api/imports/"

FIELDS = {
    *("id", "status", "stage", "mode", "on_error", "blank", "missing", "filename", "size_bytes"),
    *("sha256", "encoding", "delimiter", "mapping", "bytes_read", "percent", "rows_read"),
    *("created", "updated", "unchanged", "duplicate", "rejected", "removed", "rows_per_second"),
    *("eta_seconds", "error_code", "error_detail", "created_by", "created_at", "started_at"),
    "finished_at",
}


def post(api: APIClient, data: bytes, **options: Any) -> Any:
    file = SimpleUploadedFile("products.csv", data)
    return api.post(LIST, {"file": file, **options}, format="multipart")


def test_an_upload_is_accepted_and_can_be_followed(api: APIClient, unsent: None) -> None:
    answer = post(api, b"sku,name\nA,Lamp\n", mode="create")
    assert answer.status_code == 202
    body = answer.json()
    assert body.keys() >= FIELDS
    assert (body["status"], body["mode"], body["created_by"]) == ("pending", "create", "ana")
    assert answer["Location"].endswith(f"{LIST}{body['id']}/")
    assert api.get(answer["Location"]).json() == body


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty_file"),
        (b" \n\n", "empty_file"),
        (b"sku,name\n", "no_rows"),
        (b"name,price\nLamp,1\n", "sku_column_missing"),
        (b"sku,name,SKU\nA,Lamp,B\n", "duplicate_column"),
        (b"PK\x03\x04" + bytes(200), "unsupported_format"),
        (bytes(range(256)) * 4, "unsupported_format"),
        (b"\xff\xfe\0\0s\0\0\0k\0\0\0", "unsupported_format"),
        (b"s\0k\0u\0\n\0A\0\n\0", "undecodable"),
        (b"sku,name\nA,\x8f\n", "undecodable"),
        (b"a,b;c,d\n1,2;3,4\n", "ambiguous_delimiter"),
        (b"x" * 2_000_000, "no_header"),
    ],
)
def test_a_file_that_can_not_be_imported_is_refused_at_once(
    api: APIClient, unsent: None, data: bytes, code: str
) -> None:
    answer = post(api, data)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert answer.json()["detail"]
    assert not Import.objects.exists()


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"mode": "replace"}, "mode"),
        ({"mapping": "{"}, "mapping"),
        ({"encoding": "klingon"}, "encoding"),
        ({"encoding": "x" * 31}, "encoding"),
        ({"delimiter": "x"}, "delimiter"),
        ({"delimiter": " "}, "delimiter"),
        ({"mapping": "[1]"}, "mapping"),
        ({"mapping": "[" * 100_000}, "mapping"),
        ({"mapping": json.dumps({"sku": "colour"})}, "mapping.sku"),
        ({"mapping": json.dumps({"nothing": "sku"})}, "mapping.nothing"),
        ({"mapping": json.dumps({"a\0": "ignore"})}, "mapping"),
        ({"mapping": json.dumps({"\ud800": "ignore"})}, "mapping"),
        ({"profile": "nobody"}, "profile"),
    ],
)
def test_options_that_make_no_sense_are_named(
    api: APIClient, unsent: None, options: dict[str, str], field: str
) -> None:
    answer = post(api, b"sku,name\nA,Lamp\n", **options)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert field in answer.json()["errors"]


def test_a_file_is_needed(api: APIClient) -> None:
    for body in ({}, {"file": "just text"}):
        answer = api.post(LIST, body, format="multipart")
        assert answer.status_code == 400
        assert "file" in answer.json()["errors"]


def test_a_mapping_names_fields_and_attributes(api: APIClient, run: Run) -> None:
    mapping = {"code": "sku", "label": "name", "hue": "attribute:colour"}
    answer = post(api, b"code,label,hue\nA,Lamp,red\n", mapping=json.dumps(mapping))
    assert answer.json()["mapping"] == mapping


@pytest.mark.parametrize("delimiter", ["\t", "tab", "\\t"])
def test_what_separates_and_encodes_is_as_asked(
    api: APIClient, unsent: None, delimiter: str
) -> None:
    answer = post(api, b"sku\tname\nA\tM\x81\n", delimiter=delimiter, encoding="cp850")
    assert answer.status_code == 202
    assert (answer.json()["delimiter"], answer.json()["encoding"]) == ("\t", "ibm850")
    wrong = post(api, "sku\tname\nA\té\n".encode("utf-16"), encoding="utf-8")
    assert (wrong.status_code, wrong.json()["code"]) == (422, "undecodable")


def test_what_is_left_empty_is_found(api: APIClient, unsent: None) -> None:
    answer = post(api, b"sku;name\nA;Lamp\n", delimiter="", encoding="")
    assert (answer.status_code, answer.json()["delimiter"]) == (202, "")


def test_imports_are_listed_newest_first_and_filtered(api: APIClient, run: Run) -> None:
    done = run("sku,name\nA,Lamp\n")
    failed = run("sku,name\nA,Lamp,\n", on_error="abort")
    listed = api.get(LIST).json()
    assert [entry["id"] for entry in listed["results"]] == [failed.pk, done.pk]
    filtered = api.get(LIST, {"status": "completed"}).json()["results"]
    assert [entry["id"] for entry in filtered] == [done.pk]
    assert filtered[0]["created"] == 1


def test_the_list_asks_the_same_number_of_queries_for_any_number_of_imports(
    api: APIClient, run: Run, django_assert_num_queries: Any
) -> None:
    for _ in range(3):
        run("sku,name\nA,Lamp\n")
    with django_assert_num_queries(3):
        api.get(LIST)


def test_a_review_is_previewed_then_applied(api: APIClient, run: Run) -> None:
    import_ = run("sku,name,price\nA,Lamp,\nB,Desk,x\na,Lamp,\n", review=True)
    url = f"{LIST}{import_.pk}/"
    assert api.get(url).json()["status"] == "review"
    preview = api.get(f"{url}preview/").json()
    assert (preview["created"], preview["duplicate"], preview["rejected"]) == (1, 1, 1)
    assert preview["rows_read"] == 3
    assert api.post(f"{url}apply/").status_code == 202
    assert api.post(f"{url}apply/").status_code == 409


def test_a_preview_says_what_would_change_and_when_that_was_counted(
    api: APIClient, run: Run, user: User
) -> None:
    lamp = create_product(sku="A", name="Lamp", changed_by=user)
    import_ = run("sku,name\nA,Desk\nB,Mug\nX,\n", review=True)
    url = f"{LIST}{import_.pk}/"
    preview = api.get(f"{url}preview/").json()
    assert preview["changed_cells"] == {"name": 1}
    assert preview["rejected_by_code"] == {"name_missing": 1}
    assert (preview["is_outdated"], preview["deviation"]) == (False, "")
    assert [sample["outcome"] for sample in preview["samples"]] == [
        "updated",
        "created",
        "rejected",
    ]
    assert preview["samples"][0]["cells"] == [{"field": "name", "now": "Lamp", "after": "Desk"}]
    assert [warning["code"] for warning in preview["warnings"]] == ["most_would_change"]

    update_product(product_id=lamp.pk, changed_by=user, name="Desk")
    outdated = api.get(f"{url}preview/").json()
    assert outdated == preview | {"is_outdated": True}
    counted = api.post(f"{url}count/").json()
    assert (counted["updated"], counted["unchanged"], counted["is_outdated"]) == (0, 1, False)
    assert counted["counted_at"] > preview["counted_at"]


def test_the_difference_is_downloaded_while_a_review_waits(api: APIClient, run: Run) -> None:
    import_ = run("sku,name\nA,Lamp\n", review=True)
    url = f"{LIST}{import_.pk}/"
    answer: Any = api.get(f"{url}preview.csv", headers={"accept": "text/csv"})
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert b"".join(answer.streaming_content).endswith(b"created,2,A,,A,,Lamp\n")
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE imports_staging_{import_.pk}_{import_.lease_token}")
    for lost in (api.get(f"{url}preview.csv"), api.post(f"{url}count/")):
        assert (lost.status_code, lost.json()["code"]) == (409, "wrong_status")
        assert "database had to recover" in lost.json()["detail"]


def test_what_can_not_be_done_now_is_a_conflict(api: APIClient, run: Run) -> None:
    import_ = run("sku,name\nA,Lamp\n")
    for action in ("apply", "cancel", "retry", "count"):
        answer = api.post(f"{LIST}{import_.pk}/{action}/")
        assert (answer.status_code, answer.json()["code"]) == (409, "wrong_status")
    for path in ("preview/", "preview.csv"):
        answer = api.get(f"{LIST}{import_.pk}/{path}")
        assert (answer.status_code, answer.json()["code"]) == (409, "wrong_status")


@pytest.mark.parametrize("state", Import.Status)
def test_a_refusal_is_made_of_whole_sentences(
    api: APIClient, run: Run, state: Import.Status
) -> None:
    import_ = run("sku,name\nA,Lamp\n")
    import_.move(to=state, come_from=(import_.Status.COMPLETED,), percent=0)
    details = [
        api.post(f"{LIST}{import_.pk}/{action}/").json().get("detail")
        for action in ("apply", "retry", "count")
    ]
    details += [api.get(f"{LIST}{import_.pk}/preview/").json()["detail"]]
    for detail in filter(None, details):
        first, second = detail.removesuffix(".").split(". ", 1)
        assert first.startswith(("This import", "The file of this import"))
        assert second.startswith(("Only ", "It has no preview"))


def test_a_refusal_tells_how_the_import_stands(api: APIClient, run: Run, unsent: None) -> None:
    import_ = run("sku,name\nA,Lamp\n", review=True)
    answer: Any = api.post(f"{LIST}{import_.pk}/retry/")
    assert answer.json()["detail"] == (
        "This import is waiting for its review. Only an import that was cancelled or interrupted"
        " can be continued."
    )
    Import.objects.filter(pk=import_.pk).update(status="pending", held=True)
    assert api.post(f"{LIST}{import_.pk}/apply/").json()["detail"] == (
        "This import is waiting for its columns to be chosen. Only an import that is waiting for"
        " its review can be applied."
    )


def test_a_waiting_import_is_cancelled_and_retried(api: APIClient, unsent: None) -> None:
    url = post(api, b"sku,name\nA,Lamp\n")["Location"]
    assert api.post(f"{url}cancel/").json()["status"] == "cancelled"
    assert api.post(f"{url}retry/").json()["status"] == "pending"


def test_rejects_are_paginated_in_file_order(api: APIClient, run: Run) -> None:
    import_ = run("sku,name,price\n" + "".join(f"S{i},Lamp,x{i}\n" for i in range(60)))
    first = api.get(f"{LIST}{import_.pk}/rejects/").json()
    assert first["count"] == 60
    assert [entry["line"] for entry in first["results"]] == list(range(2, 52))
    reject = first["results"][0]
    assert reject["cells"] == ["S0", "Lamp", "x0"]
    assert (reject["code"], reject["column"], reject["value"]) == ("price_invalid", "price", "x0")
    assert "x0" in reject["message"]


@pytest.mark.parametrize("path", ["", "preview/", "preview.csv", "rejects/", "rejects.csv"])
def test_an_unknown_import_is_not_found(api: APIClient, db: None, path: str) -> None:
    answer = api.get(f"{LIST}1/{path}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


PROFILES = "/api/import-profiles/"
PROFILE = {"name": "Supplier", "mapping": {"code": "sku", "label": "name"}, "blank": "keep"}


def test_a_profile_is_made_changed_and_deleted(api: APIClient) -> None:
    made = api.post(PROFILES, PROFILE)
    assert made.status_code == 201
    body = made.json()
    assert body | PROFILE == body
    assert (body["mode"], body["delimiter"], body["created_by"]) == ("upsert", "", "ana")
    url = f"{PROFILES}{body['id']}/"
    assert api.get(url).json() == body
    assert api.patch(url, {"delimiter": "\t", "name": "B"}).json()["delimiter"] == "\t"
    assert [entry["name"] for entry in api.get(PROFILES).json()["results"]] == ["B"]
    assert api.patch(url, {"mapping": {"a": "sku"}}).status_code == 200
    assert Profile.objects.fitting(["A"]).exists()
    assert api.delete(url).status_code == 204
    assert api.get(url).status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "SUPPLIER"}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"mapping": {"a": "colour"}}, "mapping.a"),
        ({"mapping": {"a": "sku", "b": "sku"}}, "mapping.b"),
        ({"mapping": {"a": 1}}, "mapping"),
        ({"mapping": {"a\0": "ignore"}}, "mapping"),
        ({"mapping": None}, "mapping"),
        ({"delimiter": "!"}, "delimiter"),
        ({"mode": "replace"}, "mode"),
    ],
)
def test_a_profile_that_makes_no_sense_is_refused(
    api: APIClient, body: dict[str, Any], field: str
) -> None:
    api.post(PROFILES, PROFILE)
    answer = api.post(PROFILES, {**PROFILE, "name": "B"} | body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert field in answer.json()["errors"]
    assert Profile.objects.count() == 1


def test_a_name_that_is_taken_is_not_taken_over(api: APIClient) -> None:
    api.post(PROFILES, PROFILE)
    other = api.post(PROFILES, {**PROFILE, "name": "B"}).json()["id"]
    answer = api.patch(f"{PROFILES}{other}/", {"name": "supplier"})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["name"])


def test_an_import_goes_by_a_profile(api: APIClient, unsent: None) -> None:
    profile = api.post(PROFILES, PROFILE).json()
    data = b"CODE,Label,x\nA,Lamp,1\n"
    for said in ("supplier", profile["id"]):
        body = post(api, data, profile=said).json()
        assert (body["status"], body["profile"], body["blank"]) == ("pending", "Supplier", "keep")
        assert body["mapping"] == PROFILE["mapping"]
    body = post(api, data, profile="Supplier", blank="clear", mapping='{"x": "sku"}').json()
    assert (body["mapping"], body["blank"]) == ({"x": "sku"}, "clear")
    assert post(api, b"sku,name\nA,Lamp\n").json()["profile"] == ""


def test_a_file_that_lacks_a_column_of_the_profile_is_refused(api: APIClient, unsent: None) -> None:
    api.post(PROFILES, {**PROFILE, "mapping": {"code": "sku", "rrp": "price", "x": "ignore"}})
    answer = post(api, b"code,name\nA,Lamp\n", profile="Supplier")
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == ["mapping.rrp"]


def test_the_same_request_is_the_same_although_its_profile_has_changed(
    api: APIClient, unsent: None
) -> None:
    url = f"{PROFILES}{api.post(PROFILES, PROFILE).json()['id']}/"
    file = b"code,label\nA,Lamp\n"
    ids = []
    for _ in range(2):
        upload = SimpleUploadedFile("products.csv", file)
        body = {"file": upload, "profile": "Supplier"}
        answer = api.post(LIST, body, format="multipart", HTTP_IDEMPOTENCY_KEY="k")
        ids.append(answer.json()["id"])
        api.patch(url, {"blank": "clear"})
    assert ids[0] == ids[1]


def test_a_file_is_judged_by_the_delimiter_of_its_profile(api: APIClient, run: Run) -> None:
    api.post(PROFILES, {"name": "S", "mapping": {"code": "sku"}, "delimiter": ";"})
    assert post(api, b"code;name,x\nA;Lamp,1\n", profile="S").json()["delimiter"] == ";"
    assert post(api, b"code,name\nA,Lamp\n", profile="S").status_code in (400, 422)
