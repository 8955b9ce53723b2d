"""A network's life: it starts fast, stops clean, and several live side by side."""

from __future__ import annotations

import base64
import gc
import os
import socket
import threading
import time
from pathlib import Path

import dns.message
import dns.query
import dns.rcode
import pytest

from diagnostics.engine.net.failures import Failure
from diagnostics.lab import KEY, controls, tcp, vendors
from diagnostics.lab import dns as lab_dns
from diagnostics.lab.api import api
from diagnostics.lab.network import Lab
from diagnostics.lab.tls import tls
from tests import pace
from tests.lab.fixtures import Serve
from tests.lab.referee import ask, connect, shake, trusting


def test_it_starts_with_little_work() -> None:
    Lab().start().stop()  # the process's first one makes the certificates
    with pace.within(200):
        lab = Lab().start()
    lab.stop()


def test_stopping_leaves_nothing_behind() -> None:
    def held() -> tuple[int, int]:
        gc.collect()
        return len(list(Path(f"/proc/{os.getpid()}/fd").iterdir())), threading.active_count()

    Lab().start().stop()
    before = held()
    for _ in range(5):
        with Lab(
            {"slow.example": tcp.silent(), "hole.example": tcp.blackhole()}, v6={"slow.example": tcp.silent()}
        ) as lab:
            open_one = connect(lab, "slow.example")
            shaken = shake(lab, "api.anthropic.com")
        open_one.close()
        shaken.close()
    # What earlier tests left running may end meanwhile, so there may be fewer.
    assert all(now <= then for now, then in zip(held(), before, strict=True))


def test_a_stopped_network_refuses_and_can_start_again() -> None:
    lab = Lab().start()
    address = lab.routes()["api.anthropic.com", 443]
    lab.stop()
    lab.stop()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address, 1)
    with lab:
        assert lab.start() is lab
        assert ask(lab, "https://api.anthropic.com/api/hello").status == 200


def test_networks_live_side_by_side(serve: Serve) -> None:
    one, other = serve(country="DE"), serve(country="NZ")
    trace = "https://www.cloudflare.com/cdn-cgi/trace"
    assert "loc=DE" in ask(one, trace).text
    assert "loc=NZ" in ask(other, trace).text


def test_a_port_that_cannot_be_had_ends_the_start() -> None:
    class Broken:
        port = 1

        async def open(self, spot: object) -> object:
            raise OSError("no port left")

    threads = threading.active_count()
    with pytest.raises(OSError, match="no port left"):
        Lab({"a.example": Broken()}).start()  # type: ignore[dict-item]
    assert threading.active_count() == threads


def test_the_control_hosts_answer_as_the_real_ones_do(serve: Serve) -> None:
    lab = serve()
    assert ask(lab, "http://connectivitycheck.gstatic.com/generate_204").status == 204
    assert ask(lab, "http://detectportal.firefox.com/success.txt").text == "success\n"
    assert "loc=DE" in ask(lab, "https://www.cloudflare.com/cdn-cgi/trace").text


def test_a_portal_redirects_every_control_host_to_its_page(serve: Serve) -> None:
    portal = controls.captive_portal("http://login.hotel.example/welcome")
    lab = serve({"connectivitycheck.gstatic.com": portal, "login.hotel.example": portal})
    told = ask(lab, "http://connectivitycheck.gstatic.com/generate_204")
    assert (told.status, told.headers["location"]) == (302, "http://login.hotel.example/welcome")
    assert "<title>Welcome to Hotel Wi-Fi</title>" in ask(lab, told.headers["location"]).text


def test_a_block_page_stands_in_for_the_host(serve: Serve) -> None:
    lab = serve({"api.anthropic.com": controls.block_page(tls=tls())})
    told = ask(lab, "https://api.anthropic.com/api/hello")
    assert told.status == 403
    assert "<title>Access Denied by Initech Web Policy</title>" in told.text


