from __future__ import annotations

import socket
from ipaddress import ip_network
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from webhooks.addresses import AddressRefused, check_url

# A public address that nothing is sent to here.
PUBLIC = "93.184.215.14"


@pytest.fixture(autouse=True)
def _distrusting(settings: Settings) -> None:
    settings.WEBHOOK_TRUSTED_NETWORKS = []
    settings.WEBHOOK_LOOPBACK = False
    settings.OWN_PORTS = {8000, 5432, 6379}


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A name service of the test's own."""
    known: dict[str, str] = {}
    ask = socket.getaddrinfo

    def getaddrinfo(host: str, *args: Any, **kwargs: Any) -> Any:
        if host.endswith(".example") and host not in known:
            raise socket.gaierror
        return ask(known.get(host, host), *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return known


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "localhost",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "198.18.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:169.254.169.254]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[fe80::1]",
        "[fc00::1]",
        "[fec0::1]",
        "[ff02::1]",
    ],
)
def test_addresses_that_are_not_public_are_refused(host: str) -> None:
    with pytest.raises(AddressRefused):
        check_url(f"http://{host}/hooks")


def test_a_name_is_judged_by_what_it_leads_to(names: dict[str, str]) -> None:
    names["inside.example"] = "127.0.0.1"
    with pytest.raises(AddressRefused, match=r"127\.0\.0\.1, which is not public"):
        check_url("https://inside.example/hooks")
    names["outside.example"] = PUBLIC
    check_url("https://outside.example/hooks")


def test_a_name_that_leads_nowhere_yet_is_taken(names: dict[str, str]) -> None:
    check_url("https://nowhere.example/hooks")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com/hooks",
        "ftp://example.com/",
        "javascript:alert(1)",
        "https://",
        "https://:8000/",
        f"https://{PUBLIC}:0/",
        f"https://{PUBLIC}:99999/",
        f"https://{PUBLIC}:x/",
        "https://[::1/",
        f"https://ana:secret@{PUBLIC}/",
        f"https://@{PUBLIC}/",
        f"https://{'a' * 300}.com/",
    ],
)
def test_what_is_no_address_of_a_webhook_is_refused(url: str) -> None:
    with pytest.raises(AddressRefused):
        check_url(url)


@pytest.mark.parametrize("url", [f"https://{PUBLIC}/", f"HTTP://{PUBLIC}:8080/a?b=c"])
def test_public_addresses_are_taken(url: str) -> None:
    check_url(url)


def test_networks_that_the_operator_trusts_are_taken(settings: Settings) -> None:
    settings.WEBHOOK_TRUSTED_NETWORKS = [ip_network("10.1.0.0/16"), ip_network("fd00::/8")]
    check_url("http://10.1.2.3/hooks")
    check_url("http://[fd00::1]/hooks")
    with pytest.raises(AddressRefused):
        check_url("http://10.2.0.1/hooks")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.8.9.1", "[::1]"])
def test_the_embedded_stack_may_send_to_its_machine_but_not_to_itself(
    settings: Settings, host: str
) -> None:
    settings.WEBHOOK_LOOPBACK = True
    check_url(f"http://{host}:9000/hooks")
    for port in settings.OWN_PORTS:
        with pytest.raises(AddressRefused, match="back to this site"):
            check_url(f"http://{host}:{port}/")
    with pytest.raises(AddressRefused):
        check_url("http://10.0.0.1/")


def test_trust_in_the_machine_does_not_include_its_servers(settings: Settings) -> None:
    settings.WEBHOOK_TRUSTED_NETWORKS = [ip_network("127.0.0.0/8")]
    check_url("http://127.0.0.1:9000/")
    with pytest.raises(AddressRefused):
        check_url("http://127.0.0.1:5432/")
