"""The public pages of the knowledge: one for every file of data, linked without a dead end, free of queries, and kept by browsers."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from datetime import date, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from diagnostics import guide_schema
from diagnostics.engine import library, models_table
from diagnostics.models import User
from diagnostics.templatetags.knowledge import begun, coded
from diagnostics.views.knowing import clients, hosts, models, providers
from diagnostics.views.knowing.host_forms import FORMS, proxy_of

PAGES = [
    *(reverse(name) for name in ("knowledge", "causes", "guides", "providers", "clients", "models", "hosts", "search")),
    *(reverse("provider", args=[name]) for name in library.load().providers),
    *(reverse("client", args=[name]) for name in library.load().clients),
    *(reverse("cause", args=[code]) for code in library.load().causes),
    *(reverse("guide", args=[guide.slug]) for guide in guide_schema.read_guides()),
]
SECTIONS = ("/knowledge/", "/causes/", "/guides/", "/providers/", "/clients/", "/models/", "/hosts/", "/search/")


class _Reader(HTMLParser):
    """What a crawler wants of a page: addresses, ids, title, heading."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: list[str] = []
        self.headings = 0
        self.title = ""
        self.description = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag == "a" and named.get("href"):
            self.links.append(str(named["href"]))
        if named.get("id"):
            self.ids.append(str(named["id"]))
        if named.get("name") == "description" and tag == "meta":
            self.description = named.get("content") or ""
        self.headings += tag == "h1"

    def handle_data(self, data: str) -> None:
        if self.lasttag == "title" and not self.title:
            self.title = data.strip()


def _words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", re.sub(r"</?code>|<wbr>", "", page)).split())


@pytest.mark.parametrize("address", PAGES)
def test_a_page_for_every_file_costs_a_stranger_no_query_and_may_be_kept(client: Client, address: str) -> None:
    """This test has no database, so a query would fail it."""
    response = client.get(address)
    assert response.status_code == 200
    assert "public" in response["Cache-Control"]
    assert not response.cookies
    assert client.get(address, headers={"if-none-match": response["ETag"]}).status_code == 304


def test_every_page_has_a_title_and_a_description_of_its_own(client: Client) -> None:
    read = {address: _Reader(client.get(address).content.decode()) for address in PAGES}
    titles = [reader.title for reader in read.values()]
    assert len(set(titles)) == len(titles)
    assert all(reader.headings == 1 for reader in read.values())
    assert [address for address, reader in read.items() if len(reader.description) < 20] == []
    assert [address for address, reader in read.items() if len(set(reader.ids)) != len(reader.ids)] == []


def _crawl(client: Client, start: str) -> Iterator[tuple[str, str, _Reader]]:
    """Every page that is reached from ``start`` within the knowledge, with one page that leads there."""
    waiting, seen = [(start, "")], {start}
    while waiting:
        address, led_by = waiting.pop()
        response = client.get(address)
        assert response.status_code == 200, f"{address}, linked from {led_by}"
        reader = _Reader(response.content.decode())
        yield address, led_by, reader
        for link in reader.links:
            whole = urldefrag(urljoin(address, link))[0]
            if whole.startswith(SECTIONS) and not urlsplit(link).scheme and whole not in seen:
                seen.add(whole)
                waiting.append((whole, address))


def test_no_link_of_the_knowledge_is_dead(client: Client) -> None:
    found = {address: reader for address, _, reader in _crawl(client, "/knowledge/")}
    assert set(PAGES) <= {urlsplit(address).path for address in found}
    dead = [
        f"{address} -> {link}"
        for address, reader in found.items()
        for link in reader.links
        if "#" in link and not urlsplit(link).scheme
        for whole, _, part in [urljoin(address, link).partition("#")]
        if whole in found and part not in (*found[whole].ids, "main")
    ]
    assert dead == []


def test_who_is_signed_in_sees_them_too(client: Client, owner: User, django_assert_max_num_queries: Any) -> None:
    client.force_login(owner)
    for address in ("/knowledge/", "/providers/anthropic/", "/search/?q=proxy"):
        with django_assert_max_num_queries(8):
            response = client.get(address)
        assert response.status_code == 200
        assert "private" in response["Cache-Control"]


