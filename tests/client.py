"""A client of the API over HTTP, as a script of a user would be."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Self

import requests
from rest_framework.authtoken.models import Token

from tests.processes import wait_until

PLACES = 2  # for event streams: a quarter of the eight threads of the test server


class Client:
    """Talks to a running site with a user's token."""

    def __init__(self, url: str, token: Token) -> None:
        self._url = url
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Token {token.key}"

    def get(self, path: str) -> requests.Response:
        return self._session.get(self._url + path, timeout=60)

    def post(self, path: str, data: Mapping[str, Any]) -> dict[str, Any]:
        return self._send("POST", path, data)

    def patch(self, path: str, data: Mapping[str, Any]) -> dict[str, Any]:
        return self._send("PATCH", path, data)

    def _send(self, method: str, path: str, data: Mapping[str, Any]) -> dict[str, Any]:
        answer = self._session.request(method, self._url + path, json=data, timeout=60)
        assert answer.ok, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def upload(self, file: Path, **options: str) -> requests.Response:
        with file.open("rb") as data:
            return self._session.post(
                f"{self._url}/api/imports/", files={"file": data}, data=options, timeout=120
            )

    def start(self, file: Path, **options: str) -> int:
        answer = self.upload(file, **options)
        assert answer.status_code == 202, answer.text
        return int(answer.json()["id"])

    def import_(self, import_id: int) -> dict[str, Any]:
        answer = self.get(f"/api/imports/{import_id}/")
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def wait(self, import_id: int, *, seconds: float = 60) -> dict[str, Any]:
        """The import once it has ended; its percent never goes back meanwhile."""
        seen = [0]

        def ended() -> bool:
            body = self.import_(import_id)
            assert body["percent"] >= seen[-1], "the percent went back"
            seen.append(body["percent"])
            return body["status"] in ("completed", "failed", "cancelled")

        wait_until(ended, seconds=seconds, what=f"import {import_id}")
        return self.import_(import_id)


class Stream:
    """An open event stream."""

    def __init__(self, url: str, token: str, **headers: str) -> None:
        sent = {"Authorization": f"Token {token}", "Accept": "text/event-stream", **headers}
        self.answer = requests.get(url, headers=sent, stream=True, timeout=10)
        self._lines = self.answer.iter_lines(chunk_size=1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.answer.close()

    def events(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Each event: its id, its name, the job."""
        event: dict[str, str] = {}
        for line in self._lines:
            if line:
                name, _, value = line.decode().partition(": ")
                event[name] = value
            else:
                if "data" in event:
                    yield event["id"], event["event"], json.loads(event["data"])
                event = {}
