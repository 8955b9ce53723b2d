"""The direct path, broken at each step in turn: every word that loopback can produce, at the step that it belongs to."""

from __future__ import annotations

from pathlib import Path

import pytest

from diagnostics.engine.facts import FACTS
from diagnostics.engine.net import Roots
from diagnostics.engine.pipeline import conclude
from diagnostics.engine.probes import PROBES, runner
from diagnostics.engine.probes import tcp as tcp_probe
from diagnostics.engine.records import TrustSettings
from diagnostics.engine.vocabulary import FAILURES, LAYERS
from diagnostics.lab import certificates, dns, tcp
from diagnostics.lab.api import api
from diagnostics.lab.http import Response, Site
from diagnostics.lab.serving import Service
from diagnostics.lab.tls import tls
from tests.engine.probes.conftest import Observe, environment, patience
from tests.lab.fixtures import Serve

HOST = "api.anthropic.com"


def test_a_healthy_path_is_green_from_end_to_end(serve: Serve, observe: Observe) -> None:
    seen = observe(serve(), environment(model="claude-opus-5-5"))
    assert {
        name: seen[name]
        for name in (
            "control.reached", "dns.system.in_provider_range", "dns.agrees", "tcp.connected", "tls.client.trusted", "tls.public.trusted",
            "tls.chain.name_matches", "hello.ok", "edge.trace.country", "edge.trace.listed", "api.models.accepted", "api.models.answerer",
            "api.model.listed", "api.count_tokens.accepted", "service.status.indicator", "network.outside_answered", "clock.agreed",
        )
    } == {
        "control.reached": 3, "dns.system.in_provider_range": True, "dns.agrees": True, "tcp.connected": True, "tls.client.trusted": True,
        "tls.public.trusted": True, "tls.chain.name_matches": True, "hello.ok": True, "edge.trace.country": "DE", "edge.trace.listed": True,
        "api.models.accepted": True, "api.models.answerer": "provider", "api.model.listed": True, "api.count_tokens.accepted": True,
        "service.status.indicator": "none", "network.outside_answered": True, "clock.agreed": True,
    }  # fmt: skip


def test_every_probe_ends_once_and_speaks_the_vocabulary(serve: Serve, observe: Observe) -> None:
    attempts = observe(serve({HOST: api(tls=tls("expired"))})).observations.attempts
    assert sorted(attempt.probe for attempt in attempts) == sorted(probe.name for probe in PROBES if not probe.billed)
    assert {fact for attempt in attempts for fact in attempt.facts} <= FACTS.keys()
    assert {attempt.reason for attempt in attempts if attempt.status == "failed"} <= set(FAILURES)
    assert {probe.layer for probe in PROBES} <= set(LAYERS)


@pytest.mark.parametrize(
    ("says", "word"),
    [
        ("nxdomain", "dns_nxdomain"),
        ("servfail", "dns_servfail"),
        ("refused", "dns_refused"),
        ("silent", "dns_timeout"),
    ],
)
def test_a_name_that_does_not_resolve(serve: Serve, observe: Observe, says: str, word: str) -> None:
    seen = observe(serve(resolver={HOST: says}))
    assert seen["dns.system.failure"] == word
    assert seen["dns.system.control_resolves"] is True
    assert seen["dns.independent.exists"] is True
    assert seen["hello.api.failure"] == word
    assert seen["network.outside_answered"] is True
    assert "tcp.connected" not in seen
    assert seen.attempt("tcp.v4").reason == "needs dns.system"
    assert seen.attempt("api.models").reason == "needs tcp.v4"


def test_a_resolver_that_fails_for_every_name(serve: Serve, observe: Observe) -> None:
    seen = observe(serve(resolver={"*": "servfail"}))
    assert seen["dns.system.control_resolves"] is False
    assert seen["control.failures"] == ("dns_servfail",)
    assert seen["control.resolved"] == 0


@pytest.mark.parametrize(
    ("service", "word"),
    [(tcp.refused(), "connect_refused"), (tcp.blackhole(), "connect_timeout")],
)
def test_a_connection_that_does_not_come_about(serve: Serve, observe: Observe, service: Service, word: str) -> None:
    seen = observe(serve({HOST: service}), timeout=patience(word))
    assert (seen["tcp.connected"], seen["tcp.failure"], seen["tcp.v4.failure"]) == (False, word, word)
    assert seen["control.reached"] == 3
    assert seen.attempt("tls.handshake").reason == "needs tcp.v4"