@pytest.mark.parametrize("address", ["/providers/gremlins/", "/clients/gremlins/", "/guides/gremlins/"])
def test_a_name_that_nobody_has_is_no_page(client: Client, address: str) -> None:
    assert client.get(address).status_code == 404


# -- providers and clients -------------------------------------------------------------------


@pytest.mark.parametrize("provider", providers.everything(), ids=lambda one: one.name)
def test_a_provider_is_told_whole(client: Client, provider: providers.Provider) -> None:
    page = client.get(reverse("provider", args=[provider.name])).content.decode().replace("<wbr>", "")
    table = library.load().providers[provider.name]
    for host in table.get("hosts", ()):
        assert host in page
    for url in table.get("anthropic_base_urls", ()):
        assert url in page
    for refusal in provider.refusals:
        assert f'href="{reverse("cause", args=[refusal.cause])}"' in page
    for pattern in (entry.get("pattern") for entry in table.get("keys", ())):
        assert pattern is None or pattern not in page, "a regular expression is no word for a person"


def test_a_keys_pattern_is_told_in_words() -> None:
    assert providers.spelled("sk-[0-9a-f]{32}") == "sk- and 32 of 0-9a-f"
    assert providers.spelled(r"[0-9a-f]{32}\.[A-Za-z0-9]{16}") == "32 of 0-9a-f and . and 16 of A-Za-z0-9"


def test_a_base_url_comes_with_what_to_set(client: Client) -> None:
    page = client.get("/providers/openrouter/").content.decode()
    assert "export ANTHROPIC_BASE_URL=&quot;https://openrouter.ai/api&quot;" in page
    assert "export ANTHROPIC_AUTH_TOKEN=&quot;$OPENROUTER_API_KEY&quot;" in page
    assert "set the key alone" in client.get("/providers/anthropic/").content.decode()


@pytest.mark.parametrize("name", ["bedrock", "azure", "google"])
def test_a_cloud_is_reached_by_the_clients_own_switch(client: Client, name: str) -> None:
    page = client.get(reverse("provider", args=[name])).content.decode()
    assert "export CLAUDE_CODE_USE_" in page
    assert "ANTHROPIC_AUTH_TOKEN" not in page, "a recipe that nobody has tried"
    assert not re.search(r'data-copy="[^"]*\*', page), "nobody can use an address with a gap in it"


def test_what_aws_calls_an_id_is_no_key(client: Client) -> None:
    page = _words(client.get("/providers/bedrock/").content.decode())
    assert "AKIA and 16 of 0-9A-Z id of an access key of AWS" in page


def test_what_is_not_known_is_told_so(client: Client) -> None:
    page = _words(client.get("/providers/aihubmix/").content.decode())
    assert page.count("Not known:") == 2
    assert "Status page not known" in page
    for provider in providers.everything():
        page = _words(client.get(reverse("provider", args=[provider.name])).content.decode())
        assert "As of 2026-" in page
        for heading in ("How it refuses", "What its keys look like", "Status page"):
            assert heading in page


def test_a_recipe_says_for_which_version_it_speaks(client: Client) -> None:
    page = client.get("/providers/openrouter/").content.decode()
    assert "# Before 2.0 a key in ANTHROPIC_API_KEY is sent along" in page
    assert "// Before 1.0 a key in ANTHROPIC_API_KEY is sent along" in page


def test_tokens_are_written_as_they_are(client: Client) -> None:
    page = client.get("/clients/claude-code/").content.decode().replace("<wbr>", "")
    assert "<strong><code>apiKeyHelper</code> in a settings file" in page
    assert "{AWS_REGION" not in page
    assert "&lt;AWS_REGION&gt;" in page
    assert "Cooked for" not in page, "what a client prints when all is well is no error"
    assert "<code>hasCompletedOnboarding</code>" in page
    assert "<code>--settings</code>" in page
    assert "never does" in page


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("sent to api.anthropic.com, e.g. twice.", "sent to <code>api.anthropic.com</code>, e.g. twice."),
        ("<b> & NO_PROXY", "&lt;b&gt; &amp; <code>NO_PROXY</code>"),
        ("a run with -p never does", "a run with <code>-p</code> never does"),
        ("well-known https://x.example/a.", "well-known <code>https://x.example/a</code>."),
    ],
)
def test_tokens_in_prose_are_mono_and_prose_is_not(said: str, shown: str) -> None:
    assert coded(said).replace("<wbr>", "") == shown


