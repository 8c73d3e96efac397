"""The site as a program sees it that uploads files and asks how they fare."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import requests
from django.contrib.auth.models import User
from rest_framework.authtoken.models import Token

TIMEOUT_SECONDS = 60


class Client:
    """Talks to the site at `url`."""

    def __init__(self, url: str) -> None:
        self._imports = f"{url}/api/imports/"
        user, _ = User.objects.get_or_create(username="benchmark")
        token, _ = Token.objects.get_or_create(user=user)
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Token {token.key}"

    def upload(self, file: Path) -> int:
        """Have a file imported; returns the number of the import."""
        with file.open("rb") as content:
            return int(self._ask("POST", self._imports, files={"file": content})["id"])

    def look(self, number: int) -> dict[str, Any]:
        """The import as it is now."""
        return self._ask("GET", f"{self._imports}{number}/")

    def _ask(self, method: str, url: str, **options: Any) -> dict[str, Any]:
        answer = self._session.request(method, url, timeout=TIMEOUT_SECONDS, **options)
        answer.raise_for_status()
        said: dict[str, Any] = answer.json()
        return said
