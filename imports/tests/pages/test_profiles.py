"""The pages of profiles: all of them, one of them, another name, and none of it."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from imports.models import Import, Profile
from imports.tests.conftest import Run

MAPPING = {"x": "ignore", "Code": "sku", "<b>Label</b>": "name", "Hue": "attribute:Colour"}


@pytest.fixture
def profile(user: User) -> Profile:
    return Profile.objects.create(
        name="Möbel <GmbH>", mapping=MAPPING, mode="update", delimiter="\t", created_by=user
    )


def url(profile: Profile, page: str = "") -> str:
    return f"/imports/profiles/{profile.pk}/{page}"


def test_all_profiles_are_listed_by_name(client: Client, profile: Profile) -> None:
    Profile.objects.create(name="Zebra")
    Profile.objects.create(name="abc")
    page = client.get("/imports/profiles/")
    assert [each.name for each in page.context["profiles"]] == ["abc", "Möbel <GmbH>", "Zebra"]
    content = page.content.decode()
    assert f'href="{url(profile)}"' in content
    assert "Möbel &lt;GmbH&gt;" in content


def test_without_profiles_it_says_how_to_get_one(client: Client) -> None:
    assert "No profiles yet" in client.get("/imports/profiles/").content.decode()


def test_many_profiles_are_shown_page_by_page(client: Client) -> None:
    Profile.objects.bulk_create(Profile(name=f"p{number:03}") for number in range(51))
    assert len(client.get("/imports/profiles/").context["profiles"]) == 50
    last = client.get("/imports/profiles/?page=2")
    assert len(last.context["profiles"]) == 1
    assert "Previous" in last.content.decode()


def test_the_list_takes_as_many_queries_for_many(
    client: Client, profile: Profile, django_assert_max_num_queries: pytest.FixtureRequest
) -> None:
    Profile.objects.bulk_create(Profile(name=str(n), created_by=profile.created_by) for n in "abc")
    with django_assert_max_num_queries(4):  # type: ignore[operator]
        client.get("/imports/profiles/")


def test_a_profile_shows_what_it_says(client: Client, profile: Profile) -> None:
    content = client.get(url(profile)).content.decode()
    for said in ("only update existing products", "columns separated by tabs", "&lt;b&gt;Label"):
        assert said in content
    assert "attribute:Colour" in content
    assert content.index(">Hue<") < content.index(">x<"), "what is ignored comes last"


def test_a_profile_gets_another_name(client: Client, profile: Profile) -> None:
    changed = profile.updated_at
    answer = client.post(url(profile), {"name": " Möbel SE "})
    assert (answer.status_code, answer["Location"]) == (302, url(profile))
    profile.refresh_from_db()
    assert (profile.name, profile.mapping, profile.updated_at) == ("Möbel SE", MAPPING, changed)
    assert client.post(url(profile), {"name": "möbel se"}).status_code == 302


@pytest.mark.parametrize("name", ["", "  ", "x" * 101, "a\0b", "ZEBRA"])
def test_a_name_that_can_not_be_is_reported(client: Client, profile: Profile, name: str) -> None:
    Profile.objects.create(name="zebra")
    answer = client.post(url(profile), {"name": name})
    assert answer.status_code == 422
    assert "is-invalid" in answer.content.decode()
    assert "Möbel &lt;GmbH&gt;</h1>" in answer.content.decode()
    profile.refresh_from_db()
    assert profile.name == "Möbel <GmbH>"


def test_a_profile_is_deleted_once_that_was_asked(client: Client, profile: Profile) -> None:
    assert "Delete this profile?" in client.get(url(profile, "delete/")).content.decode()
    assert Profile.objects.exists()
    answer = client.post(url(profile, "delete/"))
    assert (answer.status_code, answer["Location"]) == (302, "/imports/profiles/")
    assert "Möbel &lt;GmbH&gt;" in client.get("/imports/profiles/").content.decode()
    assert not Profile.objects.exists()
    assert client.get(url(profile)).status_code == 404
    assert client.post(url(profile, "delete/")).status_code == 404


def test_an_import_keeps_the_name_of_a_profile_that_is_gone(
    client: Client, run: Run, profile: Profile
) -> None:
    import_ = run("sku,name\nA,Lamp\n", profile=profile.name)
    client.post(url(profile, "delete/"))
    page = client.get(f"/imports/{import_.pk}/").content.decode()
    assert "<dt>Profile</dt>" in page
    assert "Möbel &lt;GmbH&gt;" in page
    assert Import.objects.get().status == "completed"


def test_an_import_without_one_names_none(client: Client, run: Run) -> None:
    import_ = run("sku,name\nA,Lamp\n")
    assert "<dt>Profile</dt>" not in client.get(f"/imports/{import_.pk}/").content.decode()


def test_profiles_are_linked_from_the_imports(client: Client) -> None:
    assert 'href="/imports/profiles/"' in client.get("/imports/").content.decode()