def test_a_name_is_not_capitalised() -> None:
    assert begun("the login") == "The login"
    assert begun("apiKeyHelper in a file") == "apiKeyHelper in a file"
    assert begun("unset NODE_EXTRA_CA_CERTS") == "Unset NODE_EXTRA_CA_CERTS"


@pytest.mark.parametrize("one", clients.everything(), ids=lambda one: one.name)
def test_a_client_is_told_whole(client: Client, one: clients.Client) -> None:
    table = library.load().clients[one.name]
    page = client.get(reverse("client", args=[one.name])).content.decode().replace("<wbr>", "")
    for name in (*table.get("reads", ()), *table.get("near_misses", ())):
        assert name in page
    assert len(one.differences) == len(table.get("versions", ()))
    assert len(one.faults) == len(table.get("known_bad", ()))
    assert all(variable.meaning for variable in one.variables)
    for never in ("{", "(?", "^", "None"):
        assert never not in _words(page).partition("Differences by version")[0]


def test_a_client_tells_its_limits_and_the_words_that_date_it(client: Client) -> None:
    page = _words(client.get("/clients/claude-code/").content.decode())
    assert "ERR_BAD_REQUEST Seen up to 2.1.211" in page
    assert "10, at most 15 (CLAUDE_CODE_MAX_RETRIES)" in page
    assert "Words that date the version" not in client.get("/clients/curl/").content.decode()


def test_versions_are_told_in_words() -> None:
    entry = {"since": "22.21", "gap": ["23", "24.5"], "variable": "NODE_USE_ENV_PROXY", "matches": "^1$"}
    assert clients.scope(entry, "node") == "From 22.21 (not from 23 to before 24.5), where NODE_USE_ENV_PROXY is 1"
    entry = {"before": "2.1.113", "build": "npm", "runtime_before": "20"}
    assert clients.scope(entry, "node") == "Before 2.1.113, installed from npm, on Node before 20"
    option = {"variable": "NODE_OPTIONS", "matches": r"(^|\s)--no-(network-x|enable-network-x)(\s|$)"}
    assert clients.scope(option, "node") == "Where NODE_OPTIONS holds --no-network-x"
    assert clients.scope({}, "") == "Every version"


# -- models ----------------------------------------------------------------------------------


def test_models_stand_with_the_state_of_the_day(client: Client, time_machine_on: Any) -> None:
    model = next(one for one in models_table.models() if one.id == "claude-sonnet-4-5-20250929")
    assert model.retires_on is not None
    time_machine_on(str(model.retires_on - timedelta(days=2)))
    before = client.get("/models/?q=sonnet-4-5")
    assert "in 2 days" in _words(before.content.decode())
    time_machine_on(str(model.retires_on + timedelta(days=1)))
    after = client.get("/models/?q=sonnet-4-5")
    assert "Retired" in _words(after.content.decode())
    assert before["ETag"] != after["ETag"]


def test_a_promise_that_is_over_is_told_as_such(client: Client, time_machine_on: Any) -> None:
    model = next(one for one in models_table.models() if one.id == "claude-haiku-4-5-20251001")
    assert model.not_before is not None
    time_machine_on(str(model.not_before - timedelta(days=1)))
    assert f"not before {model.not_before}" in _words(client.get("/models/?q=haiku-4-5").content.decode())
    time_machine_on(str(model.not_before + timedelta(days=1)))
    assert f"no end is announced; the promise ran until {model.not_before}" in _words(
        client.get("/models/?q=haiku-4-5").content.decode()
    )


def test_what_follows_a_model_is_no_former_one() -> None:
    today = date(2026, 11, 28)
    stages = {model.id: model.stage_on(today) for model in models_table.models()}
    assert [row.model.id for row in models.rows(today) if row.successor and stages[row.successor] != "active"] == []


@pytest.fixture
def time_machine_on() -> Iterator[Any]:
    """Another day, as often as asked."""
    import time_machine

    travels: list[Any] = []

    def travel(day: str) -> None:
        travels.append(time_machine.travel(f"{day}T12:00:00+00:00", tick=False))
        travels[-1].start()

    yield travel
    for one in reversed(travels):
        one.stop()


