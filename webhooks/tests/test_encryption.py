from __future__ import annotations

import pytest
from cryptography.fernet import Fernet, InvalidToken
from django.db import connection
from pytest_django.fixtures import Settings

from webhooks.models import Endpoint

pytestmark = pytest.mark.django_db


def stored_secret() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM webhooks_endpoint")
        return str(cursor.fetchone()[0])


def test_a_secret_is_plain_in_python_and_unreadable_in_the_database() -> None:
    endpoint = Endpoint.objects.create(url="https://example.com/", secret="whsec_plain")
    assert Endpoint.objects.get(pk=endpoint.pk).secret == "whsec_plain"
    assert "plain" not in stored_secret()


def test_a_secret_outlives_the_change_of_the_key(settings: Settings) -> None:
    Endpoint.objects.create(url="https://example.com/", secret="whsec_plain")
    settings.WEBHOOK_SECRET_KEYS = [Fernet.generate_key().decode(), *settings.WEBHOOK_SECRET_KEYS]
    assert Endpoint.objects.get().secret == "whsec_plain"


def test_without_its_key_a_secret_is_lost(settings: Settings) -> None:
    Endpoint.objects.create(url="https://example.com/", secret="whsec_plain")
    settings.WEBHOOK_SECRET_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(InvalidToken):
        Endpoint.objects.get()


def test_no_secret_stays_none() -> None:
    Endpoint.objects.create(url="https://example.com/", previous_secret=None)
    assert Endpoint.objects.get().previous_secret is None
