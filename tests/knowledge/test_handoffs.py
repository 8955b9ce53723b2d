"""Hand-off packets by meaning, over the scenarios' reports: who gets one, what stands in it, and what never does."""

from __future__ import annotations

import copy
import csv
import email
import email.policy
import io
import urllib.parse
from typing import Any

import pytest

from diagnostics.engine import report as reports
from diagnostics.engine.library import load
from diagnostics.engine.matching import holds
from diagnostics.handoff_schema import check, receivers
from diagnostics.handoffs import choosing, rendering, writing
from diagnostics.handoffs.records import Host, Packet
from diagnostics.knowledge_schema import KnowledgeError
from tests.scenarios.scenario import judged, scenarios

BY_NAME = {one.name: one for one in scenarios()}
HOSTS = (Host("api.anthropic.com", 443, "must", "the API itself", ("160.79.104.0/23",)),)
ROOT = {
    "tls.chain.logged": False,
    "tls.chain.top.subject": "CN=Example Corp Root",
    "tls.chain.top.issuer": "CN=Example Corp Root",
    "tls.chain.top.not_before": "2024-01-01T00:00:00Z",
    "tls.chain.top.not_after": "2034-01-01T00:00:00Z",
    "tls.chain.top.fingerprint": "ab" * 32,
    "tls.chain.top.pem": ("-----BEGIN CERTIFICATE-----", "AAAA", "-----END CERTIFICATE-----"),
}


def report_of(name: str, **facts: Any) -> dict[str, Any]:
    body = reports.to_json(judged({**BY_NAME[name].facts, **facts}))
    body["run"] |= {
        "started_at": "2026-11-22T20:15:00Z",
        "client": {"name": "claude-code", "version": None},
        "vantage": {"kind": "worker", "name": "w"},
    }
    return dict(body)


def packet_of(name: str, receiver: str, **facts: Any) -> Packet:
    body = report_of(name, **facts)
    chosen = next(one for one in choosing.fitting(body) if one.name == receiver)
    return rendering.render(chosen, body, body, HOSTS)


def lines_of(packet: Packet) -> dict[str, str]:
    return {line.label: line.value for section in packet.sections for line in section.lines}


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("firewall_blocked/dropped", "network"),
        ("proxy_blocked/forbidden", "network"),
        ("dns_failure/nxdomain_here", "network"),
        ("tls_intercepted/private_root", "it"),
        ("proxy_auth_required/none_given", "it"),
        ("key_rejected/revoked", "account"),
        ("credit_exhausted/as_400", "account"),
        ("rate_limited/too_many", "account"),
        ("service_outage/api_500", "provider"),
        ("region_unsupported/refused", "network"),
        ("gateway_fault/bad_gateway", "gateway"),
    ],
)
def test_the_likeliest_receiver(name: str, first: str) -> None:
    assert choosing.fitting(report_of(name))[0].name == first


@pytest.mark.parametrize(
    "name",
    [
        "healthy/direct",
        "payload_invalid/trailing_comma",
        "base_url_malformed/no_scheme",
        "base_url_other_provider/openai",
    ],
)
def test_what_is_the_readers_own_goes_to_nobody(name: str) -> None:
    assert choosing.fitting(report_of(name)) == ()


def test_every_cause_of_the_network_or_the_provider_has_a_receiver() -> None:
    named = {cause for one in receivers() for cause in one.causes}
    sided = {side for one in receivers() for side in one.sides}
    for cause in load().causes.values():
        assert cause.side not in ("network", "provider") or cause.code in named or cause.side in sided, cause.code


