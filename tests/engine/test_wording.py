"""Facts in sentences: foreign text stays one harmless line, and nothing dangerous reaches a command."""

from __future__ import annotations

from diagnostics.engine.records import Facts
from diagnostics.engine.wording import UNMEASURED, one_line, render, render_command


def test_facts_and_the_words_in_their_place() -> None:
    facts: Facts = {
        "proxy.connect.status": 407,
        "proxy.connect.schemes": ("basic", "ntlm"),
        "tls.client.roots": 3,
        "tcp.connected": True,
        "config.ca.files": (),
    }
    assert (
        render("{proxy.connect.status} from {config.proxy.url|a proxy}: {proxy.connect.schemes}", facts)
        == "407 from a proxy: basic, ntlm"
    )
    assert render("{tcp.connected} {tcp.failure} {config.ca.files|none}", facts) == f"yes {UNMEASURED} none"
    assert render('{"env": {"A": "b"}} ${HOME}', facts) == '{"env": {"A": "b"}} ${HOME}'


def test_foreign_text_is_one_short_line_without_control_characters() -> None:
    assert one_line("a\x1b[31m\nb\u202ec\x00") == "a [31m b c"
    assert render("{proxy.connect.title}", {"proxy.connect.title": "x" * 500}) == "x" * 159 + "…"


def test_many_words_are_counted_not_listed() -> None:
    assert render("{tls.chain.names}", {"tls.chain.names": tuple(f"h{n}" for n in range(9))}).endswith("h5 and 3 more")


def test_only_plain_values_reach_a_command() -> None:
    template = "nslookup {config.base_url.host|api.anthropic.com}"
    assert render_command(template, {"config.base_url.host": "api.openai.com"}) == "nslookup api.openai.com"
    for hostile in ("a; rm -rf ~", "$(id)", "`id`", "a b", "a'b", "a|b", "a&b", "a>b", ""):
        assert render_command(template, {"config.base_url.host": hostile}) == "nslookup api.anthropic.com"
