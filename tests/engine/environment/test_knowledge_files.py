"""The clients' and providers' files: their form, and that what they say hangs together."""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import ip_network
from typing import Any
from urllib.parse import urlsplit

import pytest

from diagnostics.engine.environment.clients.rules import Setup, parse_version, rules_for
from diagnostics.engine.environment.keys import ILLEGAL
from diagnostics.engine.environment.no_proxy import MATCHERS
from diagnostics.engine.environment.urls import SCHEMELESS, parse
from diagnostics.engine.environment.vendors import Vendors
from diagnostics.engine.vocabulary import CREDENTIAL_KINDS
from tests.engine.environment.machines import KNOWLEDGE

CLIENT_TABLES = {
    "name", "title", "newest", "newest_seen", "configuration", "near_misses", "reads", "package", "base_url", "credentials",
    "keys", "headers", "model", "timeout", "proxy", "trust", "switches", "first_run", "settings_types", "versions", "known_bad", "mutual",
    "own_files",
}  # fmt: skip
PROVIDER_TABLES = {
    "name", "title", "hosts", "api_hosts", "page_hosts", "anthropic_base_urls", "key_variables", "status_page", "status_components",
    "address_ranges", "first_run_hosts", "undecided_countries", "keys", "errors", "headers", "countries",
}  # fmt: skip


@pytest.mark.parametrize("name", KNOWLEDGE.clients)
def test_a_client(name: str) -> None:
    table = KNOWLEDGE.clients[name]
    assert table["name"] == name
    assert set(table) <= CLIENT_TABLES
    versions = [
        table["newest"],
        *(each[key] for each in table.get("versions", ()) for key in ("before", "since") if key in each),
    ]
    assert all(parse_version(version) for version in versions)
    for version in ("0.0.1", *versions):
        rules = rules_for(table, Setup(version))
        assert parse(rules.base_url.default, rules.base_url.parser).origin.scheme == "https"
        assert {place.kind for place in rules.places} <= set(CREDENTIAL_KINDS)
        for place in rules.places:
            assert sum(map(bool, (place.variable, place.setting, place.login, place.profile, place.custom))) == 1
            assert set(place.headers) <= {"x-api-key", "authorization"}
        assert rules.keys.header in ILLEGAL
        assert rules.proxy.matcher in MATCHERS
        assert {rules.proxy.missing_scheme, rules.base_url.missing_scheme} <= set(SCHEMELESS)
        assert set(rules.trust.stores) <= {"public", "system"}


@pytest.mark.parametrize("name", KNOWLEDGE.providers)
def test_a_provider(name: str) -> None:
    table = KNOWLEDGE.providers[name]
    assert table["name"] == name
    assert set(table) <= PROVIDER_TABLES
    assert {"title", "hosts", "api_hosts", "anthropic_base_urls", "key_variables"} <= set(table)
    for url in table["anthropic_base_urls"]:
        assert url.startswith("https://")
        assert not url.endswith("/")
        assert not url.endswith("/v1")
    for entry in table.get("errors", ()):
        assert set(entry) <= {"when", "status", "type", "code", "says", "source"}
        re.compile(entry.get("says", ""))
    for entry in table.get("headers", ()):
        assert entry["name"] == entry["name"].lower()
        re.compile(entry["value"])
    for network in table.get("address_ranges", ()):
        ip_network(network)


def test_every_base_url_leads_to_its_vendor() -> None:
    vendors = Vendors(KNOWLEDGE.providers)
    for name, table in KNOWLEDGE.providers.items():
        for url in table["anthropic_base_urls"]:
            assert vendors.of_host(urlsplit(url.replace("*", "x")).hostname or "") == name
        for host in table["api_hosts"]:
            assert vendors.of_host(host.replace("*", "x")) == name


def test_the_lists_of_countries_hang_together() -> None:
    table: Mapping[str, Any] = KNOWLEDGE.providers["anthropic"]
    first, second = table["countries"]
    assert len(set(first["supported"])) == len(first["supported"]) == 175
    assert all(re.fullmatch("[A-Z]{2}", code) for code in (*first["supported"], *table["undecided_countries"]))
    assert set(second["supported"]) <= set(table["undecided_countries"])  # only one of the two lists has them
    assert not {"CN", "RU", "IR", "KP", "HK"} & {*first["supported"], *table["undecided_countries"]}
    assert {"PR", "GP", "GL", "JE"} <= set(table["undecided_countries"])