def test_the_network_team_reads_where_it_stops_and_what_to_open() -> None:
    packet = packet_of("firewall_blocked/dropped", "network")
    lines = lines_of(packet)
    assert lines["Host"] == lines["Name in the TLS greeting (SNI)"] == "api.anthropic.com"
    assert lines["Connection over IPv4"] == "no answer in time, at 160.79.104.10"
    assert lines["Control hosts"] == "3 of 3 answered as they should"
    steps = {row[0]: row[1] for section in packet.sections if section.head[:1] == ("Step",) for row in section.table}
    assert (steps["Name"], steps["Connection"], steps["TLS"]) == ("Works", "Broken", "Not reached")
    assert packet.asks[0] == "Let TCP 443 to the hosts above through, from the machine's network."
    assert any("address we leave from" in one for one in packet.not_measured)
    assert "from which address the machine sends" in packet.not_measured
    sent = packet_of("firewall_blocked/dropped", "network", **{"network.sources": ("10.1.2.3",)})
    assert lines_of(sent)["Address of the machine"] == "10.1.2.3"
    assert list(csv.reader(io.StringIO(writing.allow_list(packet))))[1][:3] == ["api.anthropic.com", "443", "HTTPS"]


def test_a_proxy_is_asked_for_what_a_proxy_can_do() -> None:
    packet = packet_of("proxy_blocked/forbidden", "network")
    assert lines_of(packet)["Proxy's answer to CONNECT"].startswith("403 X-Squid-Error")
    assert [ask for ask in packet.asks if "CONNECT" in ask and "http://proxy.corp.example:8080" in ask]
    assert not [ask for ask in packet.asks if ask.startswith("Let TCP 443")]


def test_the_network_team_is_asked_for_another_way_out_of_a_country_not_served() -> None:
    packet = packet_of("region_unsupported/refused", "network")
    assert any(ask.startswith("Name a way out in a country that the provider serves") for ask in packet.asks)
    assert not any("Let TCP 443" in ask for ask in packet.asks)


@pytest.mark.parametrize("one", BY_NAME.values(), ids=lambda one: one.name)
def test_whoever_gets_a_packet_is_asked_for_what_would_mend_it(one: Any) -> None:
    body = report_of(one.name)
    verdict, facts = body["verdict"], choosing.facts_of(body)
    offered = choosing.fitting(body)
    for receiver in offered:
        assert [ask for ask in choosing.asked(receiver, verdict, facts) if not ask.closing], receiver.name
    for receiver in receivers():
        needed = receiver.needs is None or holds(receiver.needs, facts) is True
        assert receiver in offered or not (verdict["cause"] in receiver.causes and needed), receiver.name
    assert offered or verdict["side"] not in ("network", "provider")


@pytest.mark.parametrize(
    ("name", "receiver", "asked", "never"),
    [
        ("no_internet/silent", "network", "a way out of its network", "resolver"),
        ("dns_hijacked/*", "network", "Have the resolver answer", "TCP 443"),
        ("mtu_blackhole/*", "network", "Let large packets through", "TCP 443"),
        ("tls_handshake_failed/*", "network", "no TLS handshake does", "TCP 443"),
        ("tls_certificate_invalid/expired", "network", "shows the certificate above", "TCP 443"),
        ("tls_certificate_invalid/platform_intermediate", "network", "platform.claude.com: ", "above"),
        ("tls_certificate_invalid/of_the_proxy", "network", "Give the proxy https://proxy.corp.example:8443", "above"),
        ("proxy_unreachable/*", "network", "does not answer from the machine's network", "TCP 443"),
        ("captive_portal/*", "network", "without your sign-in page", "TLS inspection"),
        ("firewall_blocked/hello_cut", "network", "Let TLS to api.anthropic.com through", "TCP 443"),
        ("ipv6_broken/*", "network", "Let IPv6 to", "TCP 443"),
        ("onboarding_check_blocked/*", "network", "hosts of the first-run check", "CONNECT"),
        ("clock_skew/*", "it", "clock right", "root certificate"),
        ("client_outdated/*", "it", "or later", "root certificate"),
        ("proxy_bypassed/*", "it", "out of NO_PROXY", "root certificate"),
        ("tls_ca_misconfigured/*", "it", "where it comes from a policy", "TLS inspection"),
        ("key_missing/*", "account", "Make a key for this use", "Look at this key"),
        ("login_expired/*", "account", "they sign in again", "Make a key"),
        ("org_disabled/*", "account", "open it again", "Make a key"),
        ("credit_exhausted/*", "account", "Add credit", "Make a key"),
        ("model_unknown/*", "account", "Give this key the right to the model", "Make a key"),
        ("overloaded/*", "provider", "since when this fails", "refused"),
        ("stream_interrupted/*", "network", "text/event-stream", "TCP 443"),
    ],
)
def test_each_verdict_has_its_own_request(name: str, receiver: str, asked: str, never: str) -> None:
    cause = name.partition("/")[0]
    bodies = [report_of(one) for one in BY_NAME if one == name or (name.endswith("*") and one.startswith(f"{cause}/"))]
    told = [
        rendering.render(one, body, body, HOSTS).asks
        for body in bodies
        if body["verdict"]["cause"] == cause
        for one in choosing.fitting(body)
        if one.name == receiver
    ]
    assert told
    for asks in told:
        assert asked in " ".join(asks)
        assert never not in " ".join(asks)


