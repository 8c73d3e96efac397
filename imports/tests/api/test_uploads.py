from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django.fixtures import Settings
from rest_framework.exceptions import ValidationError
from rest_framework.test import APIClient

from conftest import PASSWORD
from imports.api.uploads import checksum_in, filename_in
from imports.models import Import, Upload

UPLOADS = "/api/uploads/"
CONTENT = b"sku,name\nA,Lamp\nB,Desk\n"
TUS = {"Tus-Resumable": "1.0.0"}


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def create(api: APIClient, size: object = len(CONTENT), **headers: str) -> Any:
    return api.post(UPLOADS, headers=TUS | {"Upload-Length": str(size)} | headers)


def patch(
    api: APIClient,
    url: str,
    data: bytes,
    *,
    offset: object = 0,
    kind: str = "application/offset+octet-stream",
    **headers: str,
) -> Any:
    sent = TUS | {"Upload-Offset": str(offset)} | headers
    return generic(api, "PATCH", url, data, content_type=kind, headers=sent)


# The stubs know nothing of bytes.
generic: Any = APIClient.generic


def upload(api: APIClient, content: bytes = CONTENT, *, filename: str = "") -> str:
    """The id of a complete upload."""
    metadata = {"Upload-Metadata": f"filename {b64(filename)}"}
    url: str = create(api, len(content), **metadata)["Location"]
    assert patch(api, url, content).status_code == 204
    return url.split("/")[-2]


def start(api: APIClient, **body: Any) -> Any:
    return api.post("/api/imports/", body, format="json")


def refusal(answer: Any) -> tuple[int, str]:
    body = answer.json()
    assert body["detail"]
    assert body.keys() >= {"code", "detail", "errors"}
    return answer.status_code, body["code"]


@pytest.fixture
def ben(db: None) -> APIClient:
    client = APIClient()
    client.force_authenticate(User.objects.create_user("ben"))
    return client


# --- The protocol -------------------------------------------------------------------------


def test_what_the_server_can_do(api: APIClient, settings: Settings) -> None:
    answer = api.options(UPLOADS)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer["Tus-Version"] == "1.0.0"
    assert answer["Tus-Extension"] == "creation,termination,expiration,checksum"
    assert answer["Tus-Checksum-Algorithm"].split(",")[0] == "sha1"
    assert answer["Tus-Max-Size"] == str(settings.IMPORT_FILE_BYTES)


def test_a_file_arrives_in_parts(api: APIClient) -> None:
    metadata = f"filename {b64('Frühling.csv')},is_confidential"
    created = create(api, **{"Upload-Metadata": metadata})
    assert created.status_code == 201
    assert created.json()["filename"] == "Frühling.csv"
    url = created["Location"]
    assert url == f"{UPLOADS}{created.json()['id']}/"
    for start, end in ((0, 10), (10, 23)):
        part = patch(api, url, CONTENT[start:end], offset=start)
        assert (part.status_code, part["Upload-Offset"]) == (204, str(end))
        assert part["Upload-Expires"].endswith(" GMT")
        head = api.head(url, headers=TUS)
        assert (head.status_code, head["Upload-Offset"]) == (200, str(end))
        assert (head["Upload-Length"], head["Cache-Control"]) == ("23", "no-store")
        assert head["Upload-Metadata"] == metadata
    for answer in (created, part, head):
        assert answer["Tus-Resumable"] == "1.0.0"


def test_an_empty_file_is_complete_at_once(api: APIClient) -> None:
    url = create(api, 0)["Location"]
    assert api.get(url).json()["offset"] == 0
    assert refusal(start(api, upload=url.split("/")[-2])) == (422, "empty_file")


