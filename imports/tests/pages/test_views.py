from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.utils.timezone import now
from rest_framework.test import APIClient

from imports.intake import uploads
from imports.intake.submitting import submit
from imports.models import Import, Upload
from imports.tests.conftest import Run
from jobs import requests


def post(client: Client, data: bytes, **headers: str) -> Any:
    file = SimpleUploadedFile("products.csv", data)
    return client.post("/imports/", {"file": file}, headers=headers)


def test_a_plain_form_leads_to_the_page_of_the_import(client: Client, unsent: None) -> None:
    response = post(client, b"sku,name\nA,Lamp\n")
    import_ = Import.objects.get()
    assert (response.status_code, response["Location"]) == (302, f"/imports/{import_.pk}/")
    assert (import_.mode, import_.filename) == ("upsert", "products.csv")
    assert (import_.status, import_.held, import_.review) == ("pending", True, True)
    assert client.get(response["Location"])["Location"] == f"/imports/{import_.pk}/mapping/"


def test_a_script_gets_json(client: Client, unsent: None) -> None:
    response = post(client, b"sku,name\nA,Lamp\n", accept="application/json")
    assert response.status_code == 202
    assert response.json()["url"] == f"/imports/{Import.objects.get().pk}/"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty_file"),
        (b"sku,name\n", "no_rows"),
        (b"%PDF-1.7 and so on\n", "unsupported_format"),
    ],
)
def test_a_refused_file_says_why_in_place(client: Client, data: bytes, code: str) -> None:
    answer = post(client, data, accept="application/json")
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    page = post(client, data, accept="text/html")
    assert page.status_code == 422
    assert not Import.objects.exists()


@pytest.mark.parametrize(
    "data", [b"name\nLamp\n", b"sku,name,Name\nA,B,C\n", b"sku\n\xff\xfe\xfd\n"]
)
def test_what_choosing_columns_can_mend_is_not_refused(
    client: Client, unsent: None, data: bytes
) -> None:
    answer = post(client, data, accept="application/json")
    assert answer.status_code == 202
    assert client.get(answer.json()["url"], follow=True).status_code == 200


