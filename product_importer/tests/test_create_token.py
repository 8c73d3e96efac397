from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from rest_framework.test import APIClient


def created(capsys: pytest.CaptureFixture[str]) -> str:
    call_command("create_token", "bo")
    return capsys.readouterr().out.strip()


def status_with(token: str) -> int:
    return (
        APIClient().get("/api/products/", headers={"Authorization": f"Token {token}"}).status_code
    )


@pytest.mark.django_db
def test_a_token_opens_the_api(capsys: pytest.CaptureFixture[str]) -> None:
    User.objects.create(username="bo")
    assert status_with(created(capsys)) == 200


@pytest.mark.django_db
def test_a_new_token_replaces_the_old_one(capsys: pytest.CaptureFixture[str]) -> None:
    User.objects.create(username="bo")
    old, new = created(capsys), created(capsys)
    assert old != new
    assert (status_with(old), status_with(new)) == (401, 200)


@pytest.mark.django_db
def test_an_unknown_user_is_an_error() -> None:
    with pytest.raises(CommandError, match="no user called 'bo'") as caught:
        call_command("create_token", "bo")
    assert caught.value.returncode == 1