def test_the_status_page_tells_states_and_incidents(serve: Serve) -> None:
    page = controls.status_page("major", "major_outage", ("Elevated errors on the API",))
    lab = serve({"status.claude.com": page})
    body = ask(lab, "https://status.claude.com/api/v2/summary.json").text
    assert '"indicator":"major"' in body
    assert '"id":"k8w3r06qmzrp","name":"Claude API (api.anthropic.com)","status":"major_outage"' in body
    assert "Elevated errors on the API" in body


@pytest.mark.parametrize(
    ("site", "path", "status", "words"),
    [
        (vendors.openai(), "/v1/models", 401, "You didn't provide an API key"),
        (vendors.openai(status=403), "/v1/models", 403, "missing_scope"),
        (vendors.deepseek(), "/anthropic/v1/models", 401, "Authentication Fails, (auth header format"),
        (vendors.openrouter(), "/api/v1/models", 401, '"code":401'),
        (vendors.openrouter(), "/nowhere", 404, "<title>Not Found | OpenRouter</title>"),
        (vendors.litellm(tls=tls()), "/v1/models", 401, "LiteLLM Virtual Key expected"),
        (vendors.litellm(403, tls=tls()), "/v1/models", 403, "key_model_access_denied"),
        (vendors.litellm(404, tls=tls()), "/v1/models", 404, '{"detail":"Not Found"}'),
        (vendors.moonshot(), "/anthropic/v1/messages", 401, "Invalid Authentication"),
    ],
)
def test_other_vendors_refuse_in_their_own_shape(
    serve: Serve, site: object, path: str, status: int, words: str
) -> None:
    lab = serve({"vendor.example": site})  # type: ignore[dict-item]
    told = ask(lab, f"https://vendor.example{path}")
    assert told.status == status
    assert words in told.text


def test_a_vendor_shows_a_foreign_key_masked(serve: Serve) -> None:
    key = "sk-ant-api03-0123456789abcdefghij"
    told = ask(serve({"api.openai.com": vendors.openai()}), "https://api.openai.com/v1/models", {"x-api-key": key})
    assert "sk-ant-a****ghij" in told.text
    assert key not in told.text


def test_a_gateway_speaks_the_apis_shapes_under_its_own_name(serve: Serve) -> None:
    lab = serve({"gateway.example:4000": vendors.gateway()})
    told = ask(lab, "http://gateway.example:4000/v1/models", {"x-api-key": KEY, "anthropic-version": "2023-06-01"})
    assert told.status == 200
    assert told.headers["server"] == "practice-gateway/2.1"
    assert "anthropic-organization-id" not in told.headers
    assert ask(lab, "http://gateway.example:4000/api/hello").status == 404


# -- names -----------------------------------------------------------------------------------


def udp(lab: Lab, name: str, kind: str = "A", seconds: float = 2.0) -> dns.message.Message:
    ip, port = lab.routes()["1.1.1.1", 53]
    return dns.query.udp(dns.message.make_query(name, kind), ip, seconds, port)


def test_an_honest_resolver_tells_the_declared_addresses(serve: Serve) -> None:
    lab = serve(v6={"api.anthropic.com": tcp.refused()})
    assert [str(one) for one in udp(lab, "API.anthropic.com").answer[0]] == ["160.79.104.10"]
    assert [str(one) for one in udp(lab, "api.anthropic.com", "AAAA").answer[0]] == ["2607:6bc0::10"]
    assert udp(lab, "platform.claude.com", "AAAA").answer == []
    assert udp(lab, "nowhere.example").rcode() == dns.rcode.NXDOMAIN


@pytest.mark.parametrize("word", ["nxdomain", "servfail", "refused"])
def test_a_resolver_fails_in_each_way(serve: Serve, word: str) -> None:
    lab = serve({"1.1.1.1:53": lab_dns.resolver({"api.anthropic.com": word})})
    assert udp(lab, "api.anthropic.com").rcode() == dns.rcode.from_text(word)
    assert udp(lab, "platform.claude.com").rcode() == dns.rcode.NOERROR


def test_a_resolver_lies(serve: Serve) -> None:
    lab = serve({"1.1.1.1:53": lab_dns.resolver({"*": ("10.10.34.35",)})})
    assert str(udp(lab, "anything.example").answer[0][0]) == "10.10.34.35"