@pytest.mark.parametrize("version", ["", "0.2.2", "1.0"])
def test_another_version_is_refused(api: APIClient, version: str) -> None:
    url = create(api)["Location"]
    headers = {"Tus-Resumable": version, "Upload-Length": "5", "Upload-Offset": "0"}
    for method, address in (("POST", UPLOADS), ("HEAD", url), ("PATCH", url), ("DELETE", url)):
        answer = api.generic(method, address, headers=headers)
        assert answer.status_code == 412, method
        assert answer["Tus-Version"] == "1.0.0"
    assert Upload.objects.count() == 1


@pytest.mark.parametrize("size", ["", "-1", "1.5", "many", "٣", "9" * 5000])
def test_a_size_is_a_number(api: APIClient, size: str) -> None:
    answer = create(api, size.encode().decode("latin-1"))
    assert refusal(answer) == (400, "invalid")
    assert "Upload-Length" in answer.json()["errors"]
    assert not Upload.objects.exists()


def test_a_file_over_the_limit_is_refused_at_once(api: APIClient, settings: Settings) -> None:
    answer = create(api, settings.IMPORT_FILE_BYTES + 1)
    assert refusal(answer) == (413, "too_large")
    assert answer["Tus-Max-Size"] == str(settings.IMPORT_FILE_BYTES)


def test_an_account_has_so_many_unfinished_uploads(
    api: APIClient, ben: APIClient, settings: Settings
) -> None:
    settings.UPLOADS_PER_USER = 1
    url = create(api)["Location"]
    assert refusal(create(api)) == (409, "too_many_uploads")
    assert create(ben).status_code == 201
    assert api.delete(url, headers=TUS).status_code == 204
    assert create(api).status_code == 201


@pytest.mark.parametrize(
    "metadata",
    [
        "filename  eA==",
        "filename !",
        "filename eA",
        ", ",
        "a eA==,a eA==",
        "a eA== eA==",
        "a eA==\xa0",
    ],
)
def test_metadata_that_can_not_be_read_is_refused(api: APIClient, metadata: str) -> None:
    answer = create(api, **{"Upload-Metadata": metadata})
    assert refusal(answer) == (400, "invalid")
    assert "Upload-Metadata" in answer.json()["errors"]


@pytest.mark.parametrize(
    ("metadata", "filename"),
    [
        ("", ""),
        ("filename", ""),
        (f"filename {b64('a.csv')}", "a.csv"),
        (f"type {b64('text/csv')}, filename {b64('../../a.csv')}", "../../a.csv"),
        ("filename /w==", "\ufffd"),
    ],
)
def test_metadata_names_the_file(metadata: str, filename: str) -> None:
    assert filename_in(metadata) == filename


def test_metadata_has_its_length() -> None:
    with pytest.raises(ValidationError):
        filename_in(f"filename {b64('x' * 4000)}")


def test_a_name_is_shown_and_never_used(api: APIClient) -> None:
    metadata = f"filename {b64('../../etc/pass' + chr(0) + 'wd')}"
    body = create(api, **{"Upload-Metadata": metadata}).json()
    assert body["filename"] == "../../etc/pass\ufffdwd"
    kept = Upload.objects.get(pk=body["id"])
    assert kept.folder == f"uploads/{kept.pk.hex}"


def test_a_part_has_its_type(api: APIClient) -> None:
    url = create(api)["Location"]
    for kind in ("application/json", "multipart/form-data; boundary=x", ""):
        assert refusal(patch(api, url, CONTENT, kind=kind)) == (415, "unsupported_media_type")
    assert Upload.objects.get().offset == 0


def test_a_part_has_its_place(api: APIClient) -> None:
    url = create(api)["Location"]
    answer = patch(api, url, b"x", offset="")
    assert refusal(answer) == (400, "invalid")
    assert "Upload-Offset" in answer.json()["errors"]
    assert refusal(patch(api, url, b"x", offset=1)) == (409, "wrong_offset")
    assert refusal(patch(api, url, CONTENT + b"x")) == (413, "too_large")
    assert Upload.objects.get().offset == 0