@pytest.mark.parametrize(
    ("name", "receiver"),
    [
        ("captive_portal/*", "it"),  # to trust a stranger's certificate mends nothing
        ("clock_skew/*", "network"),
        ("client_outdated/*", "network"),
        ("credential_conflict/*", "account"),
        ("headers_invalid/*", "account"),
        ("gateway_fault/nothing_listens", "network"),
    ],
)
def test_who_cannot_mend_it_is_not_written_to(name: str, receiver: str) -> None:
    cause = name.partition("/")[0]
    for one in BY_NAME:
        if one == name or (name.endswith("*") and one.startswith(f"{cause}/")):
            body = report_of(one)
            assert receiver not in [found.name for found in choosing.fitting(body)], one


@pytest.mark.parametrize(
    ("name", "says", "never"),
    [
        ("expired", "shown for api.anthropic.com", "proxy"),
        ("of_the_proxy", "The proxy https://proxy.corp.example:8443 is spoken to over TLS", "shown for"),
        ("platform_intermediate", "platform.claude.com: unknown authority", "shown for"),
    ],
)
def test_a_verdict_speaks_of_the_certificate_that_was_seen_to_be_bad(name: str, says: str, never: str) -> None:
    verdict = report_of(f"tls_certificate_invalid/{name}")["verdict"]
    assert says in verdict["summary"]
    assert never not in verdict["summary"]


def test_it_reads_whose_authority_it_is_and_gets_the_certificate() -> None:
    packet = packet_of("tls_intercepted/private_root", "it", **ROOT)
    lines = lines_of(packet)
    assert lines["Subject"] == "CN=Example Corp Root"
    assert lines["SHA-256 fingerprint"] == "ab" * 32
    assert lines["Valid"] == "2024-01-01T00:00:00Z to 2034-01-01T00:00:00Z"
    assert packet.pem == "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"
    mail = email.message_from_bytes(writing.mail(packet), policy=email.policy.default)
    attached = {part.get_filename(): part.get_content() for part in mail.iter_attachments()}
    assert attached[writing.CERTIFICATE].decode().strip() == packet.pem
    assert mail["X-Unsent"] == "1"


def test_a_certificate_with_a_part_hidden_is_none() -> None:
    hidden = ("-----BEGIN CERTIFICATE-----", "AA[[hidden]]AA", "-----END CERTIFICATE-----")
    packet = packet_of("tls_intercepted/private_root", "it", **ROOT | {"tls.chain.top.pem": hidden})
    assert packet.pem == ""
    assert "BEGIN CERTIFICATE" not in writing.text(packet)


