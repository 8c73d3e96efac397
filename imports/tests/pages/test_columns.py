from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.base import ContentFile
from django.test import Client

from imports import stored_file
from imports.intake.submitting import submit
from imports.models import Import, Profile
from imports.tests.conftest import Run
from jobs import requests, runner

FILE = b"Code,Label,RRP\nA,Lamp,1.50\nB,Desk,2\n"
MAPPING = {"Code": "sku", "Label": "name", "RRP": "price"}

Hold = Callable[..., Import]


@pytest.fixture
def hold(user: User, unsent: None) -> Hold:
    """An import that waits for its columns."""

    def hold_file(data: bytes = FILE) -> Import:
        file = ContentFile(data, name="list.csv")
        return submit(file=file, filename="list.csv", user=user, held=True, review=True)

    return hold_file


def url(import_: Import) -> str:
    return f"/imports/{import_.pk}/mapping/"


def chosen(client: Client, import_: Import) -> list[str]:
    """What the page offers for each column."""
    page = client.get(url(import_))
    return [column.field for column in page.context["form"].columns]


def choose(client: Client, import_: Import, *fields: str, **others: str) -> Any:
    """Continue with these fields, as the form sends them; `attribute:x` is two of its inputs."""
    page = client.get(url(import_))
    data = {"fingerprint": page.context["form"].fingerprint, "mode": "upsert", "review": "true"}
    for index, field in enumerate(fields):
        kind, colon, name = field.partition(":")
        data[f"field-{index}"] = kind
        if colon:
            data[f"attribute-{index}"] = name
    return client.post(url(import_), data | others)


def test_columns_are_shown_with_values_and_what_they_are_known_as(
    client: Client, hold: Hold
) -> None:
    import_ = hold(b"sku,Title,Colour\nA,<b>Lamp</b>,red\n")
    assert chosen(client, import_) == ["sku", "name", "ignore"]
    content = client.get(url(import_)).content.decode()
    assert "&lt;b&gt;Lamp&lt;/b&gt;" in content
    assert "Which column holds the SKU?" not in content


def test_a_file_without_a_known_sku_asks_for_it(client: Client, hold: Hold) -> None:
    content = client.get(url(hold())).content.decode()
    assert "Which column holds the SKU?" in content


def test_continuing_reads_the_file_as_chosen(client: Client, hold: Hold) -> None:
    import_ = hold()
    answer = choose(client, import_, "sku", "name", "attribute: Retail ", blank="keep")
    assert (answer.status_code, answer["Location"]) == (302, f"/imports/{import_.pk}/")
    import_.refresh_from_db()
    assert (import_.held, import_.review, import_.blank) == (False, True, "keep")
    assert import_.mapping == {"Code": "sku", "Label": "name", "RRP": "attribute:Retail"}
    assert client.get(answer["Location"]).status_code == 200


def test_import_at_once_asks_for_no_review(client: Client, hold: Hold) -> None:
    import_ = hold()
    choose(client, import_, "sku", "name", "price", review="")
    import_.refresh_from_db()
    assert not import_.review


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (["ignore", "name", "price"], "Choose the column that contains the SKU"),
        (["sku", "price", "price"], "2 columns are mapped to the price."),
        (["sku", "name", "attribute:"], "Give the attribute a name."),
        (["sku", "attribute:x", "attribute:x"], "2 columns are mapped to the attribute"),
        (["sku", "name", "colour"], "There is no field"),
        (["sku", "name", "attribute:" + "x" * 300], "at most 255 characters"),
        (["sku", "name", "attribute:\0"], "none of them NUL"),
    ],
)
def test_a_bad_choice_is_reported_and_nothing_is_lost(
    client: Client, hold: Hold, fields: list[str], said: str
) -> None:
    import_ = hold()
    answer = choose(client, import_, *fields, on_error="abort", profile_name="Supplier")
    assert answer.status_code == 422
    content = answer.content.decode()
    assert said in content
    assert 'value="Supplier"' in content
    form = answer.context["form"]
    assert [column.field for column in form.columns] == [f.partition(":")[0] for f in fields]
    assert form["on_error"].value() == "abort"
    import_.refresh_from_db()
    assert import_.held
    assert not Profile.objects.exists()


