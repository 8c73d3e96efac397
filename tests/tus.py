"""A client of tus 1.0 in a few lines, made from the text of the protocol alone."""

from __future__ import annotations

import base64
from typing import Any

import requests

PART_TYPE = "application/offset+octet-stream"


class TusClient:
    """Sends a file to one address of creation; every answer is judged by its status."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Token {token}"
        self._session.headers["Tus-Resumable"] = "1.0.0"

    def create(self, size: int, filename: str = "spring.csv") -> str:
        """The address of a new upload."""
        name = base64.b64encode(filename.encode()).decode()
        answer = self._send(
            "POST",
            f"{self._url}/api/uploads/",
            {"Upload-Length": str(size), "Upload-Metadata": f"filename {name}"},
        )
        assert answer.status_code == 201, answer.text
        return self._url + answer.headers["Location"]

    def offset(self, upload: str) -> int:
        answer = self._send("HEAD", upload, {})
        assert answer.status_code == 200
        return int(answer.headers["Upload-Offset"])

    def patch(self, upload: str, offset: int, data: bytes) -> requests.Response:
        headers = {"Upload-Offset": str(offset), "Content-Type": PART_TYPE}
        return self._send("PATCH", upload, headers, data)

    def go_on(self, upload: str, content: bytes, *, part_bytes: int) -> None:
        """Ask where the upload stands, and send the rest in parts."""
        offset = self.offset(upload)
        while offset < len(content):
            answer = self.patch(upload, offset, content[offset : offset + part_bytes])
            assert answer.status_code == 204, answer.text
            offset = int(answer.headers["Upload-Offset"])

    def start_import(self, upload: str) -> dict[str, Any]:
        """The import that is made of an upload."""
        body = {"upload": upload.rstrip("/").rpartition("/")[2]}
        answer = self._session.post(f"{self._url}/api/imports/", json=body, timeout=60)
        assert answer.status_code == 202, answer.text
        started: dict[str, Any] = answer.json()
        return started

    def _send(
        self, method: str, url: str, headers: dict[str, str], data: bytes = b""
    ) -> requests.Response:
        return self._session.request(method, url, headers=headers, data=data, timeout=60)
