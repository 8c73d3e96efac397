"""Tasks keep the database connection of their process, and get another where it is lost."""

from __future__ import annotations

from contextlib import closing

import pytest
from celery.fixups.django import DjangoWorkerFixup  # type: ignore[attr-defined] # not in the stubs
from django.db import connection

from product_importer.celery import app


@app.task(name="tests.session")
def session() -> int:
    """The database session that a task has."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid: int = cursor.fetchone()[0]
    return pid


@pytest.mark.django_db(transaction=True)
def test_a_task_goes_on_with_the_session_of_the_one_before() -> None:
    first = session.apply().get()
    worker = DjangoWorkerFixup(app)
    worker.close_database()
    assert session.apply().get() == first


@pytest.mark.django_db(transaction=True)
def test_a_task_gets_a_new_session_where_the_old_one_was_ended() -> None:
    first = session.apply().get()
    with closing(connection.copy()) as other, other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [first])
    assert session.apply().get() != first
