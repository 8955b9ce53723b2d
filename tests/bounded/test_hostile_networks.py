"""Whatever a network does to it, a run ends in its time, in its memory, and with a report that can be read and printed."""

from __future__ import annotations

import pytest

from diagnostics.lab import api, hostile, hostile_certificates, hostile_dns
from diagnostics.lab.http import Site
from diagnostics.lab.tls import HEALTHY
from tests.bounded.running import check, run
from tests.scenarios.networks.declaring import API, OFFICE, PLATFORM, THROUGH_OFFICE, everywhere


@pytest.mark.parametrize("name", hostile.WEB)
def test_every_host_is_hostile(name: str) -> None:
    check(run(everywhere(lambda port: hostile.web(name, tls=HEALTHY if port == 443 else None))))


@pytest.mark.parametrize("name", hostile.WEB)
def test_a_gateway_in_the_clear_is_hostile(name: str) -> None:
    gateway = {"gateway.example:80": hostile.web(name, tls=None)}
    check(run(gateway, {"ANTHROPIC_BASE_URL": "http://gateway.example", "ANTHROPIC_MODEL": "claude-opus-4-1"}))


@pytest.mark.parametrize("name", hostile.PROXIES)
@pytest.mark.parametrize("scheme", ["http", "socks5"])
def test_the_proxy_is_hostile(name: str, scheme: str) -> None:
    client = "anthropic-python" if scheme == "socks5" else "claude-code"
    proxies = {variable: url.replace("http", scheme, 1) for variable, url in THROUGH_OFFICE.items()}
    check(run({OFFICE: hostile.proxy(name)}, proxies, client=client))


@pytest.mark.parametrize("name", hostile.WEB)
def test_the_proxy_answers_as_a_hostile_web_server(name: str) -> None:
    check(run({OFFICE: hostile.Hostile(hostile.WEB[name], None, 3128)}, THROUGH_OFFICE))


@pytest.mark.parametrize("name", hostile.IN_PLACE_OF_TLS)
def test_the_handshake_is_hostile(name: str) -> None:
    how = hostile.in_place_of_tls(name)
    check(run({API: how, PLATFORM: how, "status.claude.com": how, "1.1.1.1": how}))


@pytest.mark.parametrize("name", hostile_certificates.CERTIFICATES)
def test_the_certificate_is_hostile(name: str) -> None:
    how = Site(api.api().app, tls=hostile_certificates.HostileTls(certificate=name))
    check(run({API: how, PLATFORM: how}))


@pytest.mark.parametrize("name", hostile_dns.DATAGRAMS)
def test_the_independent_resolvers_are_hostile(name: str) -> None:
    how = hostile_dns.HostileResolver(name)
    check(run({"1.1.1.1:53": how, "8.8.8.8:53": how}))
