"""A client of the API that uploads files and reads the state of their imports."""

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
        """Start the import of a file; returns the id of the import."""
        with file.open("rb") as content:
            return int(self._request("POST", self._imports, files={"file": content})["id"])

    def look(self, number: int) -> dict[str, Any]:
        """The import as it is now."""
        return self._request("GET", f"{self._imports}{number}/")

    def _request(self, method: str, url: str, **options: Any) -> dict[str, Any]:
        response = self._session.request(method, url, timeout=TIMEOUT_SECONDS, **options)
        response.raise_for_status()
        body: dict[str, Any] = response.json()
        return body