def test_models_are_filtered_and_sorted_without_script(client: Client) -> None:
    def ids(address: str) -> list[str]:
        return re.findall(r'<tr id="([^"]+)"', client.get(address).content.decode())

    assert len(ids("/models/")) == sum(len(vendor.models) for vendor in models_table.load().values())
    assert ids("/models/?sort=name") == ids("/models/?sort=-name")[::-1]
    retired = ids("/models/?stage=retired")
    assert retired
    assert "claude-opus-5-5" not in retired
    assert ids("/models/?q=opus+4.5") == ["claude-opus-4-5-20251101"]
    assert ids("/models/?stage=gremlin&sort=gremlin&vendor=gremlin") == ids("/models/")


def test_a_name_that_is_typed_is_judged(client: Client) -> None:
    assert "The suffix [1m]" in _words(client.get("/models/?q=claude-opus-5-5[1m]").content.decode())
    page = client.get("/models/?q=gpt-5").content.decode()
    assert "is a model of OpenAI" in _words(page)
    assert "No model in the table is called so" in page


# -- hosts -----------------------------------------------------------------------------------


def _rows(client: str = "", *names: str, optional: bool = False) -> tuple[hosts.Row, ...]:
    return hosts.rows(hosts.Choice.of(client, names, optional))


def test_each_host_stands_once_with_the_strongest_need() -> None:
    rows = _rows("claude-code", optional=True)
    assert len({row.name for row in rows}) == len(rows)
    assert [row.name for row in rows[:2]] == ["api.anthropic.com", "platform.claude.com"]
    assert all(row.need == "must" for row in rows[:2])
    assert rows[0].addresses == tuple(library.load().providers["anthropic"]["address_ranges"])


def test_another_provider_leaves_the_first_run_check() -> None:
    needs = {row.name: row.need for row in _rows("claude-code", "openrouter")}
    assert needs["openrouter.ai"] == "must"
    assert needs["platform.claude.com"] == "should"
    assert "claude.ai" not in needs


def test_other_clients_need_the_api_alone() -> None:
    assert [row.name for row in _rows("curl", optional=True)] == ["api.anthropic.com"]


def test_what_nobody_knows_counts_as_not_asked() -> None:
    assert _rows("gremlin", "gremlin") == _rows()


@pytest.mark.parametrize("form", FORMS)
def test_each_form_is_a_file_of_its_own(client: Client, form: str) -> None:
    every = "&".join(f"provider={name}" for name in library.load().providers)
    response = client.get(f"/hosts/?{every}&optional=1&as={form}")
    assert response["Content-Type"].startswith(FORMS[form].content_type)
    text = response.content.decode()
    assert "api.anthropic.com" in text
    assert "&quot;" not in text


def test_the_json_is_json() -> None:
    rows = _rows("", "anthropic", "bedrock", optional=True)
    made = json.loads(FORMS["json"].make(rows, ""))["hosts"]
    assert [one["host"] for one in made] == [row.name for row in rows]
    assert all(one["port"] == 443 and one["purpose"] for one in made)


def test_rows_have_the_same_number_of_cells() -> None:
    lines = FORMS["table"].make(_rows(), "").splitlines()
    assert {line.count("\t") for line in lines} == {5}


def test_squid_takes_every_line() -> None:
    """By form: each directive as squid.conf.documented has it, every list declared before it is used, no name below a domain."""
    text = FORMS["squid"].make(_rows("", *library.load().providers, optional=True), "")
    declared: set[str] = {"CONNECT"}
    domains: list[str] = []
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        words = line.split()
        if words[0] == "acl":
            assert words[2] in ("dstdomain", "dstdom_regex", "port")
            declared.add(words[1])
            if words[2] == "dstdomain":
                assert re.fullmatch(r"\.?[a-z0-9-]+(\.[a-z0-9-]+)+", words[3])
                domains.append(words[3])
            if words[2] == "dstdom_regex":
                assert words[3] == "-i"
                re.compile(words[4])
        else:
            assert words[:2] == ["http_access", "allow"]
            assert set(words[2:]) <= declared
    assert len(set(domains)) == len(domains)
    below = [
        name
        for name in domains
        for other in domains
        if other != name and other[0] == "." and f".{name.lstrip('.')}".endswith(other)
    ]
    assert below == []


