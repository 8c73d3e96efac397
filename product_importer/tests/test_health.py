from __future__ import annotations

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from kombu import Connection

from product_importer.celery import app as celery_app


def test_a_living_process_says_so_without_asking_anything() -> None:
    assert Client().get("/health/live/").json() == {"status": "ok"}


@pytest.mark.django_db
def test_ready_where_the_database_and_the_broker_answer() -> None:
    response = Client().get("/health/ready/")
    assert response.status_code == 200
    assert response.json() == {"status": "ok", "database": True, "broker": True}


@pytest.mark.django_db
def test_not_ready_without_a_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    nobody = Connection("redis://127.0.0.1:1/0")
    monkeypatch.setattr(celery_app, "connection_for_write", lambda **_: nobody)
    response = Client().get("/health/ready/")
    assert response.status_code == 503
    assert response.json()["broker"] is False


def test_not_ready_without_a_database(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise DatabaseError

    monkeypatch.setattr(connection, "cursor", refuse)
    response = Client().get("/health/ready/")
    assert response.status_code == 503
    assert response.json()["database"] is False
