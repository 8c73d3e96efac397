"""Profiles: how the files of a supplier are imported, kept under a name for the next one."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from imports.models import Profile


class NoSuchProfile(LookupError):
    """There is no profile of that name or id."""

    def __init__(self, name_or_id: str) -> None:
        super().__init__(f'There is no profile "{name_or_id}".')


def find(name_or_id: str) -> Profile:
    """The profile of that name, whatever its case, or else of that id. Raises NoSuchProfile."""
    text = name_or_id.strip()
    profile = Profile.objects.named(text).first() if "\0" not in text else None
    if profile is None and text.isascii() and text.isdecimal() and len(text) < MOST_DIGITS:
        profile = Profile.objects.filter(pk=int(text)).first()
    if profile is None:
        raise NoSuchProfile(text)
    return profile


# As many as surely fit an id.
MOST_DIGITS = 19


def with_profile(name_or_id: str | None, options: dict[str, Any]) -> dict[str, Any]:
    """Options of an import: those of the profile and its name, and in their place what is given.

    A mapping that is given takes the place of the whole mapping of the profile. Raises
    NoSuchProfile; with None the options stay as they are.
    """
    if name_or_id is None:
        return options
    profile = find(name_or_id)
    return profile.options | {"profile": profile.name} | options


def keep(name: str, said: dict[str, Any], user: User) -> Profile:
    """Save a mapping and options under a name; a profile that has it already is replaced."""
    try:
        with transaction.atomic():
            return _save(name, said, user)
    except IntegrityError:  # somebody took the name just now
        return _save(name, said, user)


def rename(profile: Profile, name: str) -> bool:
    """Call a profile otherwise from now on; False where another has that name."""
    try:
        with transaction.atomic():
            # Which is offered first goes by when they were saved, and that stays.
            Profile.objects.filter(pk=profile.pk).update(name=name)
    except IntegrityError:
        return False
    return True


def _save(name: str, said: dict[str, Any], user: User) -> Profile:
    profile = Profile.objects.named(name).first() or Profile(created_by=user)
    for field, value in (said | {"name": name}).items():
        setattr(profile, field, value)
    profile.save()
    return profile