@pytest.mark.parametrize(
    "others", [{"mode": "replace"}, {"profile_name": "x" * 101}, {"profile_name": "a\0b"}]
)
def test_options_that_make_no_sense_are_reported(
    client: Client, hold: Hold, others: dict[str, str]
) -> None:
    import_ = hold()
    assert choose(client, import_, "sku", "name", "price", **others).status_code == 422
    import_.refresh_from_db()
    assert import_.held


def test_too_many_attributes_are_reported(client: Client, hold: Hold) -> None:
    import_ = hold(b"sku," + b",".join(b"c%d" % i for i in range(101)) + b"\nA" + b",1" * 101)
    names = [f"attribute:c{number}" for number in range(101)]
    answer = choose(client, import_, "sku", *names)
    assert "At most 100 columns can be attributes." in answer.content.decode()


def test_as_many_columns_can_be_chosen_as_a_file_may_have(client: Client, hold: Hold) -> None:
    header = b",".join(b"c%d" % number for number in range(512))
    import_ = hold(header + b"\n" + b"1," * 511 + b"1\n")
    unused = {f"attribute-{number}": "x" for number in range(512)}
    assert choose(client, import_, "sku", *["ignore"] * 511, **unused).status_code == 302
    import_.refresh_from_db()
    assert len(import_.mapping) == 512


def test_columns_of_one_name_are_reported(client: Client, hold: Hold) -> None:
    import_ = hold(b"sku,x,x\nA,1,2\n")
    assert chosen(client, import_) == ["sku", "ignore", "ignore"]
    answer = choose(client, import_, "sku", "price", "ignore")
    assert "Several columns have this name." in answer.content.decode()
    assert choose(client, import_, "sku", "ignore", "ignore").status_code == 302


def test_other_columns_than_were_shown_are_shown_first(client: Client, hold: Hold) -> None:
    import_ = hold(b"sku;a,b\nA;1,2\n")
    assert len(chosen(client, import_)) == 2
    answer = choose(client, import_, "sku", "name", delimiter=",", blank="keep")
    assert answer.status_code == 422
    assert "the file has different columns" in answer.content.decode()
    assert [column.name for column in answer.context["form"].columns] == ["sku;a", "b"]
    assert answer.context["form"]["blank"].value() == "keep"
    form = answer.context["form"]
    data = {"fingerprint": form.fingerprint, "field-0": "sku", "delimiter": ","}
    assert client.post(url(import_), data).status_code == 302
    import_.refresh_from_db()
    assert (import_.delimiter, import_.mapping) == (",", {"sku;a": "sku", "b": "ignore"})


def test_a_profile_may_name_a_tab(client: Client, hold: Hold) -> None:
    Profile.objects.create(name="tabs", mapping={"a": "sku", "b": "name"}, delimiter="\t")
    import_ = hold(b"a\tb,c\nA\tLamp,1\n")
    page = client.get(url(import_), {"profile": "tabs"})
    form = page.context["form"]
    assert [column.field for column in form.columns] == ["sku", "ignore"]
    assert form["delimiter"].value() == "tab"
    data = {"fingerprint": form.fingerprint, "field-0": "sku", "delimiter": "tab"}
    assert client.post(url(import_), data | {"profile_name": "tabs"}).status_code == 302
    import_.refresh_from_db()
    assert import_.delimiter == "\t"
    assert Profile.objects.get().delimiter == "\t"


def test_a_profile_does_not_keep_what_was_found_in_one_file(client: Client, run: Run) -> None:
    import_ = run("sku,name\nA,Lamp\n", review=True)
    assert (import_.encoding, import_.delimiter) == ("utf-8", ",")
    shown = {"encoding": "utf-8", "delimiter": ","}
    choose(client, import_, "sku", "name", profile_name="x", **shown)
    profile = Profile.objects.get()
    assert (profile.encoding, profile.delimiter) == ("", "")