def test_a_wildcard_in_the_middle_becomes_one_part_of_a_name() -> None:
    text = FORMS["squid"].make(_rows("curl", "bedrock"), "")
    pattern = next(line.split()[4] for line in text.splitlines() if "dstdom_regex" in line)
    assert re.search(pattern, "bedrock-runtime.eu-west-1.amazonaws.com")
    assert not re.search(pattern, "bedrock-runtime.evil.example.amazonaws.com")


def test_nftables_holds_the_published_addresses_and_says_what_it_cannot() -> None:
    text = FORMS["nftables"].make(_rows("claude-code"), "")
    assert "elements = { 160.79.104.0/23 }" in text
    assert "elements = { 2607:6bc0::/48 }" in text
    assert "#   downloads.claude.ai" in text
    assert "chain" not in _code(text)  # an accept in a chain of its own would undo no drop of another


def test_nftables_without_addresses_has_no_rule() -> None:
    text = FORMS["nftables"].make(_rows("curl", "openai"), "")
    assert _code(text) == ""
    assert "#   api.openai.com" in text


def _code(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if line and not line.startswith("#"))


@pytest.mark.skipif(shutil.which("nft") is None, reason="needs nft")
@pytest.mark.parametrize("chain", ["forward", "output"])
def test_nft_takes_the_sets_and_rules_where_they_say_they_belong(chain: str, tmp_path: Path) -> None:
    text = FORMS["nftables"].make(_rows("claude-code", optional=True), "")
    sets, rules = text.partition("# Into the chain")[0], text.partition("# Into the chain")[2].partition("\n")[2]
    hook = f"chain {chain} {{ type filter hook {chain} priority filter; policy drop;"
    file = tmp_path / "ruleset.nft"
    file.write_text(f"table inet own {{\n{sets}\n{hook}\n{rules}\ndrop\n}}\n}}\n")
    done = subprocess.run(
        ["unshare", "--user", "--map-root-user", "--net", "nft", "--check", "--file", str(file)],
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("provider", "names"),
    [
        ("bedrock", ["bedrock-runtime.*.amazonaws.com", "bedrock-mantle.*.api.aws", "aws-external-anthropic.*.api.aws", "sts.*.amazonaws.com"]),
        ("google", ["*-aiplatform.googleapis.com", "aiplatform.googleapis.com", "oauth2.googleapis.com"]),
        ("azure", ["*.services.ai.azure.com", "*.openai.azure.com", "login.microsoftonline.com"]),
    ],
)  # fmt: skip
def test_a_cloud_comes_with_every_endpoint_and_its_sign_in(provider: str, names: list[str]) -> None:
    assert set(names) <= {row.name for row in _rows("claude-code", provider)}
    assert not set(names) & {row.name for row in _rows("claude-code", "anthropic", optional=True)}


@pytest.mark.parametrize(
    ("typed", "proxy"),
    [
        ("", ""),
        ("proxy.example.com:3128", "PROXY proxy.example.com:3128"),
        ("http://proxy.example.com:3128/", "PROXY proxy.example.com:3128"),
        ("https://proxy.example.com:8443", "HTTPS proxy.example.com:8443"),
        ("socks5h://proxy.example.com:1080", "SOCKS5 proxy.example.com:1080"),
        ("[2001:db8::1]:3128", "PROXY [2001:db8::1]:3128"),
        ("ftp://proxy.example.com:21", None),
        ("https://", None),
        ("proxy.example.com", None),
        ("proxy.example.com:99999", None),
        ('x:1"; alert(1); "', None),
        ("user:secret@proxy.example.com:3128", None),
    ],
)
def test_only_a_host_and_a_port_come_into_the_pac_file(client: Client, typed: str, proxy: str | None) -> None:
    assert proxy_of(typed) == proxy
    page = client.get("/hosts/", {"proxy": typed})
    assert ("Write a host and a port" in page.content.decode()) is (proxy is None)
    file = client.get("/hosts/", {"proxy": typed, "as": "pac"})
    assert file.status_code == (400 if proxy is None else 200)
    assert "alert(1)" not in file.content.decode()
    assert (f'return "{proxy or "PROXY proxy.example.com:3128"}";' in file.content.decode()) is (proxy is not None)


def test_what_is_put_beside_other_rules_says_where() -> None:
    assert "above http_access deny all" in FORMS["squid"].make(_rows(), "")
    assert "do not put this in its place" in FORMS["pac"].make(_rows(), "")