def test_a_provider_reads_of_the_request_that_broke_off() -> None:
    names = {
        "api.models.request_id": "req_list",
        "api.message.request_id": "req_broken",
        "api.message.broken": "closed",
    }
    name = next(
        one for one in BY_NAME if one.startswith("stream_interrupted/") and "api.message.broken" in BY_NAME[one].facts
    )
    packet = packet_of(name, "provider", **names)
    assert lines_of(packet)["Request id"] == "req_broken"
    assert "200" not in packet.subject
    assert not any("refused" in ask for ask in packet.asks)


def test_without_the_certificate_nothing_stands_in_its_place() -> None:
    packet = packet_of("tls_intercepted/private_root", "it")
    assert packet.pem == ""
    assert not [section for section in packet.sections if section.block]
    assert "the fingerprint of the signing authority" in packet.not_measured


def test_the_accounts_owner_reads_the_apis_own_sentence_and_the_keys_shape() -> None:
    packet = packet_of(
        "rate_limited/too_many",
        "account",
        **{"api.models.error_message": "Number of requests has exceeded your rate limit of 50. " + "x" * 200, "api.models.request_id": "req_011"},
    )  # fmt: skip
    lines = lines_of(packet)
    assert lines["In its own words"].endswith("x" * 200)
    assert lines["Request id"] == "req_011"
    assert [ask for ask in packet.asks if "limits of the organisation" in ask]
    assert "sk-ant-api03-…AgAA" in lines_of(packet_of("key_rejected/revoked", "account"))["Shape of the key"]


def test_the_provider_reads_what_was_asked_when_and_from_where() -> None:
    packet = packet_of("service_outage/api_500", "provider", **{"api.models.edge_id": "8f1-FRA"})
    calls = next(section for section in packet.sections if section.head[:1] == ("UTC",))
    asked = {row[1]: row for row in calls.table}
    row = asked["GET https://api.anthropic.com/v1/models?limit=1"]
    assert (row[0], row[2], row[5]) == ("20:15:00.000", "500", "8f1-FRA")
    assert lines_of(packet)["Exit address"] == "93.184.216.34"
    assert any("request id" in one for one in packet.not_measured)


def test_a_gateway_is_told_of_no_call_that_did_not_come_by_it() -> None:
    calls = {"service.status.status": 200, "hello.api.status": 200, "hello.platform.status": 200}
    packet = packet_of("gateway_fault/nothing_listens", "gateway", **calls)
    assert not [section for section in packet.sections if section.shows == "gateway_calls"]
    assert any("See that the gateway runs" in ask for ask in packet.asks)
    packet = packet_of("gateway_fault/bad_gateway", "gateway")
    rows = next(section.table for section in packet.sections if section.shows == "gateway_calls")
    assert [row[2] for row in rows if "/v1/models" in row[1]] == ["502"]
    assert not [row for row in rows if "status page" in row[1] or "hello" in row[1]]


@pytest.mark.parametrize("one", BY_NAME.values(), ids=lambda one: one.name)
def test_no_packet_says_what_was_not_measured(one: Any) -> None:
    body = report_of(one.name)
    for receiver in choosing.fitting(body):
        packet = rendering.render(receiver, body, body, HOSTS)
        for text in (writing.text(packet), writing.markdown(packet), urllib.parse.unquote(writing.mailto(packet))):
            assert "(not measured)" not in text
            assert "{" not in text.replace("{base}", "")
            assert "None" not in text
        assert len(writing.mailto(packet, "n" * 1000, "https://x.example/h/" + "t" * 43)) <= writing.MAILTO_MOST
        assert packet.asks
        assert writing.text(packet) == writing.text(rendering.render(receiver, body, copy.deepcopy(body), HOSTS))


