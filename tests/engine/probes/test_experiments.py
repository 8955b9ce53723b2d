"""One factor changed and everything else as the client does it: what each change proves, on real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from diagnostics.engine.net import Guard, Net, Roots
from diagnostics.engine.records import Facts
from diagnostics.lab import tcp
from diagnostics.lab.api import api
from diagnostics.lab.certificates import private_root
from diagnostics.lab.http import Response, Site
from diagnostics.lab.proxy import proxy
from diagnostics.lab.tls import Tls, tls
from tests.engine.probes.changing import API, OFFICE, TOKEN, V4, V6, Setting, through
from tests.lab.fixtures import Serve


class TestProxy:
    @pytest.mark.parametrize(
        ("refusing", "before"),
        [
            (proxy(connect=407, credentials=("a", "b")), "407"),
            (proxy(connect=403), "403"),
            (tcp.refused(3128), "connect_refused"),
        ],
    )
    def test_passes_when_only_the_proxy_is_left_out(self, serve: Serve, refusing: Any, before: str) -> None:
        tried = Setting(serve({OFFICE: refusing}), through()).tried("proxy")
        assert tried.changes == [("proxy", "direct", before, "200")]
        assert (tried["proxy.passes"], tried["proxy.answerer"]) == (True, "provider")
        assert tried.carried == set()

    def test_where_the_direct_way_is_known_to_fail_nothing_is_asked_again(self, serve: Serve) -> None:
        lab = serve({OFFICE: proxy(connect=403)}, direct={"*": tcp.refused()})
        tried = Setting(lab, through()).tried("proxy")
        assert tried.changes == [("proxy", "direct", "403", "connect_refused")]
        assert (tried["proxy.passes"], tried.seen) == (False, ())

    def test_a_filter_in_place_of_the_api_is_no_pass(self, serve: Serve) -> None:
        page = Site(lambda request: Response.html(403, "Blocked by policy"), Tls(chain="private_ca"))
        lab = serve({OFFICE: proxy(connect=403)}, direct={API: page})
        files = {"/corp.pem": private_root().pem.encode()}
        tried = Setting(lab, through(NODE_EXTRA_CA_CERTS="/corp.pem"), files=files).tried("proxy")
        assert (tried["proxy.passes"], tried["proxy.answerer"], tried["proxy.after"]) == (False, "middlebox", "403")

    def test_passes_through_the_proxy_that_no_proxy_passes_over(self, serve: Serve) -> None:
        lab = serve({OFFICE: proxy(credentials=("anna", "s3cret-pw"))}, direct={"*": tcp.refused()})
        tried = Setting(lab, through(f"http://anna:s3cret-pw@{OFFICE}", NO_PROXY=API)).tried("proxy")
        assert tried.changes == [("proxy", f"http://{OFFICE} (HTTPS_PROXY)", "connect_refused", "200")]
        assert tried.carried == {("proxy.office.example", "proxy-authorization")}
        assert "s3cret" not in repr(tried.attempts)

    def test_passes_through_a_proxy_that_this_client_does_not_read(self, serve: Serve) -> None:
        lab = serve({OFFICE: proxy()}, direct={"*": tcp.refused()})
        tried = Setting(lab, {"HTTP_PROXY": f"http://{OFFICE}"}, client="anthropic-python").tried("proxy")
        assert tried.changes == [("proxy", f"http://{OFFICE} (HTTP_PROXY)", "connect_refused", "200")]

    def test_a_proxy_that_refuses_too_is_no_way(self, serve: Serve) -> None:
        lab = serve({OFFICE: proxy(connect=403)}, direct={"*": tcp.refused()})
        tried = Setting(lab, through(NO_PROXY=API)).tried("proxy")
        assert (tried["proxy.passes"], tried["proxy.after"]) == (False, "proxy_refused_tunnel")

    def test_a_setting_that_the_client_stops_at_is_left_out(self, serve: Serve) -> None:
        tried = Setting(serve(), {"HTTPS_PROXY": "socks5://127.0.0.1:1"}).tried("proxy")
        assert tried.changes == [("proxy", "direct", "nothing asked", "200")]

    def test_only_what_the_first_run_asks_of_the_platform(self, serve: Serve) -> None:
        lab = serve({OFFICE: proxy(allowed=(API,))})
        setting = Setting(lab, through())
        facts: Facts = {
            "api.models.accepted": True, "api.models.answerer": "provider", "api.models.status": 200, "hello.api.status": 200,
            "config.first_run_counts": True, "hello.platform.failure": "proxy_refused_tunnel",
        }  # fmt: skip
        tried = setting.tried("proxy", facts=facts)
        assert tried.changes == [("proxy", "direct", "proxy_refused_tunnel", "200")]
        assert {one.host for one in tried.seen} == {"platform.claude.com"}


class TestFamily:
    FACTS: Facts = {"dns.system.addresses": (V6, V4), "tls.handshake.failure": "tls_reset"}

    def test_a_service_that_fails_for_whoever_has_a_key_is_not_proven_by_asking_without(self, serve: Serve) -> None:
        failing = {API: api("error")}
        facts: Facts = {
            "dns.system.addresses": (V6, V4), "api.models.status": 500, "api.models.answerer": "provider",
            "api.models.credential_sent": True,
        }  # fmt: skip
        tried = Setting(serve(failing, v6=failing, resolver={API: (V6, V4)}), {}).tried("family", facts=facts)
        assert "family.passes" not in {name.partition(".")[2] for name in tried.facts}

    def test_passes_over_ipv4_alone(self, serve: Serve) -> None:
        lab = serve(v6={API: api(tls=tls(reset_after_hello=True))}, resolver={API: (V6, V4)})
        tried = Setting(lab, {}).tried("family", facts=self.FACTS)
        assert sorted(tried.changes) == [
            ("family", "IPv4 only", "tls_reset", "200"),
            ("family", "IPv6 only", "tls_reset", "tls_reset"),
        ]
        assert (tried["family.passes"], tried["family.to"]) == (True, "IPv4 only")

    def test_passes_over_neither(self, serve: Serve) -> None:
        broken = api(tls=tls(reset_after_hello=True))
        tried = Setting(serve({API: broken}, v6={API: broken}), {}).tried("family", facts=self.FACTS)
        assert tried["family.passes"] is False

    def test_what_did_not_connect_is_not_tried_again(self, serve: Serve) -> None:
        lab = serve({API: tcp.refused()}, v6={API: tcp.refused()}, resolver={API: (V6, V4)})
        tried = Setting(lab, {}).tried("family")
        assert {(to, after) for _, to, _, after in tried.changes} == {
            ("IPv4 only", "connect_refused"),
            ("IPv6 only", "connect_refused"),
        }

    def test_one_kind_of_address_is_nothing_to_choose_from(self, serve: Serve) -> None:
        assert Setting(serve({API: tcp.refused()}), {}).tried("family").attempts == ()


class TestTrust:
    FILES: Mapping[str, bytes] = {"/corp.pem": private_root().pem.encode()}

    def test_passes_with_the_file_that_another_client_is_told_of(self, serve: Serve) -> None:
        lab = serve({API: api(tls=tls(chain="private_ca"))})
        tried = Setting(lab, {"REQUESTS_CA_BUNDLE": "/corp.pem"}, files=self.FILES).tried("trust")
        assert tried.changes == [("trust", "the file of REQUESTS_CA_BUNDLE", "tls_unknown_authority", "200")]
        assert tried.carried == set()

    def test_passes_with_a_store_that_the_client_was_told_to_leave(self, serve: Serve) -> None:
        tried = Setting(serve(), {"SSL_CERT_FILE": "/corp.pem"}, "anthropic-python", self.FILES).tried("trust")
        assert tried["trust.passes"] is True
        assert ("trust", "the public authorities", "tls_unknown_authority", "200") in tried.changes

    def test_passes_with_none(self, serve: Serve) -> None:
        lab = serve({API: api(tls=tls(chain="expired"))})
        tried = Setting(lab, {"REQUESTS_CA_BUNDLE": "/corp.pem"}, files=self.FILES).tried("trust")
        assert tried["trust.passes"] is False

    def test_a_store_that_we_cannot_see_whole_refutes_nothing(self, serve: Serve) -> None:
        lab = serve({API: api(tls=tls(chain="private_ca"))})
        setting = Setting(lab, {}, "anthropic-python@0.121.0")
        roots = Roots(lab.public_pem, system_pem=lab.public_pem, system_is_whole=False)
        net = Net(Guard.open(), lab.network_map(), roots)
        tried = asyncio.run(setting.tried_over(net, "trust"))
        assert tried["trust.after"] == "tls_unknown_authority"
        assert tried["trust.passes"] is None

    def test_nothing_is_tried_where_trust_is_not_what_fails(self, serve: Serve) -> None:
        tried = Setting(serve({API: tcp.refused()}), {"REQUESTS_CA_BUNDLE": "/corp.pem"}, files=self.FILES).tried(
            "trust"
        )
        assert tried.attempts == ()


class TestResolver:
    def test_passes_at_the_address_that_independent_resolvers_give(self, serve: Serve) -> None:
        lab = serve({"93.184.216.66": tcp.refused(443)}, resolver={API: ("93.184.216.66",)})
        tried = Setting(lab, {}).tried("resolver")
        assert tried.changes == [("resolver", V4, "connect_refused", "200")]
        assert tried.carried == set()

    def test_passes_where_the_name_is_unknown_here(self, serve: Serve) -> None:
        tried = Setting(serve(resolver={API: "nxdomain"}), {}).tried("resolver")
        assert tried.changes == [("resolver", V4, "dns_nxdomain", "200")]

    def test_fails_there_too(self, serve: Serve) -> None:
        lab = serve({API: tcp.refused(), "93.184.216.66": tcp.refused(443)}, resolver={API: ("93.184.216.66",)})
        assert Setting(lab, {}).tried("resolver")["resolver.passes"] is False

    def test_a_stranger_at_that_address_is_no_pass(self, serve: Serve) -> None:
        stranger = api(tls=tls(chain="wrong_name"))
        lab = serve({API: stranger, "93.184.216.66": tcp.refused(443)}, resolver={API: ("93.184.216.66",)})
        assert Setting(lab, {}).tried("resolver")["resolver.after"] == "tls_wrong_name"


class TestBaseUrl:
    GONE: Mapping[str, str] = {"ANTHROPIC_BASE_URL": "http://127.0.0.1:9", "ANTHROPIC_AUTH_TOKEN": TOKEN}

    def test_the_clients_own_default_answers(self, serve: Serve) -> None:
        tried = Setting(serve(), self.GONE).tried("base_url")
        assert tried.changes == [("base_url", "https://api.anthropic.com", "connect_refused", "200")]
        assert tried.carried == set()
        assert [(one.host, one.target) for one in tried.seen] == [(API, "/api/hello")]

    def test_it_fails_too(self, serve: Serve) -> None:
        assert Setting(serve({API: tcp.refused()}), self.GONE).tried("base_url")["base_url.passes"] is False

    def test_what_the_first_run_has_asked_is_not_asked_again(self, serve: Serve) -> None:
        tried = Setting(serve(), {"ANTHROPIC_BASE_URL": "http://127.0.0.1:9"}).tried("base_url")
        assert (tried["base_url.passes"], tried.seen) == (True, ())

    def test_its_own_host_is_asked_without_the_path(self, serve: Serve) -> None:
        tried = Setting(serve(), {"ANTHROPIC_BASE_URL": f"https://{API}/v1"}).tried("base_url")
        assert tried.changes == [("base_url", "https://api.anthropic.com", "404", "401 without a key")]
        assert tried.carried == set()

    def test_it_goes_the_way_that_the_client_would_go_there(self, serve: Serve) -> None:
        lab = serve({OFFICE: proxy()}, direct={"*": tcp.refused()})
        tried = Setting(lab, {**self.GONE, **through(NO_PROXY="127.0.0.1")}).tried("base_url")
        assert tried["base_url.passes"] is True