def test_an_empty_part_changes_nothing(api: APIClient) -> None:
    url = create(api)["Location"]
    answer = patch(api, url, b"")
    assert (answer.status_code, answer["Upload-Offset"]) == (204, "0")


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_a_checksum_judges_a_part(api: APIClient, algorithm: str) -> None:
    url = create(api)["Location"]
    digest = base64.b64encode(hashlib.new(algorithm, CONTENT).digest()).decode()
    checksum = {"Upload-Checksum": f"{algorithm} {digest}"}
    assert refusal(patch(api, url, CONTENT.lower(), **checksum)) == (460, "checksum_mismatch")
    assert patch(api, url, CONTENT, **checksum)["Upload-Offset"] == "23"


@pytest.mark.parametrize("header", ["crc32 AAAA", "sha1 !", "SHA1 AAAA", "sha1 AAA"])
def test_a_checksum_that_is_not_known_is_refused(api: APIClient, header: str) -> None:
    url = create(api)["Location"]
    answer = patch(api, url, CONTENT, **{"Upload-Checksum": header})
    assert refusal(answer) == (400, "invalid")
    assert "Upload-Checksum" in answer.json()["errors"]


def test_no_checksum_is_no_checksum() -> None:
    assert checksum_in("") is None


def test_an_upload_is_given_up(api: APIClient) -> None:
    url = create(api)["Location"]
    assert api.delete(url, headers=TUS).status_code == 204
    for answer in (api.get(url), patch(api, url, b"x"), api.delete(url, headers=TUS)):
        assert refusal(answer) == (404, "upload_unknown")


def test_uploads_can_be_browsed(api: APIClient) -> None:
    url = create(api)["Location"]
    html = {"Accept": "text/html"}
    for page in (api.get(UPLOADS, headers=html), api.get(url, headers=html)):
        assert page.status_code == 200
        assert page["Content-Type"].startswith("text/html")
    assert refusal(patch(api, url, CONTENT, offset=5, **html)) == (406, "not_acceptable")


def test_methods_may_be_named_in_a_header(api: APIClient) -> None:
    url = create(api)["Location"]
    sent = TUS | {"Upload-Offset": "0", "X-HTTP-Method-Override": "PATCH"}
    kind = "application/offset+octet-stream"
    assert generic(api, "POST", url, CONTENT, content_type=kind, headers=sent).status_code == 204
    sent = TUS | {"X-HTTP-Method-Override": "DELETE"}
    assert api.generic("POST", url, headers=sent).status_code == 204
    assert not Upload.objects.exists()


def test_uploads_are_listed_until_an_import_takes_them(
    api: APIClient, ben: APIClient, unsent: None
) -> None:
    create(ben)
    waiting = create(api).json()["id"]
    assert start(api, upload=upload(api)).status_code == 202
    assert [entry["id"] for entry in api.get(UPLOADS).json()["results"]] == [waiting]


def test_somebody_else_gets_nowhere(api: APIClient, ben: APIClient) -> None:
    url = create(api)["Location"]
    for answer in (ben.get(url), patch(ben, url, b"x"), ben.delete(url, headers=TUS)):
        assert refusal(answer) == (403, "upload_of_another")


@pytest.mark.parametrize("name", ["1", "x", "00000000-0000-0000-0000-000000000000"])
def test_an_unknown_upload_is_not_found(api: APIClient, name: str) -> None:
    assert refusal(api.get(f"{UPLOADS}{name}/")) == (404, "upload_unknown")