def test_a_resolver_says_nothing(serve: Serve) -> None:
    lab = serve({"1.1.1.1:53": lab_dns.resolver({"*": "silent"})})
    with pytest.raises(dns.exception.Timeout):
        udp(lab, "api.anthropic.com", seconds=0.3)


_LATE = dns.message.make_response(dns.message.make_query("late.example", "A")).to_wire()


@pytest.mark.parametrize("sent", [b"nonsense", _LATE], ids=["nonsense", "another's answer"])
def test_a_resolver_ignores_what_is_no_query(serve: Serve, sent: bytes, caplog: pytest.LogCaptureFixture) -> None:
    lab = serve()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(0.2)
        sock.sendto(sent, lab.routes()["1.1.1.1", 53])
        with pytest.raises(TimeoutError):
            sock.recv(1)
    assert udp(lab, "api.anthropic.com").answer
    assert not caplog.records


def test_names_are_told_over_https_by_post_and_get(serve: Serve) -> None:
    lab = serve()
    query = dns.message.make_query("api.anthropic.com", "A")
    told = ask(lab, "https://1.1.1.1/dns-query", method="POST", body=query.to_wire())
    assert told.headers["content-type"] == "application/dns-message"
    assert str(dns.message.from_wire(told.body).answer[0][0]) == "160.79.104.10"
    encoded = base64.urlsafe_b64encode(query.to_wire()).rstrip(b"=").decode()
    assert ask(lab, f"https://1.1.1.1/dns-query?dns={encoded}").body == told.body


def test_the_machines_own_resolver_may_see_it_otherwise(serve: Serve) -> None:
    lab = serve(resolver={"api.anthropic.com": ("127.0.0.1",), "*": "servfail"})
    assert lab.names()["api.anthropic.com"] == ("127.0.0.1",)
    assert lab.names()["platform.claude.com"] == "servfail"
    assert str(udp(lab, "api.anthropic.com").answer[0][0]) == "160.79.104.10"


def test_the_engines_map_holds_places_answers_and_failures(serve: Serve) -> None:
    says: dict[str, tuple[str, ...] | str] = {"platform.claude.com": "servfail", "status.claude.com": ("10.10.34.35",)}
    lab = serve(v6={"api.anthropic.com": api()}, resolver=says)
    names = lab.network_map()
    assert names.place("api.anthropic.com", "160.79.104.10", 443) == lab.routes()["api.anthropic.com", 443]
    assert names.place("api.anthropic.com", "2607:6bc0::10", 443) == lab.routes_v6()["api.anthropic.com", 443]
    assert names.place("status.claude.com", "10.10.34.35", 443) == lab.routes()["status.claude.com", 443]
    assert names.addresses("api.anthropic.com") == ("160.79.104.10", "2607:6bc0::10")
    assert names.addresses("status.claude.com") == ("10.10.34.35",)
    with pytest.raises(Failure) as failure:
        names.addresses("platform.claude.com")
    assert failure.value.word == "dns_servfail"


def test_an_address_is_a_host_name_too(serve: Serve) -> None:
    assert trusting(serve())
    with shake(serve(), "1.1.1.1") as connection:
        assert dict(connection.getpeercert() or {})["subjectAltName"] == (("IP Address", "1.1.1.1"),)


def test_the_way_takes_as_long_as_it_is_told_to() -> None:
    waits = iter([0.1, 0.2])
    with Lab(delay=lambda: next(waits, 0.0)) as lab:
        began = time.perf_counter()
        assert ask(lab, "http://connectivitycheck.gstatic.com/generate_204").status == 204
        assert time.perf_counter() - began >= 0.3


def test_a_host_may_have_other_addresses_than_the_usual() -> None:
    with Lab(addresses={"api.anthropic.com": ("160.79.105.7", "160.79.105.8")}) as lab:
        assert lab.answers("api.anthropic.com") == ("160.79.105.7", "160.79.105.8")
        assert lab.names()["api.anthropic.com"] == ("160.79.105.7", "160.79.105.8")
        assert lab.names()["status.claude.com"] == ("18.66.122.33",)
