"""A repeated request returns the same import, by the key that the client gave it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import User
from django.core.files.base import File
from django.db import transaction

from imports.models import IdempotencyKey, Import

KEY_LENGTH = 255


class KeyReused(Exception):
    """The key was given to another request."""


class StillUnderWay(Exception):
    """The first request with this key has not been answered yet."""


def once(*, user: User, key: str, fingerprint: str, start: Callable[[], Import]) -> Import:
    """The import that `start` creates, or created when this key was first sent.

    A key is remembered for a day, unless `start` raises. Raises KeyReused or StillUnderWay.
    """
    IdempotencyKey.objects.expired().delete()
    entry, is_new = IdempotencyKey.objects.get_or_create(
        user=user, key=key, defaults={"fingerprint": fingerprint}
    )
    if is_new:
        return _start(entry, start)
    if entry.fingerprint != fingerprint:
        raise KeyReused
    if entry.started is None:
        raise StillUnderWay
    return entry.started


def _start(entry: IdempotencyKey, start: Callable[[], Import]) -> Import:
    try:
        with transaction.atomic():
            entry.started = start()
            entry.save(update_fields=["started"])
    except BaseException:
        entry.delete()
        raise
    return entry.started


def fingerprint_of(options: dict[str, Any], file: File[Any] | None = None) -> str:
    """A hash of the options of a request, and of its file and the file's name if it has one."""
    name = file.name if file is not None else None
    digest = hashlib.sha256(json.dumps([name, options], sort_keys=True, default=str).encode())
    if file is not None:
        for chunk in file.chunks():
            digest.update(chunk)
        file.seek(0)
    return digest.hexdigest()