def test_a_browser_needs_its_csrf_token(user: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.login(username="ana", password=PASSWORD)
    headers = TUS | {"Upload-Length": "5"}
    assert browser.post(UPLOADS, headers=headers).status_code == 403
    page = browser.get("/imports/")
    token = {"X-CSRFToken": page.cookies["csrftoken"].value}
    created = browser.post(UPLOADS, headers=headers | token)
    assert created.status_code == 201
    kind = "application/offset+octet-stream"
    sent = TUS | {"Upload-Offset": "0"}
    for extra, status in (({}, 403), (token, 204)):
        answer = browser.generic(
            "PATCH", created["Location"], b"sku,n", content_type=kind, headers=sent | extra
        )
        assert answer.status_code == status


def test_a_full_disk_is_reported(api: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    url = create(api)["Location"]
    monkeypatch.setattr("imports.stored_file.store", fail)
    api.raise_request_exception = False
    assert refusal(patch(api, url, CONTENT)) == (507, "storage_full")
    assert Upload.objects.get().offset == 0


# --- The import ---------------------------------------------------------------------------


def test_a_complete_upload_becomes_an_import(api: APIClient, unsent: None) -> None:
    upload_id = upload(api, filename="spring.csv")
    answer = start(api, upload=upload_id, mode="create", mapping={"name": "ignore"})
    assert answer.status_code == 202
    body = answer.json()
    assert (body["filename"], body["size_bytes"], body["mode"]) == ("spring.csv", 23, "create")
    assert body["mapping"] == {"name": "ignore"}
    assert api.get(f"/api/imports/{body['id']}/file/").getvalue() == CONTENT
    assert Import.objects.get().parts == Upload.objects.get().parts


def test_multipart_may_name_an_upload_too(api: APIClient, unsent: None) -> None:
    body = {"upload": upload(api), "mapping": json.dumps({"name": "ignore"})}
    assert api.post("/api/imports/", body, format="multipart").status_code == 202


def test_what_no_import_can_be_made_of(api: APIClient, ben: APIClient, unsent: None) -> None:
    unknown = "00000000-0000-0000-0000-000000000000"
    assert refusal(start(api, upload=unknown)) == (404, "upload_unknown")
    incomplete = create(api)["Location"].split("/")[-2]
    assert refusal(start(api, upload=incomplete)) == (409, "upload_incomplete")
    foreign = upload(ben)
    assert refusal(start(api, upload=foreign)) == (403, "upload_of_another")
    used = start(ben, upload=foreign).json()["id"]
    again = start(ben, upload=foreign)
    assert refusal(again) == (409, "upload_used")
    assert again.json()["import"] == used
    gone = api.get(f"{UPLOADS}{incomplete}/")
    assert gone.status_code == 200
    assert refusal(ben.get(f"{UPLOADS}{foreign}/")) == (409, "upload_used")


@pytest.mark.parametrize("body", [{}, {"upload": "x"}, {"upload": None}])
def test_an_upload_is_named_by_its_id(api: APIClient, body: dict[str, Any]) -> None:
    assert refusal(start(api, **body)) == (400, "invalid")


def test_a_file_that_is_refused_may_be_tried_with_another_mapping(
    api: APIClient, unsent: None
) -> None:
    upload_id = upload(api, b"code,name\nA,Lamp\n")
    assert refusal(start(api, upload=upload_id)) == (422, "sku_column_missing")
    assert start(api, upload=upload_id, mapping={"code": "sku"}).status_code == 202


def test_parts_that_are_gone_are_an_upload_that_is_gone(api: APIClient) -> None:
    upload_id = upload(api)
    Upload.objects.update(parts=["uploads/no/such"])
    assert refusal(start(api, upload=upload_id)) == (404, "upload_unknown")


def test_an_idempotency_key_serves_uploads_too(api: APIClient, unsent: None) -> None:
    upload_id = upload(api)
    answers = [
        api.post(
            "/api/imports/",
            {"upload": upload_id, "mode": mode},
            format="json",
            headers={"Idempotency-Key": "k1"},
        )
        for mode in ("create", "create", "update")
    ]
    assert [answer.status_code for answer in answers] == [202, 202, 422]
    assert answers[0].json()["id"] == answers[1].json()["id"]
    assert Import.objects.count() == 1
