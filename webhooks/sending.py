"""One request to a receiver: to an address that is allowed, bounded in time and in size."""

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

# What is kept of an answer, for people to read.
MOST_BODY_BYTES: Final = 16 * 1024
HEADERS: Final = {
    "Content-Type": "application/json",
    "User-Agent": "ProductImporter-Webhooks/1.0",
    # What comes back is kept as it is, never unpacked.
    "Accept-Encoding": "identity",
}
UNREACHABLE: Final = (requests.RequestException, HTTPError, OSError, UnicodeError)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of one request; `error` is empty where it was taken."""

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
    """Cuts this thread's connection when the time is up: a timeout bounds one silence alone."""

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
            with suppress(OSError):  # it may have ended by itself
                # Of the plain socket: TLS would want to say goodbye.
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
    """Connects to the very address that was judged, which is public or one of our exceptions."""

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
        """As the library does it for a public address; it has set the header `Host` already."""
        host, pool = HTTPAdapter.build_connection_pool_key_attributes(self, request, verify, cert)
        pinned = f"[{address}]" if isinstance(address, IPv6Address) else str(address)
        if host["scheme"] == "https":
            names = {"assert_hostname": host["host"], "server_hostname": host["host"]}
            return {**host, "host": pinned}, {**pool, **names}
        return {**host, "host": pinned}, pool


def open_session() -> requests.Session:
    """A session for requests to receivers; connections are kept for its length."""
    patience = settings.WEBHOOK_PATIENCE_SECONDS
    session: requests.Session = HTTPSession(
        Config(
            ip_filter_enable=True,
            ip_filter_allow_loopback_ips=False,
            never_redirect=True,
            default_timeout=(patience, patience),
        )
    )
    # A proxy named by the environment would connect in our place, wherever the name leads.
    session.trust_env = False
    session.headers.clear()
    session.mount("http://", Adapter(is_https_proto=False))
    session.mount("https://", Adapter(is_https_proto=True))
    return session


def post(session: requests.Session, url: str, body: str, headers: Mapping[str, str]) -> Outcome:
    """Send a message; whatever goes wrong is told in the outcome."""
    started = time.monotonic()
    told: dict[str, Any] = {"request_headers": HEADERS | dict(headers)}
    with Deadline(settings.WEBHOOK_ATTEMPT_SECONDS) as deadline:
        try:
            with session.post(
                url, data=body.encode(), headers=told["request_headers"], stream=True
            ) as response:
                if deadline.has_passed:  # in the middle of the headers, which look complete then
                    raise requests.ReadTimeout
                told |= _answer(response)
                told["response_body"] = _read(response)
        except UNREACHABLE as error:
            if "status_code" not in told:
                told["error"] = _in_words(error, has_passed=deadline.has_passed)
    return Outcome(duration_ms=round((time.monotonic() - started) * 1000), **told)


def _answer(response: requests.Response) -> dict[str, Any]:
    status = response.status_code
    retry_after = parse_retry_after(response.headers.get("Retry-After"), datetime.now(UTC))
    return {"status_code": status, "retry_after": retry_after, "error": _complaint(status)}


def _complaint(status: int) -> str:
    if 200 <= status < 300:
        return ""
    if 300 <= status < 400:
        return f"It answered {status}, a redirect, which is not followed."
    return f"It answered {status}."


def _read(response: requests.Response) -> str:
    """The beginning of the body, as text that the database can hold."""
    body = bytearray()
    while len(body) < MOST_BODY_BYTES:
        chunk = response.raw.read1(MOST_BODY_BYTES - len(body))
        if not chunk:
            break
        body += chunk
    return body.decode(errors="replace").replace("\0", "\N{REPLACEMENT CHARACTER}")


def _in_words(error: BaseException, *, has_passed: bool) -> str:
    """Why there is no answer."""
    if isinstance(error, addresses.AddressRefused):
        return str(error)
    if has_passed:
        return TOO_SLOW
    if "resolve" in str(error):
        return "The name of the host leads nowhere."
    known = (text for type_, text in REASONS if isinstance(error, type_))
    return next(known, f"The request failed: {error}"[:255])


TOO_SLOW: Final = "It did not answer in time."

# The first that fits counts.
REASONS: Final = (
    (requests.ReadTimeout, TOO_SLOW),
    (requests.exceptions.SSLError, "Its certificate can't be trusted, so nothing was sent."),
    (requests.ConnectTimeout, "No connection came about in time."),
    (requests.ConnectionError, "The connection was refused or broken off."),
)
