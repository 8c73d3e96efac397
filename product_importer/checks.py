"""System checks of what the product needs from its database."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections

MIN_POSTGRESQL = 150000


@register(Tags.database)
def check_database(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """PostgreSQL 15 or newer, in UTF-8, whose `lower()` knows more than ASCII."""
    return [error for alias in databases or [] for error in _check_one(alias)]


def _check_one(alias: str) -> list[CheckMessage]:
    with connections[alias].cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('server_version_num')::int,"
            " current_setting('server_encoding'), lower('É') = 'é'"
        )
        version, encoding, lowers_unicode = cursor.fetchone()
    errors: list[CheckMessage] = []
    if version < MIN_POSTGRESQL:
        errors.append(Error("PostgreSQL 15 or newer is needed.", id="product_importer.E001"))
    if encoding != "UTF8":
        errors.append(
            Error(
                f"The database is encoded in {encoding}; product files need UTF8.",
                hint="Create the database with ENCODING 'UTF8'.",
                id="product_importer.E002",
            )
        )
    if not lowers_unicode:
        errors.append(
            Error(
                "lower('É') is not 'é' in this database, so it would not match SKUs correctly.",
                hint="Create the database with another locale than C, such as C.UTF-8.",
                id="product_importer.E003",
            )
        )
    return errors