def test_settings_that_do_not_fit_the_file_are_reported(client: Client, hold: Hold) -> None:
    import_ = hold()
    for setting in ({"delimiter": "!"}, {"encoding": "klingon"}):
        answer = choose(client, import_, "sku", "name", "price", **setting)
        assert answer.status_code == 422
        assert 'role="alert"' in answer.content.decode()


def test_a_profile_is_saved_and_offered_for_the_same_columns(
    client: Client, hold: Hold, user: User
) -> None:
    answer = choose(
        client, hold(), "sku", "name", "price", profile_name=" Supplier B ", blank="keep"
    )
    assert answer.status_code == 302
    profile = Profile.objects.get()
    assert (profile.name, profile.mapping, profile.blank) == ("Supplier B", MAPPING, "keep")
    assert profile.created_by == user
    next_one = hold(b"rrp,LABEL,code\n1,Lamp,A\n")
    assert chosen(client, next_one) == ["price", "name", "sku"]
    page = client.get(url(next_one))
    assert "Filled in from the profile “Supplier B”." in page.content.decode()
    assert page.context["form"]["blank"].value() == "keep"
    assert chosen(client, hold(b"rrp,LABEL,code,more\n1,Lamp,A,x\n"))[2] == "ignore"


@pytest.mark.django_db(transaction=True)
def test_a_profile_that_is_saved_from_a_review_keeps_what_was_asked_for(
    client: Client, hold: Hold
) -> None:
    import_ = hold("sku;name\nA;Lampička\n".encode("windows-1250"))
    choose(client, import_, "sku", "name", encoding="windows-1250")
    runner.advance(import_.pk)
    import_.refresh_from_db()
    assert (import_.status, import_.delimiter) == ("review", ";")
    shown = {"encoding": import_.encoding, "delimiter": import_.delimiter}
    choose(client, import_, "sku", "name", profile_name="Praha", **shown)
    profile = Profile.objects.get()
    # The delimiter was found, and is found again.
    assert (profile.encoding, profile.delimiter) == ("windows-1250", "")


def test_another_profile_can_be_filled_in_or_none(client: Client, hold: Hold) -> None:
    import_ = hold()
    Profile.objects.create(name="fits", mapping=MAPPING)
    Profile.objects.create(name="other", mapping={"code": "name", "gone": "price"})
    for asked, offered in {
        "": ["ignore", "ignore", "ignore"],
        "other": ["name", "ignore", "ignore"],
        "fits": ["sku", "name", "price"],
    }.items():
        page = client.get(url(import_), {"profile": asked})
        assert [column.field for column in page.context["form"].columns] == offered
    page = client.get(url(import_), {"profile": "nobody"})
    assert "There is no profile" in page.content.decode()


def test_an_import_says_by_which_profile_it_was_started(client: Client, hold: Hold) -> None:
    """By the one that has filled the form in, if nothing was changed, or that it is kept as."""
    Profile.objects.create(name="Supplier", mapping=MAPPING | {"gone": "active"}, blank="keep")
    as_filled_in = {"filled_from": "supplier", "blank": "keep"}
    for fields, others, profile in (
        (["sku", "name", "price"], as_filled_in, "Supplier"),
        (["sku", "name", "ignore"], as_filled_in, ""),
        (["sku", "name", "price"], as_filled_in | {"blank": "clear"}, ""),
        (["sku", "name", "price"], as_filled_in | {"delimiter": ","}, ""),
        (["sku", "name", "price"], {"blank": "keep"}, ""),
        (["sku", "name", "price"], as_filled_in | {"filled_from": "nobody"}, ""),
        (["sku", "name", "ignore"], as_filled_in | {"profile_name": " New "}, "New"),
    ):
        import_ = hold()
        choose(client, import_, *fields, **others)
        import_.refresh_from_db()
        assert (import_.held, import_.profile) == (False, profile)


def test_the_page_remembers_which_profile_has_filled_it_in(client: Client, hold: Hold) -> None:
    Profile.objects.create(name="Supplier", mapping=MAPPING)
    import_ = hold()
    form = client.get(url(import_)).context["form"]
    assert form["filled_from"].value() == "Supplier"
    assert client.get(url(import_), {"profile": ""}).context["form"]["filled_from"].value() == ""
    answer = choose(client, import_, "sku", "price", "price", filled_from="Supplier")
    assert 'name="filled_from" value="Supplier"' in answer.content.decode()
    assert choose(client, import_, "sku", "name", "price", filled_from="\0").status_code == 422


