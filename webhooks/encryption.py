"""Text that is encrypted at rest."""

from functools import cache
from typing import Any

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper


@cache
def _cipher(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def _current_cipher() -> MultiFernet:
    """Encrypts with the first of WEBHOOK_SECRET_KEY, decrypts with any of them."""
    return _cipher(tuple(settings.WEBHOOK_SECRET_KEYS))


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]
    """Plain text in Python, a Fernet token in the database; values can't be searched for."""

    def get_prep_value(self, value: Any) -> str | None:
        if value is None:
            return None
        return _current_cipher().encrypt(str(value).encode()).decode()

    def from_db_value(
        self, value: str | None, expression: object, connection: BaseDatabaseWrapper
    ) -> str | None:
        return None if value is None else _current_cipher().decrypt(value.encode()).decode()