@pytest.mark.parametrize(
    ("service", "word"),
    [
        (api(tls=tls(reset_after_hello=True)), "tls_reset"),
        (api(tls=tls(close_after_hello=True)), "tls_closed"),
        (api(tls=tls(silent=True)), "tls_timeout"),
        (tcp.silent(), "tls_timeout"),
        (api(tls=tls(plain_http=True)), "tls_not_tls"),
        (api(tls=tls(version="1.0")), "tls_version"),
        (api(tls=tls(rare_cipher=True)), "tls_no_cipher"),
    ],
)
def test_a_handshake_that_does_not_come_about(serve: Serve, observe: Observe, service: Service, word: str) -> None:
    seen = observe(serve({HOST: service}), timeout=patience(word))
    assert (seen["tcp.connected"], seen["tls.handshake.completed"]) == (True, False)
    assert seen["tls.handshake.failure"] == seen["tls.client.failure"] == seen["api.models.failure"] == word
    assert "tls.client.trusted" not in seen  # nothing was judged, and absent is not no
    assert (seen["api.models.credential_sent"], seen["api.models.withheld"]) == (False, "unverified_tls")


@pytest.mark.parametrize(
    ("chain", "word"),
    [
        ("private_ca", "tls_unknown_authority"),
        ("intermediate_missing", "tls_unknown_authority"),
        ("self_signed", "tls_self_signed"),
        ("expired", "tls_expired"),
        ("not_yet_valid", "tls_not_yet_valid"),
        ("wrong_name", "tls_wrong_name"),
    ],
)
def test_a_certificate_that_is_not_trusted_is_looked_at_and_nothing_is_sent(
    serve: Serve, observe: Observe, chain: str, word: str
) -> None:
    lab = serve({HOST: api(tls=tls(chain))})
    seen = observe(lab)
    assert seen["tls.handshake.completed"] is True
    assert (seen["tls.client.trusted"], seen["tls.client.failure"]) == (False, word)
    assert (seen["tls.public.trusted"], seen["tls.public.failure"]) == (False, word)
    assert seen["api.models.failure"] == word
    assert (seen["api.models.credential_sent"], seen["api.models.withheld"]) == (False, "unverified_tls")
    assert seen["tls.chain.self_signed"] is (chain == "self_signed")
    assert seen["tls.chain.name_matches"] is (chain != "wrong_name")
    assert seen["tls.chain.valid_at_remote_time"] is (chain not in ("expired", "not_yet_valid"))
    assert not [request for request in lab.seen if request.host == HOST]


def test_an_authority_that_the_client_was_given_is_trusted_by_it_alone(serve: Serve, observe: Observe) -> None:
    lab = serve({HOST: api(tls=tls("private_ca"))})
    corporate = TrustSettings(extra_pem=certificates.private_root().pem)
    seen = observe(lab, environment(trust=corporate))
    assert (seen["tls.client.trusted"], seen["tls.public.trusted"]) == (True, False)
    assert seen["tls.client.roots"] == 2
    assert seen["api.models.accepted"] is True
    assert seen["api.models.answerer"] == "provider"  # re-signed on its way, and the API's own words


def test_a_client_that_trusts_nothing_is_told_so(serve: Serve, observe: Observe) -> None:
    seen = observe(serve(), environment(trust=TrustSettings(replaced_by=("/nowhere/ca.pem",))))
    assert (seen["tls.client.trusted"], seen["tls.client.failure"]) == (False, "tls_trust_unusable")
    assert seen["api.models.failure"] == "tls_trust_unusable"
    assert seen["tls.public.trusted"] is True


@pytest.mark.parametrize(
    ("then", "word"),
    [("hang", "http_timeout"), ("reset", "http_reset"), ("cut", "http_closed")],
)
def test_an_answer_that_does_not_come(serve: Serve, observe: Observe, then: str, word: str) -> None:
    site = Site(lambda request: Response(200, b'{"message":"hello"}', then=then))
    seen = observe(serve({HOST: site}), timeout=patience(word))
    assert seen["tls.client.trusted"] is True
    assert seen["hello.api.failure"] == seen["api.models.failure"] == word
    assert seen["api.models.credential_sent"] is True  # the request had left
    assert "hello.api.status" not in seen


def test_only_one_family_answers(serve: Serve, observe: Observe) -> None:
    seen = observe(serve(v6={HOST: tcp.blackhole()}))
    assert (seen["tcp.v6.connected"], seen["tcp.v6.failure"]) == (False, "connect_timeout")
    assert (seen["tcp.v4.connected"], seen["tcp.connected"]) == (True, True)
    assert seen["api.models.accepted"] is True  # goes by the address that is known to answer
    assert seen["dns.system.v6"] is True


def test_a_dead_family_beside_a_live_one_is_not_waited_for_long(
    serve: Serve, observe: Observe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tcp_probe, "BESIDE_LIMIT", 0.2)
    seen = observe(serve(v6={HOST: tcp.blackhole()}))
    assert (seen["tcp.v6.connected"], seen["tcp.v6.failure"], seen["tcp.connected"]) == (False, "connect_timeout", True)
    assert seen.attempt("tcp.v6").seconds < 6  # by itself it takes eight


