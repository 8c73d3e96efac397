"""One request to a receiver: to an allowed address, limited in time and in size."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import IPv6Address, ip_address
from typing import Any, Final, Self

import requests
from django.conf import settings
from requests.adapters import HTTPAdapter
from requests_hardened import Config, HTTPSession
from requests_hardened.ip_filter import InvalidIPAddress
from requests_hardened.ip_filter_adapter import IPFilterAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

from webhooks import addresses
from webhooks.retries import parse_retry_after

# The part of an answer that is stored, for people to read.
MAX_BODY_BYTES: Final = 16 * 1024
HEADERS: Final = {
    "Content-Type": "application/json",
    "User-Agent": "ProductImporter-Webhooks/1.0",
    # The answer is stored as it is, never decompressed.
    "Accept-Encoding": "identity",
}
UNREACHABLE: Final = (requests.RequestException, HTTPError, OSError, UnicodeError)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The outcome of one request; `error` is empty if the receiver accepted it."""

    status_code: int | None = None
    duration_ms: int
    request_headers: Mapping[str, str] = field(default_factory=dict)
    response_body: str = ""
    retry_after: float | None = None
    error: str = ""

    @property
    def is_success(self) -> bool:
        return not self.error


class Deadline:
    """Closes this thread's connection when the time is up: a timeout limits only one silence."""

    running = threading.local()

    def __init__(self, seconds: float) -> None:
        self.has_passed = False
        self._socket: socket.socket | None = None
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self.running.deadline = self
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        self.running.deadline = None

    def watch(self, connection: HTTPConnection) -> None:
        self._socket = connection.sock

    def _cut(self) -> None:
        self.has_passed = True
        if self._socket is not None:
            with suppress(OSError):  # the connection may have ended by itself
                # The plain socket's method: TLS would wait for the other side.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


class _BoundedConnection(HTTPConnection):
    def getresponse(self) -> Any:
        Deadline.running.deadline.watch(self)
        return super().getresponse()


class _BoundedTlsConnection(HTTPSConnection):
    def getresponse(self) -> Any:
        Deadline.running.deadline.watch(self)
        return super().getresponse()


class _Pool(HTTPConnectionPool):
    ConnectionCls = _BoundedConnection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _BoundedTlsConnection


class Adapter(IPFilterAdapter):
    """Connects to the very address that was checked, which is public or a trusted exception."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}

    def build_connection_pool_key_attributes(
        self, request: Any, verify: Any, cert: Any = None
    ) -> Any:
        try:
            host, pool = super().build_connection_pool_key_attributes(request, verify, cert)
        except InvalidIPAddress as refused:
            address = addresses.refused_address(refused)
            host, pool = self._pinned(address, request, verify, cert)
        else:
            address = ip_address(host["host"].strip("[]"))
        addresses.judge(address, host["port"] or addresses.PORTS[host["scheme"]])
        return host, pool

    def _pinned(self, address: addresses.Address, request: Any, verify: Any, cert: Any) -> Any:
        """Like the library's method for a public address; the header `Host` is already set."""
        host, pool = HTTPAdapter.build_connection_pool_key_attributes(self, request, verify, cert)
        pinned = f"[{address}]" if isinstance(address, IPv6Address) else str(address)
        if host["scheme"] == "https":
            names = {"assert_hostname": host["host"], "server_hostname": host["host"]}
            return {**host, "host": pinned}, {**pool, **names}
        return {**host, "host": pinned}, pool


def open_session() -> requests.Session:
    """A session for requests to receivers; its connections stay open until it is closed."""
    patience = settings.WEBHOOK_PATIENCE_SECONDS
    session: requests.Session = HTTPSession(
        Config(
            ip_filter_enable=True,
            ip_filter_allow_loopback_ips=False,
            never_redirect=True,
            default_timeout=(patience, patience),
        )
    )
    # A proxy from the environment would connect in our place, to an address that nobody checked.
    session.trust_env = False
    session.headers.clear()
    session.mount("http://", Adapter(is_https_proto=False))
    session.mount("https://", Adapter(is_https_proto=True))
    return session


def post(session: requests.Session, url: str, body: str, headers: Mapping[str, str]) -> Outcome:
    """Send a message; if anything goes wrong, the outcome has the error."""
    started = time.monotonic()
    result: dict[str, Any] = {"request_headers": HEADERS | dict(headers)}
    with Deadline(settings.WEBHOOK_ATTEMPT_SECONDS) as deadline:
        try:
            with session.post(
                url, data=body.encode(), headers=result["request_headers"], stream=True
            ) as response:
                if deadline.has_passed:  # in the middle of the headers, which look complete then
                    raise requests.ReadTimeout
                result |= _answer(response)
                result["response_body"] = _read(response)
        except UNREACHABLE as error:
            if "status_code" not in result:
                result["error"] = _in_words(error, has_passed=deadline.has_passed)
    return Outcome(duration_ms=round((time.monotonic() - started) * 1000), **result)


def _answer(response: requests.Response) -> dict[str, Any]:
    status = response.status_code
    retry_after = parse_retry_after(response.headers.get("Retry-After"), datetime.now(UTC))
    return {"status_code": status, "retry_after": retry_after, "error": _status_error(status)}


def _status_error(status: int) -> str:
    if 200 <= status < 300:
        return ""
    if 300 <= status < 400:
        return f"The receiver answered {status}, a redirect, which is not followed."
    return f"The receiver answered {status}."


def _read(response: requests.Response) -> str:
    """The beginning of the body, as text that the database can store."""
    body = bytearray()
    while len(body) < MAX_BODY_BYTES:
        chunk = response.raw.read1(MAX_BODY_BYTES - len(body))
        if not chunk:
            break
        body += chunk
    return body.decode(errors="replace").replace("\0", "\N{REPLACEMENT CHARACTER}")


def _in_words(error: BaseException, *, has_passed: bool) -> str:
    """The reason why there is no answer."""
    if isinstance(error, addresses.AddressRefused):
        return str(error)
    if has_passed:
        return TOO_SLOW
    if "resolve" in str(error):
        return "The host name could not be found."
    reasons = (text for type_, text in REASONS if isinstance(error, type_))
    return next(reasons, f"The request failed: {error}"[:255])


TOO_SLOW: Final = "The receiver did not answer in time."

# The first class that fits counts.
REASONS: Final = (
    (requests.ReadTimeout, TOO_SLOW),
    (
        requests.exceptions.SSLError,
        "The certificate of the receiver can't be trusted, so nothing was sent.",
    ),
    (requests.ConnectTimeout, "The receiver could not be reached in time."),
    (requests.ConnectionError, "The receiver refused the connection or closed it."),
)
