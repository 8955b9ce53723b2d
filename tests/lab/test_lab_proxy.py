"""A proxy that lets through or refuses, as http.client sees it."""

from __future__ import annotations

import base64
import http.client
import ssl

import pytest

from diagnostics.lab import certificates, tcp
from diagnostics.lab.proxy import proxy
from diagnostics.lab.tls import tls
from tests.lab.fixtures import Serve
from tests.lab.referee import ask, connect, trusting

PROXY = "proxy.corp.example:3128"
HELLO = "https://api.anthropic.com/api/hello"


def basic(user: str, password: str) -> dict[str, str]:
    return {"proxy-authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def test_it_tunnels_to_the_declared_host(serve: Serve) -> None:
    lab = serve({PROXY: proxy()})
    assert ask(lab, HELLO, via=PROXY).text == '{"message":"hello"}'
    assert [(one.host, one.target) for one in lab.seen] == [
        ("proxy.corp.example", "api.anthropic.com:443"),
        ("api.anthropic.com", "/api/hello"),
    ]


def test_it_forwards_plain_http_in_absolute_form(serve: Serve) -> None:
    lab = serve({PROXY: proxy()})
    told = ask(lab, "http://detectportal.firefox.com/success.txt?ipv4", via=PROXY, via_headers=basic("a", "b"))
    assert (told.status, told.text) == (200, "success\n")
    assert lab.seen[-1].target == "/success.txt?ipv4"
    assert not lab.seen[-1].credentials


@pytest.mark.parametrize("status", [403, 407, 502, 503])
def test_it_refuses_connect_with_a_status_and_a_page(serve: Serve, status: int) -> None:
    lab = serve({PROXY: proxy(connect=status)})
    with pytest.raises(OSError, match=f"Tunnel connection failed: {status}"):
        ask(lab, HELLO, via=PROXY)
    told = ask(lab, "http://detectportal.firefox.com/", via=PROXY)
    assert told.status == status
    assert "<title>ERROR: " in told.text
    assert told.headers["x-squid-error"]
    assert "squid" in told.headers["via"]


def test_a_407_offers_each_scheme_on_its_own_line(serve: Serve) -> None:
    lab = serve({PROXY: proxy(connect=407, schemes=("Negotiate", "NTLM", "Basic"))})
    told = ask(lab, "http://detectportal.firefox.com/", via=PROXY)
    offers = [value for name, value in told.all if name == "proxy-authenticate"]
    assert offers == ["Negotiate", "NTLM", 'Basic realm="Initech proxy"']


def test_right_credentials_open_it_and_wrong_ones_do_not(serve: Serve) -> None:
    lab = serve({PROXY: proxy(connect=407, credentials=("ann", "p:w"))})
    assert ask(lab, HELLO, via=PROXY, via_headers=basic("ann", "p:w")).status == 200
    for wrong in (basic("ann", "other"), basic("bob", "p:w"), {"proxy-authorization": "Basic ###"}, {}):
        with pytest.raises(OSError, match="407"):
            ask(lab, HELLO, via=PROXY, via_headers=wrong)


def test_basic_does_not_open_a_proxy_that_wants_ntlm(serve: Serve) -> None:
    lab = serve({PROXY: proxy(connect=407, schemes=("NTLM",), credentials=("ann", "pw"))})
    with pytest.raises(OSError, match="407"):
        ask(lab, HELLO, via=PROXY, via_headers=basic("ann", "pw"))


def test_the_connection_stays_open_after_a_407(serve: Serve) -> None:
    lab = serve({PROXY: proxy(connect=407, credentials=("ann", "pw"))})
    with connect(lab, "proxy.corp.example", 3128) as sock:
        line = b"CONNECT api.anthropic.com:443 HTTP/1.1\r\nHost: api.anthropic.com:443\r\n"
        sock.sendall(line + b"\r\n")
        answer = http.client.HTTPResponse(sock)
        answer.begin()
        assert answer.status == 407
        answer.read()
        given = basic("ann", "pw")["proxy-authorization"]
        sock.sendall(line + f"Proxy-Authorization: {given}\r\n\r\n".encode())
        assert sock.recv(100).startswith(b"HTTP/1.1 200 ")


def test_its_own_page_title(serve: Serve) -> None:
    lab = serve({PROXY: proxy(connect=403, page="Blocked by Initech policy")})
    assert "<title>Blocked by Initech policy</title>" in ask(lab, "http://detectportal.firefox.com/", via=PROXY).text


def test_it_lets_through_the_allowed_hosts_only(serve: Serve) -> None:
    lab = serve({PROXY: proxy(allowed=("api.anthropic.com",))})
    assert ask(lab, HELLO, via=PROXY).status == 200
    with pytest.raises(OSError, match="403"):
        ask(lab, "https://platform.claude.com/v1/oauth/hello", via=PROXY)


def test_a_name_it_cannot_resolve_is_503_and_a_closed_port_502(serve: Serve) -> None:
    lab = serve({PROXY: proxy()})
    with pytest.raises(OSError, match="503"):
        ask(lab, "https://nowhere.example/", via=PROXY)
    with pytest.raises(OSError, match="502"):
        ask(lab, "https://api.anthropic.com:8443/", via=PROXY)


def test_it_hangs(serve: Serve) -> None:
    with connect(serve({PROXY: proxy(connect="hang")}), "proxy.corp.example", 3128, seconds=0.3) as sock:
        sock.sendall(b"CONNECT a:443 HTTP/1.1\r\n\r\n")
        with pytest.raises(TimeoutError):
            sock.recv(1)


def test_it_resets_closes_and_talks_nonsense(serve: Serve) -> None:
    with pytest.raises(ConnectionResetError):
        ask(serve({PROXY: proxy(connect="reset")}), HELLO, via=PROXY)
    with pytest.raises(http.client.RemoteDisconnected):
        ask(serve({PROXY: proxy(connect="close")}), HELLO, via=PROXY)
    with pytest.raises(http.client.BadStatusLine):
        ask(serve({PROXY: proxy(connect="garbage")}), HELLO, via=PROXY)


def test_an_inspecting_proxy_signs_anew_with_the_private_authority(serve: Serve) -> None:
    lab = serve({PROXY: proxy(inspects=True)})
    with pytest.raises(ssl.SSLCertVerificationError):
        ask(lab, HELLO, via=PROXY)
    assert ask(lab, HELLO, via=PROXY, context=trusting(lab, certificates.private_root().pem)).status == 200
    assert ask(lab, HELLO).status == 200


def test_its_exit_country_is_what_the_far_end_sees(serve: Serve) -> None:
    lab = serve({PROXY: proxy(exit_country="DE"), "near.example:3128": proxy()}, country="HK")
    trace = "https://api.anthropic.com/cdn-cgi/trace"
    assert "loc=DE" in ask(lab, trace, via=PROXY).text
    assert "loc=HK" in ask(lab, trace, via="near.example:3128").text
    assert "loc=HK" in ask(lab, trace).text
    assert ask(lab, HELLO, via=PROXY).status == 200
    assert ask(lab, HELLO).status == 403


@pytest.mark.parametrize("fenced", ["api.anthropic.com", "*"])
def test_the_machine_itself_may_meet_a_fence_where_its_proxy_passes(serve: Serve, fenced: str) -> None:
    lab = serve({PROXY: proxy()}, direct={fenced: tcp.refused()})
    with pytest.raises(ConnectionRefusedError):
        ask(lab, HELLO)
    assert ask(lab, HELLO, via=PROXY).status == 200


def test_a_proxy_can_stand_behind_tls(serve: Serve) -> None:
    lab = serve({PROXY: proxy(tls=tls())})
    with trusting(lab).wrap_socket(
        connect(lab, "proxy.corp.example", 3128), server_hostname="proxy.corp.example"
    ) as sock:
        sock.sendall(b"CONNECT api.anthropic.com:443 HTTP/1.1\r\n\r\n")
        assert sock.recv(100).startswith(b"HTTP/1.1 200 ")


def test_an_unknown_answer_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="unknown answer"):
        proxy(connect="sulk")
