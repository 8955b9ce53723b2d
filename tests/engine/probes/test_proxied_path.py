"""Through a proxy: what it says, what it hides, and what goes through it."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator

import pytest

from diagnostics.engine.records import TrustSettings
from diagnostics.lab import certificates, tcp
from diagnostics.lab.api import api
from diagnostics.lab.hostile import Hostile
from diagnostics.lab.proxy import proxy
from diagnostics.lab.serving import Service
from diagnostics.lab.tls import tls
from tests.engine.probes.conftest import Observe, environment, patience
from tests.lab.fixtures import Serve

HOST, PROXY = "api.anthropic.com", "proxy.corp.example:3128"
THROUGH = f"http://{PROXY}"


def test_everything_goes_through_a_proxy_that_lets_it(serve: Serve, observe: Observe) -> None:
    lab = serve({PROXY: proxy(exit_country="FR")}, direct={})
    seen = observe(lab, environment(proxy=THROUGH))
    assert (seen["proxy.tcp.connected"], seen["proxy.connect.status"]) == (True, 200)
    assert (seen["control.via_proxy"], seen["control.reached"]) == (True, 3)
    assert (seen["hello.ok"], seen["api.models.accepted"], seen["edge.trace.country"]) == (True, True, "FR")
    assert (seen["tls.client.trusted"], seen["network.outside_answered"]) == (True, True)


def test_what_the_direct_path_would_give_is_still_a_fact(serve: Serve, observe: Observe) -> None:
    seen = observe(serve({PROXY: proxy()}, direct={HOST: tcp.refused()}), environment(proxy=THROUGH))
    assert (seen["tcp.connected"], seen["tcp.failure"]) == (False, "connect_refused")
    assert seen["api.models.accepted"] is True


@pytest.mark.parametrize("schemes", [("Basic",), ("Negotiate", "NTLM", "Basic")])
def test_a_proxy_that_wants_a_password(serve: Serve, observe: Observe, schemes: tuple[str, ...]) -> None:
    lab = serve({PROXY: proxy(connect=407, schemes=schemes, credentials=("anna", "s3cret"))})
    seen = observe(lab, environment(proxy=THROUGH))
    assert seen["proxy.connect.status"] == 407
    assert seen["proxy.connect.schemes"] == tuple(scheme.lower() for scheme in schemes)
    assert "Cache Access Denied" in str(seen["proxy.connect.title"])
    assert seen["proxy.connect.reason"] == "ERR_CACHE_ACCESS_DENIED 0"
    assert seen.attempt("proxy.connect").status == "done"  # it answered, and the answer can be read
    assert seen.attempt("api.models").reason == "needs proxy.connect"
    assert (seen["hello.platform.failure"], seen["hello.platform.answerer"]) == ("proxy_refused_tunnel", "proxy")
    assert seen["control.reached"] == 0
    assert (seen["control.foreign"], "proxy_refused_tunnel" in seen["control.failures"]) == (2, True)  # type: ignore[operator]


def test_the_password_opens_it_and_is_told_to_the_proxy_alone(serve: Serve, observe: Observe) -> None:
    lab = serve({PROXY: proxy(connect=407, credentials=("anna", "s3cret"))})
    seen = observe(lab, environment(proxy=f"http://anna:s3cret@{PROXY}"))
    assert seen["api.models.accepted"] is True
    told = {
        request.host: request.credentials.keys() for request in lab.seen if "proxy-authorization" in request.credentials
    }
    assert set(told) == {"proxy.corp.example"}
    value = next(
        request.credentials["proxy-authorization"] for request in lab.seen if request.host == "proxy.corp.example"
    )
    assert base64.b64decode(value.reveal().partition(" ")[2]) == b"anna:s3cret"


@pytest.mark.parametrize(
    ("status", "title"), [(403, "Access Denied"), (503, "Name Error"), (502, "could not be retrieved")]
)
def test_a_proxy_that_refuses_the_target(serve: Serve, observe: Observe, status: int, title: str) -> None:
    seen = observe(serve({PROXY: proxy(connect=status)}), environment(proxy=THROUGH))
    assert seen["proxy.connect.status"] == status
    assert title in str(seen["proxy.connect.title"])
    assert seen["proxy.connect.server"] == "squid/5.7"


@pytest.mark.parametrize(
    ("connect", "word"),
    [("hang", "proxy_timeout"), ("reset", "proxy_closed"), ("close", "proxy_closed"), ("garbage", "proxy_garbled")],
)
def test_a_proxy_that_gives_no_answer(serve: Serve, observe: Observe, connect: str, word: str) -> None:
    seen = observe(serve({PROXY: proxy(connect=connect)}), environment(proxy=THROUGH), timeout=patience(word))
    assert seen["proxy.tcp.connected"] is True
    assert seen["proxy.connect.failure"] == word
    assert seen["hello.api.failure"] == word


@pytest.mark.parametrize(
    ("service", "word"), [(tcp.refused(3128), "connect_refused"), (tcp.blackhole(3128), "connect_timeout")]
)
def test_a_proxy_that_cannot_be_reached(serve: Serve, observe: Observe, service: Service, word: str) -> None:
    seen = observe(serve({PROXY: service}), environment(proxy=THROUGH), timeout=patience(word))
    assert (seen["proxy.tcp.connected"], seen["proxy.tcp.failure"]) == (False, word)
    assert seen.attempt("proxy.connect").reason == "needs proxy.tcp"
    assert seen.attempt("hello.api").reason == "needs proxy.tcp"
    assert seen["tcp.connected"] is True  # the direct path, which this client does not take


def test_a_proxy_whose_name_does_not_resolve(serve: Serve, observe: Observe) -> None:
    seen = observe(serve({PROXY: proxy()}, resolver={"proxy.corp.example": "nxdomain"}), environment(proxy=THROUGH))
    assert seen["proxy.dns.failure"] == "dns_nxdomain"
    assert seen.attempt("proxy.tcp").reason == "needs proxy.dns"


def test_an_inspecting_proxy_is_told_from_the_api_by_its_authority(serve: Serve, observe: Observe) -> None:
    lab = serve({PROXY: proxy(inspects=True)})
    seen = observe(lab, environment(proxy=THROUGH))
    assert (seen["tls.client.trusted"], seen["tls.client.failure"]) == (False, "tls_unknown_authority")
    assert "Initech Web Inspection CA" in str(seen["tls.chain.issuer"])
    assert seen["api.models.withheld"] == "unverified_tls"
    corporate = TrustSettings(extra_pem=certificates.private_root().pem)
    assert observe(lab, environment(proxy=THROUGH, trust=corporate))["api.models.accepted"] is True


def test_a_proxy_that_is_spoken_to_over_tls(serve: Serve, observe: Observe) -> None:
    lab = serve({PROXY: proxy(tls=tls())})
    seen = observe(lab, environment(proxy=f"https://{PROXY}"))
    assert (seen["proxy.connect.status"], seen["api.models.accepted"]) == (200, True)


def test_a_proxy_that_speaks_plain_http_on_an_https_url(serve: Serve, observe: Observe) -> None:
    seen = observe(serve({PROXY: tcp.silent(3128)}), environment(proxy=f"https://{PROXY}"), timeout=4)
    assert seen["proxy.connect.failure"] == "tls_timeout"


def test_a_proxy_nobody_vouches_for_hears_no_password(serve: Serve, observe: Observe) -> None:
    lab = serve({PROXY: proxy(credentials=("anna", "s3cret"), tls=tls("self_signed"))})
    seen = observe(lab, environment(proxy=f"https://anna:s3cret@{PROXY}"))
    assert seen["proxy.connect.failure"] == "tls_self_signed"
    assert not [request for request in lab.seen if request.host == "proxy.corp.example"]


def test_plain_http_is_handed_to_the_proxy_whole(serve: Serve, observe: Observe) -> None:
    gateway = "http://gateway.corp.example:4000"
    lab = serve({PROXY: proxy(), "gateway.corp.example:4000": api(tls=None)})
    seen = observe(lab, environment(gateway, proxy=THROUGH))
    assert seen.attempt("proxy.connect").reason == "not needed: plain HTTP goes through a proxy without a tunnel"
    assert seen.attempt("tls.client").reason == "not needed: the base URL is plain HTTP"
    assert (seen["api.models.accepted"], seen["api.models.answerer"]) == (True, "gateway")
    asked = [request.target for request in lab.seen if request.host == "proxy.corp.example" and request.method == "GET"]
    assert f"{gateway}/v1/models?limit=100" in asked


def test_an_answer_that_only_says_one_will_come_is_not_the_answer(serve: Serve, observe: Observe) -> None:
    tunnel = Hostile(
        lambda _: _pieces(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 X\r\nA: b\r\n\r\n", b"HTTP/1.1 407 X\r\n\r\n"),
        None,
        3128,
    )
    seen = observe(serve({PROXY: tunnel}), environment(proxy=THROUGH))
    assert seen["proxy.connect.status"] == 407


async def _pieces(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece
