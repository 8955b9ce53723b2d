"""The search: what people type is found, in the right order; nothing they type makes it slow, and no key is repeated."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse

from diagnostics import pages_schema
from diagnostics.engine import library
from diagnostics.views.knowing import entries, links
from diagnostics.views.knowing.index import Entry, build, one_slip, terms
from diagnostics.views.knowing.search import Found, search
from tests import pace

KEY = "sk-ant-api03-" + "Ab9_" * 23 + "AA"


def _find(query: str) -> Found:
    return search(query, entries.index())


def _hrefs(query: str) -> list[str]:
    return [result.href for group in _find(query).groups for result in group.results]


@pytest.mark.parametrize("code", sorted(library.load().causes))
def test_a_cause_is_found_first_by_its_code(code: str) -> None:
    assert _hrefs(code)[0] == reverse("cause", args=[code])


@pytest.mark.parametrize("name", sorted(library.load().providers))
def test_a_provider_is_found_by_its_name(name: str) -> None:
    assert reverse("provider", args=[name]) in _hrefs(str(library.load().providers[name]["title"]))


@pytest.mark.parametrize(
    ("query", "leads_to"),
    [
        ("NO_PROXY", "/clients/claude-code/#no_proxy"),
        ("no_proxy", "/clients/claude-code/#no_proxy"),
        ("ANTHROPIC_API_KEY", "/clients/curl/#ANTHROPIC_API_KEY"),
        ("AUTHROPIC_API_KEY", "/clients/claude-code/#near-title"),
        ("platform.claude.com", "/hosts/?optional=1"),
        ("api.deepseek.com", "/providers/deepseek/"),
        ("request-id", "/providers/anthropic/"),
        ("x-litellm-version", "/providers/litellm/"),
        ("overloaded_error", "/causes/overloaded/"),
        ("invalid x-api-key", "/causes/key_rejected/"),
        ("令牌已过期或验证不正确", "/providers/zai/#errors-title"),
        ("claude-sonnet-4-5", "/models/#claude-sonnet-4-5-20250929"),
        ("anthropic.claude-opus-5-5", "/models/#claude-opus-5-5"),
        ("sk-or-v1-", "/providers/openrouter/"),
        ("captive portal", "/causes/captive_portal/"),
        ("certificat", "/causes/tls_certificate_invalid/"),
        ("sertificate", "/causes/tls_certificate_invalid/"),
        ("overlaoded", "/causes/overloaded/"),
        ("529", "/causes/overloaded/"),
        ("CLAUDE_CODE_USE_BEDROCK", "/clients/claude-code/#CLAUDE_CODE_USE_BEDROCK"),
        ("clock is wrong", "/causes/clock_skew/"),
        ("ERR_BAD_REQUEST", "/causes/region_unsupported/#texts-title"),
        ("ERR_BAD_REQUEST", "/causes/onboarding_check_blocked/#texts-title"),
        ("UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "/causes/tls_intercepted/#texts-title"),
        ("curl: (60)", "/causes/tls_intercepted/#texts-title"),
        ("拒绝", "/causes/firewall_blocked/"),
        ("407", "/causes/proxy_auth_required/"),
        ("gpt-5.1-codex", "/models/#names-openai"),
        ("claude not working in china", "/causes/region_unsupported/"),
        ("russia", "/causes/region_unsupported/"),
        ("latency", "/guides/metrics/"),
        ("prometheus", "/guides/metrics/"),
        ("rollback", "/guides/health-gates/"),
        ("Status 403", "/causes/region_unsupported/#texts-title"),
        ("Status 403", "/causes/proxy_blocked/#texts-title"),
        ("WebFetch", "/hosts/"),
        ("lambda", "/guides/strategies/"),
        ("pre-commit", "/files/"),
    ],
)
def test_what_people_type_is_found(query: str, leads_to: str) -> None:
    assert leads_to in _hrefs(query)


@pytest.mark.parametrize(
    ("query", "leads_to"),
    [
        *(
            (words, "/hosts/")
            for words in ("squid", "nftables", "pac file", "allowlist", "whitelist", "hosts to allow")
        ),
        ("statsig.anthropic.com", "/hosts/#obsolete"),
        ("console.anthropic.com", "/hosts/#obsolete"),
        ("China", "/causes/region_unsupported/"),
        ("Request not allowed", "/causes/region_unsupported/"),
        (
            "Error code: 403 - {'error': {'type': 'forbidden', 'message': 'Request not allowed'}}",
            "/causes/region_unsupported/",
        ),
        ("Status 403", "/causes/onboarding_check_blocked/#texts-title"),
        ("401", "/causes/key_rejected/"),
        ("403", "/causes/key_forbidden/"),
        ("证书验证失败", "/causes/tls_intercepted/"),
        ("代理需要认证", "/causes/proxy_auth_required/"),
        ("160.79.104.10", "/providers/anthropic/#hosts-title"),
        ("2607:6bc0::10", "/providers/anthropic/#hosts-title"),
        ("anthropic-ratelimit-unified-status", "/causes/rate_limited/"),
    ],
)
def test_what_is_meant_stands_first(query: str, leads_to: str) -> None:
    assert _hrefs(query)[0] == leads_to


def test_code_is_no_prose() -> None:
    assert not [href for href in _hrefs("lambda") if "#" in href]
    assert any(href.startswith("/guides/containers/") for href in _hrefs("NODE_EXTRA_CA_CERTS"))


def test_words_lead_to_what_there_is() -> None:
    for asked in pages_schema.pages().asked:
        for name in asked.leads:
            kind, _, rest = name.partition(":")
            assert links.find(name) if kind != "page" else reverse(rest), name


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("NO_PROXY", "Variables"),
        ("platform.claude.com", "Hosts"),
        ("request-id", "Headers"),
        ("claude-3-opus-20240229", "Models"),
        ("openrouter", "Providers"),
        ("claude-code", "Clients"),
        ("certificate", "Causes"),
    ],
)
def test_an_exact_name_stands_before_everything_else(query: str, first: str) -> None:
    assert _find(query).groups[0].title == first


@pytest.mark.parametrize(
    ("status", "code"),
    [("401", "key_rejected"), ("429", "rate_limited"), ("529", "overloaded")],
)
def test_a_status_leads_to_the_cause_that_has_it_most(status: str, code: str) -> None:
    causes = next(group for group in _find(status).groups if group.title == "Causes")
    assert causes.results[0].href == reverse("cause", args=[code])


def test_every_entry_leads_to_a_place_that_is_there(client: Client) -> None:
    pages: dict[str, str] = {}
    for entry in entries.everything():
        address, _, part = entry.href.partition("#")
        if address not in pages:
            response = client.get(address)
            assert response.status_code == 200, entry
            pages[address] = response.content.decode()
        assert not part or f'id="{part}"' in pages[address], entry


def test_the_words_that_were_found_are_marked(client: Client) -> None:
    page = client.get("/search/?q=clock").content.decode()
    assert "<mark>clock</mark>" in page
    assert "<title>clock: search ·" in page


def test_what_is_typed_is_shown_as_text(client: Client) -> None:
    page = client.get("/search/", {"q": '"><script>alert(1)</script>'}).content.decode()
    assert "<script>alert" not in page


def test_htmx_gets_the_results_alone(client: Client) -> None:
    part = client.get("/search/?q=clock", headers={"hx-request": "true"})
    page = client.get("/search/?q=clock")
    assert part.content.decode().lstrip().startswith('<div id="found"')
    assert "HX-Request" in part["Vary"]
    assert part["ETag"] != page["ETag"]


def test_an_empty_result_leads_on(client: Client) -> None:
    page = client.get("/search/?q=qwertzu").content.decode()
    assert "Nothing here has this word" in page
    assert 'href="/causes/"' in page
    assert "certificate" in _find("certifxyz").near


@pytest.mark.parametrize("typed", ["one line\nand another", "words " * 25])
def test_a_whole_error_is_led_to_the_page_that_reads_errors(client: Client, typed: str) -> None:
    page = client.get("/search/", {"q": typed}).content.decode()
    assert "This looks like a whole error." in page
    assert page.count(f'href="{reverse("paste")}"') > client.get("/search/?q=clock").content.decode().count(
        f'href="{reverse("paste")}"'
    )


SECRETS = [
    KEY,
    f"why is {KEY} refused",
    "http://joe:Pa55word@proxy.example.com:3128",
    "AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJqb2UifQ.c2lnbmF0dXJl",
    "ghp_" + "aB3d" * 9,
    "0123456789abcdef" * 2 + ".Abcd1234Abcd1234",
    "Authorization: Bearer abc123def456",
]


@pytest.mark.parametrize("typed", SECRETS)
def test_a_secret_is_neither_searched_for_nor_repeated_nor_kept(client: Client, typed: str) -> None:
    part = client.get("/search/", {"q": typed}, headers={"hx-request": "true"})
    assert part["Cache-Control"] == "no-store"
    assert part["HX-Replace-Url"] == "/search/"
    assert "ETag" not in part
    page = client.get("/search/", {"q": typed}, follow=True)
    assert page.redirect_chain == [("/search/?refused=1", 303)]
    for response in (part, page):
        assert "has a key, a token or a password in it" in response.content.decode()
        assert not any(word in response.content.decode() for word in typed.split() if len(word) > 12)
    assert client.get("/search/", {"q": typed})["Cache-Control"] == "no-store"


@pytest.mark.parametrize("typed", SECRETS)
def test_nor_is_it_in_the_filter_of_models(client: Client, typed: str) -> None:
    response = client.get("/models/", {"q": typed})
    assert (response.status_code, response["Location"], response["Cache-Control"]) == (302, "/models/", "no-store")


@pytest.mark.parametrize(
    "typed",
    [
        "sk-ant-api03-",
        "invalid x-api-key",
        "Authorization: Bearer",
        "http://localhost:8080/v1",
        "req_011CSHoEeqs5C35K2UUqR7Fy",
        "CLAUDE_CODE_USE_BEDROCK=1",
    ],
)
def test_words_about_secrets_are_searched_for(client: Client, typed: str) -> None:
    assert client.get("/search/", {"q": typed}).status_code == 200


@pytest.mark.parametrize(
    "odd",
    ["", " ", "a" * 100_000, "-_.-" * 5_000, "a b c d e f g h " * 500, "\x00\x1b[31m", "((((((((((", "🦊" * 300, "%" * 200, "[" * 200, "e"],
)  # fmt: skip
def test_nothing_that_is_typed_breaks_or_slows_it(client: Client, odd: str) -> None:
    entries.index()
    with pace.within(200):
        found = _find(odd)
    assert len(found.query) <= 200
    assert client.get("/search/", {"q": odd[:5_000]}).status_code == 200


def test_the_index_is_made_once_however_many_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    everything = entries.everything

    def counted() -> Iterator[Entry]:
        made.append(1)
        yield from everything()

    monkeypatch.setattr(entries, "everything", counted)
    entries._built.cache_clear()
    asking = [threading.Thread(target=entries.index) for _ in range(4)]
    for one in asking:
        one.start()
    for one in asking:
        one.join(60)
    assert entries.index().entries
    assert made == [1]


@pytest.mark.parametrize(
    ("one", "other", "near"),
    [("proxy", "prxoy", True), ("proxy", "proxi", True), ("proxy", "prox", True), ("proxy", "pproxy", True), ("proxy", "prixo", False)],
)  # fmt: skip
def test_one_slip_of_the_finger(one: str, other: str, near: bool) -> None:
    assert one_slip(one, other) is near
    assert one_slip(other, one) is near


def test_titles_count_more_than_texts_and_rare_words_more_than_usual_ones() -> None:
    index = build(
        [
            Entry("guide", "Nothing", "/in-text/", "a proxy in between"),
            Entry("guide", "The proxy", "/in-title/", "words"),
            Entry("guide", "Other", "/neither/", "words"),
            Entry("cause", "Named", "/named/", "words", ("proxy",)),
        ]
    )
    found = [result.href for group in search("proxy", index).groups for result in group.results]
    assert sorted(found) == ["/in-text/", "/in-title/", "/named/"]
    assert found[0] == "/named/"
    assert found.index("/in-title/") < found.index("/in-text/")


def test_words_that_every_text_has_do_not_count() -> None:
    assert terms("the API is  Not reachable.") == ["api", "reachable"]
    assert terms("to be or not to be") == ["to", "be", "or", "not"]


def test_a_context_is_one_line_around_the_hit() -> None:
    text = "first words " * 30 + "then the needle stands here " + "last words " * 30
    result = search("needle", build([Entry("guide", "Long", "/x/", text)])).groups[0].results[0]
    line = "".join(piece.text for piece in result.context)
    assert "needle" in line
    assert len(line) < 260
    assert re.match("… ", line)
    assert line.endswith(" …")
