"""What the knowledge pages tell besides: valid as shipped, and each kind of mistake is found with file and key."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from diagnostics import pages_schema
from diagnostics.engine import library
from diagnostics.engine.environment import keys, no_proxy, urls
from diagnostics.engine.vocabulary import CREDENTIAL_KINDS
from diagnostics.knowledge_schema import KnowledgeError
from diagnostics.views.knowing import client_words, clients, providers

HOSTS = tomllib.loads((library.FOLDER / "hosts.toml").read_text(encoding="utf-8"))
PAGES = tomllib.loads((library.FOLDER / "pages.toml").read_text(encoding="utf-8"))


def test_what_is_shipped_is_valid_and_not_packed_into_verdicts() -> None:
    assert pages_schema.pages().common
    assert pages_schema.hosts().host
    assert not {"hosts", "pages", "guides"} & set(library.read_tables(library.FOLDER))


def test_every_closed_word_of_the_rules_has_words_for_people() -> None:
    assert client_words.MATCHERS.keys() == no_proxy.MATCHERS.keys()
    assert client_words.SCHEMELESS.keys() == urls.SCHEMELESS.keys()
    assert client_words.HEADERS.keys() == keys.ILLEGAL.keys()
    assert client_words.KINDS.keys() == set(CREDENTIAL_KINDS)
    assert len(clients.everything()) == len(library.load().clients)
    assert len(providers.everything()) == len(library.load().providers)


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("name", "https://api.anthropic.com", "host.0.name"),
        ("need", "perhaps", "host.0.need"),
        ("clients", ["gremlin"], "host.0.clients.0: the client 'gremlin' has no file"),
        ("provider", "gremlin", "host.0.provider: the provider 'gremlin' has no file"),
        ("date", "yesterday", "host.0.date"),
        ("mood", 1, "host.0.mood"),
    ],
)
def test_a_wrong_host_is_told_with_file_and_key(key: str, value: Any, told: str) -> None:
    table = {"host": [{**HOSTS["host"][0], key: value}]}
    with pytest.raises(KnowledgeError, match=re.escape(f"knowledge/hosts.toml: {told}")):
        pages_schema.parse(pages_schema.Hosts, "hosts", table)


def test_a_cause_that_nobody_knows_is_told() -> None:
    table = {**PAGES, "common": ["gremlin", *PAGES["common"]]}
    with pytest.raises(
        KnowledgeError, match=re.escape("knowledge/pages.toml: common.0: the cause 'gremlin' is not declared")
    ):
        pages_schema.parse(pages_schema.Pages, "pages", table)


def test_a_refusal_without_words_is_told(tmp_path: Path) -> None:
    text = (library.FOLDER / "pages.toml").read_text(encoding="utf-8")
    (tmp_path / "pages.toml").write_text(text.partition("[refusals.overloaded]")[0])
    with pytest.raises(KnowledgeError, match=re.escape("knowledge/pages.toml: refusals: no words for overloaded")):
        pages_schema.pages(tmp_path)


def test_a_file_that_is_no_toml_is_told(tmp_path: Path) -> None:
    (tmp_path / "hosts.toml").write_text("[[host")
    with pytest.raises(KnowledgeError, match=re.escape("knowledge/hosts.toml: ")):
        pages_schema.hosts(tmp_path)