@pytest.mark.parametrize("one", BY_NAME.values(), ids=lambda one: one.name)
def test_a_mail_that_a_link_opens_holds_facts(one: Any) -> None:
    """What its opening and its requests speak of ("the hosts above") has to stand in it, however short it must be."""
    link, hosts = (
        "https://x.example/h/" + "t" * 43,
        (*HOSTS, *(Host(f"h{n}.example", 443, "should", "x") for n in range(5))),
    )
    body = report_of(one.name)
    for receiver in choosing.fitting(body):
        packet = rendering.render(receiver, body, body, hosts)
        for note, address in (("", ""), ("Please.", link), ("ü" * 1000, link)):
            mail = urllib.parse.unquote(writing.mailto(packet, note, address))
            assert any(f"\r\n{section.title.upper()}\r\n  " in mail for section in packet.sections)
            assert packet.asks[0] in mail
            assert address in mail
            assert "follow in a message" not in mail
            if packet.hosts:
                assert "  must, port 443: api.anthropic.com" in mail
                assert f"  should, port 443: {', '.join(host.name for host in hosts[1:])}\r\n" in mail
            for section in packet.sections:
                if section.shows == "path" and section.title.upper() in mail:
                    assert section.table[-1][0] in mail.partition(section.title.upper())[2], "a path is told to its end"


def test_a_packet_says_only_what_the_run_shows() -> None:
    """The first words are no verdict: the API answers only where it answered, and hosts were compared only where they were asked."""
    for one in BY_NAME.values():
        body = report_of(one.name)
        facts = choosing.facts_of(body)
        statuses = [facts.get(f"api.{call}.status") for call in ("models", "count_tokens", "message")]
        for receiver in choosing.fitting(body):
            said = (packet := rendering.render(receiver, body, body, HOSTS)).subject + packet.opening
            assert "The LLM API answers" not in said or any(statuses), one.name
            assert "next to hosts" not in said or facts.get("control.total"), one.name
            assert "is reached" not in said, one.name


def test_a_key_that_is_only_to_be_written_again_is_nobody_elses() -> None:
    assert choosing.fitting(report_of("key_malformed/quotes")) == ()
    packet = packet_of("key_malformed/line_break", "account", **{"config.key.problems": ("newline", "admin_key")})
    assert packet.asks[0].startswith("Make a key")
    assert "answers our client" not in packet.opening


def test_what_is_left_out_leaves_no_word_and_no_row() -> None:
    body = report_of("proxy_blocked/forbidden")
    shown = copy.deepcopy(body)
    for attempt in shown["attempts"]:
        attempt["facts"] = {
            name: "[hidden]" if name.startswith("config.") else value for name, value in attempt["facts"].items()
        }
    packet = rendering.render(choosing.fitting(body)[0], body, shown, (), ["the environment's settings"])
    assert "Through the proxy" not in lines_of(packet)
    assert "[hidden]" not in writing.text(packet).partition("WHAT SHOULD BE REACHED")[2]
    assert "The sender left out: the environment's settings." in writing.text(packet)
    assert "Allow CONNECT to the hosts above, port 443, on the proxy in question." in packet.asks


def test_foreign_words_open_no_markup_and_no_line() -> None:
    packet = packet_of("proxy_blocked/forbidden", "network", **{"proxy.connect.title": "<b>`x`</b>\n# [y](z) | w"})
    marked = writing.markdown(packet)
    assert "\n# [y]" not in marked
    assert "- Proxy's page: ``" in marked
    assert "\n# " not in writing.text(packet)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"subject": "About {no.such_fact}"}, "the fact 'no.such_fact'"),
        ({"hides": ["everything"]}, "hides"),
        ({"causes": ["no_cause"]}, "the cause 'no_cause'"),
        (
            {"section": [{"title": "Both", "shows": "path", "row": [{"label": "It", "value": "xx"}]}]},
            "either rows or one thing",
        ),
        ({"surplus": 1}, "surplus"),
    ],
)
def test_a_wrong_table_is_told_by_file_and_key(change: dict[str, Any], says: str) -> None:
    good = next(one for one in receivers() if one.name == "it").model_dump(exclude={"name"}, exclude_none=True)
    assert check({"it": good})[0].name == "it"
    with pytest.raises(KnowledgeError, match=r"knowledge/handoffs/it\.toml") as refused:
        check({"it": good | change})
    assert says in str(refused.value)
