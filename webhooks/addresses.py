"""The addresses that webhooks may be sent to: public ones, and those in the trusted networks.

An address is checked when it is saved, so that its author sees an error, and again when it is
connected to, because its host name may lead somewhere else by then.
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
    """A webhook can't be sent there; the message is the reason, for people."""


def check_url(url: str) -> None:
    """Raise AddressRefused if this can't be the address of a webhook.

    A host name that does not exist yet is accepted: it is checked again when it is connected to.
    """
    host, port = _host_and_port(url)
    with suppress(socket.gaierror, TimeoutError):
        judge(_look_up(host, port), port)


def _host_and_port(url: str) -> tuple[str, int]:
    try:
        parts = urlsplit(url)
        scheme, host, port = parts.scheme, parts.hostname or "", parts.port
    except ValueError:
        raise AddressRefused("This is not a valid web address.") from None
    if scheme not in PORTS or not host or port == 0:
        raise AddressRefused("Give a whole web address, such as https://example.com/hooks.")
    if parts.username is not None or parts.password is not None:
        raise AddressRefused(
            "Leave the user name and password out of the address, because everybody can see it."
        )
    return host, port or PORTS[scheme]


def _look_up(host: str, port: int) -> Address:
    try:
        address: Address = get_ip_address(host, port, allow_loopback=False)[0]
    except InvalidIPAddress as refused:
        return refused_address(refused)
    except UnicodeError:
        raise AddressRefused("The address does not contain a valid host name.") from None
    return address


def refused_address(refused: InvalidIPAddress) -> Address:
    address: Address = refused.args[0]
    return address


def judge(address: Address, port: int) -> None:
    """Raise AddressRefused if nothing may be sent to this address and port."""
    if address.is_loopback and port in settings.OWN_PORTS:
        raise AddressRefused("This address leads back to this site and its own servers.")
    if not (_is_public(address) or _is_trusted(address)):
        raise AddressRefused(
            f"This address leads to {address}, which is not public, so nothing can be sent there."
        )


def _is_public(address: Address) -> bool:
    try:
        get_ip_address(str(address), 0, allow_loopback=False)
    except InvalidIPAddress:
        return False
    # The library lets addresses through that contain another one, and old site-local ones.
    is_site_local = isinstance(address, IPv6Address) and address.is_site_local
    return not (address.is_reserved or is_site_local)


def _is_trusted(address: Address) -> bool:
    if address.is_loopback and settings.WEBHOOK_LOOPBACK:
        return True
    return any(address in network for network in settings.WEBHOOK_TRUSTED_NETWORKS)
