"""Where webhooks may go: to public addresses, and to what whoever runs this site trusts.

Judged when an address is saved, so that people are told, and again when it is connected to,
because a name may lead somewhere else by then.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import urlsplit

from django.conf import settings
from requests import RequestException
from requests_hardened.ip_filter import InvalidIPAddress, get_ip_address

Address = IPv4Address | IPv6Address

PORTS = {"http": 80, "https": 443}


class AddressRefused(RequestException):
    """A webhook can't go there; the text says why, in plain words."""


def check_url(url: str) -> None:
    """Raise AddressRefused where this can't be the address of a webhook.

    A name that leads nowhere yet is taken: connecting judges it again.
    """
    host, port = _host_and_port(url)
    with suppress(socket.gaierror, TimeoutError):
        judge(_look_up(host, port), port)


def _host_and_port(url: str) -> tuple[str, int]:
    try:
        parts = urlsplit(url)
        scheme, host, port = parts.scheme, parts.hostname or "", parts.port
    except ValueError:
        raise AddressRefused("This is no web address.") from None
    if scheme not in PORTS or not host or port == 0:
        raise AddressRefused("Give a whole web address, such as https://example.com/hooks.")
    if parts.username is not None or parts.password is not None:
        raise AddressRefused("Leave user name and password out of the address; everyone sees it.")
    return host, port or PORTS[scheme]


def _look_up(host: str, port: int) -> Address:
    try:
        address: Address = get_ip_address(host, port, allow_loopback=False)[0]
    except InvalidIPAddress as refused:
        return refused_address(refused)
    except UnicodeError:
        raise AddressRefused("This is no name of a host.") from None
    return address


def refused_address(refused: InvalidIPAddress) -> Address:
    address: Address = refused.args[0]
    return address


def judge(address: Address, port: int) -> None:
    """Raise AddressRefused where nothing may be sent to this address and port."""
    if address.is_loopback and port in settings.OWN_PORTS:
        raise AddressRefused("This address leads back to this site and its own servers.")
    if not (_is_public(address) or _is_trusted(address)):
        raise AddressRefused(
            f"This address leads to {address}, which is not public, so nothing is sent there."
        )


def _is_public(address: Address) -> bool:
    try:
        get_ip_address(str(address), 0, allow_loopback=False)
    except InvalidIPAddress:
        return False
    # What the library lets through: addresses that hold another one, and old site-local ones.
    odd = address.is_reserved or (isinstance(address, IPv6Address) and address.is_site_local)
    return not odd


def _is_trusted(address: Address) -> bool:
    if address.is_loopback and settings.WEBHOOK_LOOPBACK:
        return True
    return any(address in network for network in settings.WEBHOOK_TRUSTED_NETWORKS)