@pytest.mark.django_db(transaction=True)
def test_a_review_goes_by_its_profile_until_its_columns_change(client: Client, hold: Hold) -> None:
    Profile.objects.create(name="Supplier", mapping=MAPPING)
    import_ = hold()
    choose(client, import_, "sku", "name", "price", filled_from="Supplier")
    for fields, profile in (
        (["sku", "name", "price"], "Supplier"),
        (["sku", "name", "ignore"], ""),
    ):
        runner.advance(import_.pk)
        form = client.get(url(import_)).context["form"]
        # As the page sends it: with what was found.
        shown = {name: form[name].value() for name in ("filled_from", "encoding", "delimiter")}
        choose(client, import_, *fields, **shown)
        import_.refresh_from_db()
        assert import_.profile == profile


def test_a_profile_that_does_not_fit_the_file_is_reported(client: Client, hold: Hold) -> None:
    Profile.objects.create(name="odd", mapping=MAPPING, encoding="klingon")
    page = client.get(url(hold()))
    assert page.status_code == 200
    assert 'role="alert"' in page.content.decode()
    assert [column.name for column in page.context["form"].columns] == list(MAPPING)


def test_a_review_leads_back_to_its_columns(client: Client, run: Run) -> None:
    import_ = run("sku,name,rrp\nA,Lamp,1\n", review=True)
    Profile.objects.create(name="fits", mapping=import_.mapping | {"rrp": "price"})
    assert f'href="{url(import_)}"' in client.get(f"/imports/{import_.pk}/").content.decode()
    assert chosen(client, import_) == ["sku", "name", "ignore"], "as it was read"
    assert choose(client, import_, "sku", "name", "price").status_code == 302
    runner.advance_alone(import_.pk)
    import_.refresh_from_db()
    assert (import_.status, import_.mapping["rrp"]) == ("review", "price")


def test_an_import_that_waits_no_longer_leads_to_its_page(client: Client, run: Run) -> None:
    import_ = run("sku,name\nA,Lamp\n", review=True)
    page = client.get(url(import_))
    requests.apply(import_)
    data = {"fingerprint": page.context["form"].fingerprint, "field-0": "sku"}
    for answer in (client.post(url(import_), data), client.get(url(import_))):
        assert (answer.status_code, answer["Location"]) == (302, f"/imports/{import_.pk}/")
    content = client.get(url(import_), follow=True).content.decode()
    assert "is no longer waiting for its columns" in content


def test_who_is_second_is_reported(
    client: Client, hold: Hold, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_ = hold()
    monkeypatch.setattr("imports.pages.columns.begin", lambda *_, **__: False)
    answer = choose(client, import_, "sku", "name", "price", profile_name="x")
    assert "is no longer waiting" in client.get(answer["Location"], follow=True).content.decode()
    assert not Profile.objects.exists()


def test_a_file_that_is_gone_is_reported(client: Client, hold: Hold) -> None:
    import_ = hold()
    stored_file.delete(import_.parts)
    assert client.get(url(import_)).status_code == 410


def test_a_waiting_import_is_discarded(client: Client, hold: Hold) -> None:
    import_ = hold()
    client.post(f"/imports/{import_.pk}/cancel/")
    page = client.get(f"/imports/{import_.pk}/").content.decode()
    assert "Cancelled before anything was written." in page
    client.post(f"/imports/{import_.pk}/retry/")
    assert client.get(f"/imports/{import_.pk}/")["Location"] == url(import_)


def test_each_select_is_bound_to_its_fault(client: Client, hold: Hold) -> None:
    content = choose(client, hold(), "sku", "price", "price").content.decode()
    faults = re.findall(r'aria-describedby="(fault-\d)"', content)
    assert faults == ["fault-1", "fault-2"]
    assert all(f'id="{fault}"' in content for fault in faults)