STATUS, RESOLVER = "status.claude.com", "1.1.1.1:443"
CONTROLS = {"connectivitycheck.gstatic.com:80": 80, "detectportal.firefox.com:80": 80, "www.cloudflare.com:443": 443}


@pytest.mark.parametrize("answer", [0, 2])
def test_silent_witnesses_neither_hold_up_a_working_path_nor_speak_against_it(
    serve: Serve, observe: Observe, monkeypatch: pytest.MonkeyPatch, answer: int
) -> None:
    monkeypatch.setattr(runner, "PATIENCE", 0.5)
    silent = {name: tcp.blackhole(port) for name, port in list(CONTROLS.items())[answer:]}
    lab = serve({**silent, STATUS: tcp.blackhole(), RESOLVER: tcp.blackhole()})
    seen = observe(lab, environment(facts={"config.first_run_counts": True}))
    cut = {attempt.probe for attempt in seen.observations.attempts if attempt.reason == "ended_early"}
    assert cut == {"control.hosts", "service.status", "dns.independent"}
    told = {name: value for name, value in seen.observations.facts.items() if name.startswith("control.")}
    assert (told.get("control.reached"), told.get("control.total")) == ((2, 2) if answer else (None, None))
    assert (seen["dns.independent.answered"], seen["dns.agrees"]) == (2, True)
    assert (seen["network.outside_answered"], seen["clock.agreed"]) == (True, True)
    report = conclude({}, {}, seen.observations.attempts)
    assert report.verdict.cause == "healthy"
    assert cut <= {one.probe for one in report.verdict.not_checked}
    assert [finding.code for finding in report.findings if finding.level != "info"] == []


def test_both_families_fail_and_the_first_one_is_named(serve: Serve, observe: Observe) -> None:
    seen = observe(serve({HOST: tcp.refused()}, v6={HOST: tcp.blackhole()}), timeout=4)
    assert (seen["tcp.connected"], seen["tcp.failure"]) == (False, "connect_refused")


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_a_client_certificate_that_is_demanded(serve: Serve, observe: Observe, version: str) -> None:
    seen = observe(serve({HOST: api(tls=tls(client_cert=True, version=version))}))
    assert seen["tls.handshake.completed"] is False
    assert seen["tls.handshake.failure"] == "tls_client_certificate_required"
    assert "api.models.status" not in seen


def test_nothing_at_all_answers(serve: Serve, observe: Observe) -> None:
    dead = {name: tcp.blackhole() for name in (HOST, "platform.claude.com", "status.claude.com", "1.1.1.1:443")}
    controls: dict[str, Service] = {
        "connectivitycheck.gstatic.com:80": tcp.refused(80),
        "detectportal.firefox.com:80": tcp.refused(80),
        "www.cloudflare.com:443": tcp.refused(),
    }
    silent = dns.resolver({"*": "silent"})
    seen = observe(serve({**dead, **controls, "1.1.1.1:53": silent, "8.8.8.8:53": silent}), timeout=4)
    assert seen["network.outside_answered"] is False
    assert (seen["control.reached"], seen["control.failures"]) == (0, ("connect_refused",))
    assert (seen["dns.independent.answered"], seen["dns.independent.total"]) == (0, 3)


def test_a_store_that_cannot_be_seen_whole_is_not_said_to_refuse(
    serve: Serve, observe: Observe, tmp_path: Path
) -> None:
    """macOS keeps what an administrator adds in keychains: the client may trust what our files do not hold."""
    lab = serve({HOST: api(tls=tls("private_ca"))})
    store = tmp_path / "cert.pem"
    store.write_text(lab.public_pem)
    roots = Roots(lab.public_pem, (str(store),), system_is_whole=False)
    seen = observe(lab, environment(trust=TrustSettings(stores=("public", "system"))), roots=roots)
    assert (seen["tls.client.failure"], seen["tls.system.failure"]) == ("tls_unknown_authority",) * 2
    assert "tls.client.trusted" not in seen
    assert "tls.system.trusted" not in seen
    assert seen["tls.public.trusted"] is False


def test_a_client_without_a_first_run_check_is_told_nothing_of_it(serve: Serve, observe: Observe) -> None:
    seen = observe(serve({HOST: api("region")}), environment(first_run=()))
    assert seen["hello.api.answerer"] == "edge_region"  # the API's own host, worth asking for the region alone
    assert seen.attempt("hello.platform").reason == "not needed: this client makes no first-run check"
    assert "hello.ok" not in seen


def test_hosts_that_no_proxy_takes_out_are_asked_directly(serve: Serve, observe: Observe) -> None:
    lab = serve({"proxy.corp.example:3128": tcp.refused(3128)})
    direct = {"api.anthropic.com": None, "platform.claude.com": None}
    gateway = environment("https://gateway.corp.example", proxy="http://proxy.corp.example:3128", proxy_for=direct)
    seen = observe(lab, gateway, only=("hello.api", "hello.platform"))
    assert seen["hello.ok"] is True
