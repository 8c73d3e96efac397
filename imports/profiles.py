"""Profiles: how the files of a supplier are imported, kept under a name for the next one."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from imports.models import Profile

# Every number with this many digits fits an id of 64 bits.
MAX_ID_DIGITS = 18


class NoSuchProfile(LookupError):
    """There is no profile of that name or id."""

    def __init__(self, name_or_id: str) -> None:
        super().__init__(f'There is no profile "{name_or_id}".')


def find(name_or_id: str) -> Profile:
    """The profile with that name, whatever its case, or else with that id. Raises NoSuchProfile."""
    text = name_or_id.strip()
    profile = Profile.objects.named(text).first() if "\0" not in text else None
    if profile is None and text.isascii() and text.isdecimal() and len(text) <= MAX_ID_DIGITS:
        profile = Profile.objects.filter(pk=int(text)).first()
    if profile is None:
        raise NoSuchProfile(text)
    return profile


def with_profile(name_or_id: str | None, options: dict[str, Any]) -> dict[str, Any]:
    """The options of an import: those that are given; a profile adds the others, and its name.

    A mapping that is given replaces the whole mapping of the profile. Without a profile (None) the
    options stay as they are. Raises NoSuchProfile.
    """
    if name_or_id is None:
        return options
    profile = find(name_or_id)
    return profile.options | {"profile": profile.name} | options


def save(name: str, options: dict[str, Any], user: User) -> Profile:
    """Save a mapping and options under a name; replaces a profile that has it already."""
    try:
        with transaction.atomic():
            return _save(name, options, user)
    except IntegrityError:  # somebody took the name just now
        return _save(name, options, user)


def rename(profile: Profile, name: str) -> bool:
    """Give a profile another name; returns False if another profile has it."""
    try:
        with transaction.atomic():
            # The time of the last save stays as it is: it decides which profile is offered first.
            Profile.objects.filter(pk=profile.pk).update(name=name)
    except IntegrityError:
        return False
    return True


def _save(name: str, options: dict[str, Any], user: User) -> Profile:
    profile = Profile.objects.named(name).first() or Profile(created_by=user)
    for field, value in (options | {"name": name}).items():
        setattr(profile, field, value)
    profile.save()
    return profile
