from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError

from imports.models import Profile
from imports.profiles import NoSuchProfile, find, rename, save, with_profile

pytestmark = pytest.mark.django_db
MAPPING = {"Code": "sku", "Label": "name", "Hue": "attribute:Colour", "x": "ignore"}


@pytest.fixture
def profile(user: User) -> Profile:
    return Profile.objects.create(name="Élan", mapping=MAPPING, mode="update", created_by=user)


@pytest.mark.parametrize("name", ["Élan", "élan", " ÉLAN "])
def test_a_profile_is_found_by_its_name(profile: Profile, name: str) -> None:
    assert find(name) == profile


def test_a_profile_is_found_by_its_id_where_no_name_is_like_it(profile: Profile) -> None:
    assert find(str(profile.pk)) == profile
    other = Profile.objects.create(name=str(profile.pk))
    assert find(str(profile.pk)) == other


@pytest.mark.parametrize("name", ["", "nobody", "0", "9" * 18, "9" * 30, "\0", "²", "\u0661"])
def test_what_is_not_there_is_reported(profile: Profile, name: str) -> None:
    with pytest.raises(NoSuchProfile):
        find(name)


def test_what_is_said_wins_over_the_profile(profile: Profile) -> None:
    options = with_profile("élan", {"mode": "create", "review": True})
    assert options == {
        "mapping": MAPPING,
        "mode": "create",
        "on_error": "skip",
        "blank": "clear",
        "missing": "keep",
        "encoding": "",
        "delimiter": "",
        "profile": "Élan",
        "review": True,
    }
    assert with_profile("Élan", {"mapping": {"a": "sku"}})["mapping"] == {"a": "sku"}
    assert with_profile(None, {"mode": "create"}) == {"mode": "create"}
    with pytest.raises(NoSuchProfile):
        with_profile(" ", {})


@pytest.mark.parametrize(
    ("header", "fits"),
    [
        (["Code", "Label", "Hue", "x"], True),
        (["x", "HUE", " label", "CODE"], True),
        (["Code", "Label", "Hue"], False),
        (["Code", "Label", "Hue", "x", "y"], False),
        ([], False),
    ],
)
def test_a_profile_fits_the_same_columns(
    profile: Profile, header: list[str], *, fits: bool
) -> None:
    Profile.objects.create(name="without columns")
    assert list(Profile.objects.fitting(header)) == ([profile] if fits else [])


def test_the_newest_comes_first(profile: Profile) -> None:
    newer = Profile.objects.create(name="newer", mapping=MAPPING)
    assert list(Profile.objects.fitting(list(MAPPING))) == [newer, profile]
    profile.save()
    assert Profile.objects.fitting(list(MAPPING)).first() == profile


def test_what_was_chosen_is_kept_and_replaced(user: User) -> None:
    said = {"mapping": MAPPING, "missing": "deactivate", "delimiter": "\t"}
    kept = save("Supplier", said, user)
    assert (kept.missing, kept.delimiter) == ("deactivate", "\t")
    assert (kept.mapping, kept.created_by) == (MAPPING, user)
    again = save("SUPPLIER", {"mapping": {"a": "sku"}, "missing": "keep"}, user)
    assert (again.pk, again.name, again.missing) == (kept.pk, "SUPPLIER", "keep")
    assert Profile.objects.fitting(["A"]).get() == kept


def test_a_name_is_taken_once_whatever_its_case(profile: Profile) -> None:
    with pytest.raises(IntegrityError):
        Profile.objects.create(name="élan")


def test_another_name_leaves_the_rest_alone(profile: Profile) -> None:
    newest = Profile.objects.create(name="newest", mapping=MAPPING)
    assert rename(profile, "ÉLAN SE")
    assert not rename(profile, "NEWEST")
    profile.refresh_from_db()
    assert (profile.name, profile.mapping) == ("ÉLAN SE", MAPPING)
    assert Profile.objects.fitting(list(MAPPING)).first() == newest