def test_without_a_file_the_form_says_so(client: Client) -> None:
    answer: Any = client.post("/imports/", {}, headers={"accept": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
    assert client.post("/imports/", {}).status_code == 422


@pytest.mark.parametrize(
    "data", ["sku,name\nA,Lamp\n", "sku,name\nA,\n", "sku,name,price\nA,Lamp,1\nB,Desk,x\n"]
)
def test_the_page_of_an_ended_import(client: Client, run: Run, data: str) -> None:
    import_ = run(data)
    page = client.get(f"/imports/{import_.pk}/")
    assert page.status_code == 200
    assert "products.csv" in page.content.decode()
    part = client.get(f"/imports/{import_.pk}/progress/")
    assert b"data-poll-ms" not in part.content, "an ended import is not followed"


def test_a_delimiter_is_named_once_it_is_known(client: Client, user: User, run: Run) -> None:
    read = run("sku;name\nA;Lamp\n")
    assert "columns separated by semicolons" in text(client.get(f"/imports/{read.pk}/"))
    file = SimpleUploadedFile("products.csv", b"sku,name\nA,Lamp\n")
    waiting = submit(file=file, filename="products.csv", user=user, encoding="utf-8")
    page = text(client.get(f"/imports/{waiting.pk}/"))
    assert "utf-8" in page
    assert "columns separated by" not in page


def text(page: Any) -> str:
    return " ".join(page.content.decode().split())


def test_progress_is_not_sent_again_while_nothing_moves(client: Client, unsent: None) -> None:
    post(client, b"sku,name\nA,Lamp\n")
    requests.begin(Import.objects.get())
    url = f"/imports/{Import.objects.get().pk}/progress/"
    first = client.get(url)
    assert b'data-poll-ms="300"' in first.content
    again = client.get(url, headers={"if-none-match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    Import.objects.get().move(to=Import.Status.CANCELLED, come_from=Import.ACTIVE)
    assert client.get(url, headers={"if-none-match": first["ETag"]}).status_code == 200


def test_a_review_shows_what_would_happen(client: Client, run: Run) -> None:
    import_ = run("sku,name\nA,Lamp\nB,Desk\n", review=True)
    page = client.get(f"/imports/{import_.pk}/").content.decode()
    assert "Apply 2 changes" in page
    assert "data-poll-ms" not in page
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE imports_staging_{import_.pk}_{import_.lease_token}")
    assert client.get(f"/imports/{import_.pk}/").status_code == 200


def test_buttons_ask_and_lead_back(client: Client, unsent: None) -> None:
    post(client, b"sku,name\nA,Lamp\n")
    url = f"/imports/{Import.objects.get().pk}/"
    assert client.post(f"{url}cancel/")["Location"] == url
    assert Import.objects.get().status == "cancelled"
    page = client.post(f"{url}cancel/", follow=True)
    assert "nothing to cancel" in page.content.decode()
    client.post(f"{url}retry/")
    assert Import.objects.get().status == "pending"
    assert client.get(f"{url}cancel/").status_code == 405


def test_rejects_are_a_download(client: Client, run: Run) -> None:
    import_ = run("sku,name\nA,\n")
    response = client.get(f"/imports/{import_.pk}/rejects.csv")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert f"import-{import_.pk}-rejects.csv" in response["Content-Disposition"]


def test_the_history_asks_the_same_number_of_queries_for_any_number_of_imports(
    client: Client, run: Run, django_assert_max_num_queries: Any
) -> None:
    for _ in range(3):
        run("sku,name\nA,Lamp\n")
    with django_assert_max_num_queries(8):
        assert client.get("/imports/?ordering=filename").status_code == 200


@pytest.mark.parametrize(
    ("row", "code", "words"),
    [
        (b"A,Lamp", "wrong_column_count", "more or fewer cells"),
        (b"A,Lamp,twelve", "price_invalid", "12.50"),
        (b"A,La\0mp,1", "nul_character", "NUL"),
        ("é,Lamp,1\nA,Caf".encode() + b"\xe9,1", "bad_encoding", "not characters"),
        (b'A,"Lamp,1', "unclosed_quote", "not closed"),
        (b"A," + b"x" * 1_100_000 + b",1", "record_too_large", "too large"),
    ],
)
def test_a_rejected_row_is_explained_on_the_page(
    client: Client, run: Run, row: bytes, code: str, words: str
) -> None:
    import_ = run(b"sku,name,price\nOK,Desk,1\nOK2,Desk,1\nOK3,Desk,2\n" + row + b"\n")
    assert import_.progress.rejected == 1
    page = client.get(f"/imports/{import_.pk}/").content.decode()
    assert words in page
    assert code in client.get(f"/imports/{import_.pk}/rejects.csv").getvalue().decode()


def test_the_history_is_narrowed_and_keeps_what_was_chosen(client: Client, run: Run) -> None:
    run("sku,name\nA,Lamp\n")
    failed = run("sku,name\nA,\n", on_error="abort")
    page = client.get("/imports/", {"status": "failed", "created_by": "ana"})
    assert [job.pk for job in page.context["imports"]] == [failed.pk]
    content = page.content.decode()
    assert '<option value="failed"\n                    selected>' in content
    assert "<option selected>ana</option>" in content
    assert "No imports match" in client.get("/imports/?status=cancelled").content.decode()


def test_filters_that_make_no_sense_are_reported_and_left_aside(client: Client, run: Run) -> None:
    run("sku,name\nA,Lamp\n")
    page = client.get("/imports/", {"created_from": "yesterday", "ordering": "luck"})
    assert page.status_code == 200
    assert "Enter a valid date." in page.content.decode()
    assert len(page.context["imports"]) == 1


def test_buttons_of_the_list_lead_back_to_the_list(client: Client, unsent: None) -> None:
    post(client, b"sku,name\nA,Lamp\n")
    pk = Import.objects.get().pk
    page = client.get("/imports/?status=running").content.decode()
    assert "No imports match" in page, "it waits for its columns"
    requests.begin(Import.objects.get())
    page = client.get("/imports/?status=running").content.decode()
    assert 'aria-label="Cancel products.csv"' in page
    answer = client.post(f"/imports/{pk}/cancel/", {"next": "/imports/?status=running"})
    assert answer["Location"] == "/imports/?status=running"
    page = client.get("/imports/").content.decode()
    assert 'aria-label="Continue products.csv"' in page
    for foreign in ("https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)"):
        answer = client.post(f"/imports/{pk}/retry/", {"next": foreign})
        assert answer["Location"] == f"/imports/{pk}/"


def test_the_page_leads_to_the_file(client: Client, run: Run) -> None:
    pk = run("sku,name\nA,Lamp\n").pk
    assert f'href="/imports/{pk}/file/"' in client.get(f"/imports/{pk}/").content.decode()


def complete_upload(user: User, data: bytes = b"sku,name\nA,Lamp\n") -> Upload:
    upload = uploads.begin(user=user, filename="spring.csv", size_bytes=len(data), metadata="")
    return uploads.receive(upload, BytesIO(data), offset=0, length=len(data))


def test_the_form_takes_an_upload_in_place_of_a_file(
    client: Client, user: User, unsent: None
) -> None:
    upload = complete_upload(user)
    body = {"upload": str(upload.pk), "mode": "create"}
    for _ in range(2):  # the second time because the first answer was lost
        answer = client.post("/imports/", body, headers={"accept": "application/json"})
        import_ = Import.objects.get()
        assert answer.status_code == 202
        assert answer.json()["url"] == f"/imports/{import_.pk}/"
    assert (import_.filename, import_.mode, import_.parts) == ("spring.csv", "create", upload.parts)


@pytest.mark.parametrize(
    ("upload_id", "code"),
    [("00000000-0000-0000-0000-000000000000", "upload_unknown"), ("x", "invalid")],
)
def test_the_form_says_what_is_wrong_with_an_upload(
    client: Client, upload_id: str, code: str
) -> None:
    json = {"accept": "application/json"}
    answer: Any = client.post("/imports/", {"upload": upload_id}, headers=json)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert answer.json()["detail"]
    assert client.post("/imports/", {"upload": upload_id}).status_code == 422


def test_a_file_that_is_refused_stays_an_upload(client: Client, user: User) -> None:
    upload = complete_upload(user, b"%PDF-1.7 and so on\n")
    answer: Any = client.post(
        "/imports/", {"upload": upload.pk}, headers={"accept": "application/json"}
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "unsupported_format")
    assert not Import.objects.exists()
    assert uploads.find(upload.pk, user)


def test_unfinished_uploads_are_shown_to_who_began_them(client: Client, user: User) -> None:
    uploads.begin(user=user, filename="spring.csv", size_bytes=3, metadata="")
    ben = User.objects.create_user("ben")
    uploads.begin(user=ben, filename="autumn.csv", size_bytes=3, metadata="")
    page = client.get("/imports/").content.decode()
    assert "spring.csv" in page
    assert "autumn.csv" not in page


def test_the_same_file_is_pointed_out(client: Client, api: APIClient, run: Run) -> None:
    other, first = run("sku,name\nB,Desk\n"), run("sku,name\nA,Lamp\n")
    cancelled = run("sku,name\nA,Lamp\n", review=True)
    assert cancelled.move(to=Import.Status.CANCELLED, come_from=Import.ACTIVE)
    again = run("sku,name\nA,Lamp\n")
    listed = {entry["id"]: entry for entry in api.get("/api/imports/").json()["results"]}
    same = {pk: listed[pk]["same_file_as"] for pk in listed}
    assert same == {other.pk: None, first.pk: None, cancelled.pk: first.pk, again.pk: first.pk}
    assert f'href="/imports/{first.pk}/"' in client.get(f"/imports/{again.pk}/").content.decode()
    assert "This is the same file" not in client.get(f"/imports/{first.pk}/").content.decode()


def test_a_file_that_is_not_read_yet_is_like_no_other(api: APIClient, unsent: None) -> None:
    for _ in range(2):
        Import.objects.create(
            kind="import", size_bytes=1, status="completed", percent=100, finished_at=now()
        )
    listed = api.get("/api/imports/").json()["results"]
    assert [entry["same_file_as"] for entry in listed] == [None, None]


def test_what_separates_and_encodes_can_be_chosen(client: Client, unsent: None) -> None:
    file = SimpleUploadedFile("products.csv", b"sku\tname\nA\tM\x81\n")
    choices = {"delimiter": "tab", "encoding": "ibm850"}
    assert client.post("/imports/", {"file": file, **choices}).status_code == 302
    import_ = Import.objects.get()
    assert (import_.delimiter, import_.encoding) == ("\t", "ibm850")


@pytest.mark.parametrize("choice", [{"delimiter": "x"}, {"encoding": "klingon"}])
def test_a_choice_that_is_none_is_refused(client: Client, choice: dict[str, str]) -> None:
    file = SimpleUploadedFile("products.csv", b"sku,name\nA,Lamp\n")
    answer: Any = client.post(
        "/imports/", {"file": file, **choice}, headers={"accept": "application/json"}
    )
    assert (answer.status_code, answer.json()["errors"].keys()) == (422, choice.keys())


def test_how_a_file_was_read_is_shown_with_words_to_judge_by(client: Client, run: Run) -> None:
    import_ = run(b"Export\n\nsku;name\nA;Caf\xe9 <b>\n")
    page = " ".join(client.get(f"/imports/{import_.pk}/").content.decode().split())
    assert "windows-1252, columns separated by semicolons" in page
    assert '<q class="break">Café &lt;b&gt;</q>' in page
    assert "on line 3; what is above that line is left out" in page
    other = run("sku,name\nA,Café\n")
    page = client.get(f"/imports/{other.pk}/").content.decode()
    assert "Do these words look right" not in page
    assert "left out" not in page


def test_the_list_and_the_overview_name_what_waits_for_its_columns(
    client: Client, unsent: None
) -> None:
    post(client, b"code,name\nA,Lamp\n")
    url = f"/imports/{Import.objects.get().pk}/mapping/"
    page = client.get("/imports/?status=held").content.decode()
    assert f'href="{url}"' in page
    assert "hx-get" not in page, "nothing moves by itself"
    assert "Waiting for columns" in client.get("/").content.decode()
    part = client.get(url.replace("mapping", "progress")).content.decode()
    assert "Choose columns" in part
    assert "data-poll-ms" not in part


def test_a_file_that_is_no_longer_kept_is_not_offered(
    client: Client, api: APIClient, run: Run
) -> None:
    import_ = run("sku,name\nA,Lamp\n", review=True)
    requests.cancel(import_)
    url = f"/imports/{import_.pk}/"
    assert "Continue this import" in client.get(url).content.decode()
    Import.objects.update(parts=[])
    page = client.get(url).content.decode()
    assert "no longer kept" in page
    client.post(f"{url}retry/")
    assert api.post(f"/api{url}retry/").json()["code"] == "file_gone"
    import_.refresh_from_db()
    assert import_.status == "cancelled"
    assert "Continue this import</button>" not in page
    assert f"{url}file/" not in page
    assert "Continue products.csv" not in client.get("/imports/").content.decode()
