"""Facts in sentences: foreign text stays one harmless line, and nothing dangerous reaches a command."""

from __future__ import annotations

from diagnostics.engine.facts import FACTS
from diagnostics.engine.phrases import PHRASES
from diagnostics.engine.records import Facts
from diagnostics.engine.vocabulary import ADDRESS_KINDS, FAILURES
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


def test_closed_words_are_said_in_plain_words() -> None:
    facts: Facts = {
        "dns.system.failure": "dns_nxdomain",
        "config.key.problems": ("quotes", "newline"),
        "dns.system.kinds": ("loopback",),
    }
    said = render("{dns.system.failure}; {config.key.problems}; {dns.system.kinds}", facts)
    assert said == "no such name; quotes came along, it has a line break in it; this machine itself"


def test_places_and_speakers_are_said_in_plain_words() -> None:
    facts: Facts = {"config.base_url.source": "environment", "edge.trace.country": "HK", "api.models.answerer": "edge"}
    assert render("{config.base_url.source}. It is set.", facts) == "An environment variable. It is set."
    assert render("From {config.base_url.source}, in {edge.trace.country}: {api.models.answerer}", facts) == (
        "From an environment variable, in Hong Kong (HK): the provider's edge"
    )


def test_every_closed_word_has_its_phrase() -> None:
    written = [
        word
        for name, (kind, about) in FACTS.items()
        if kind == "words" and name.endswith(".problems")
        for word in about.split()
    ]
    assert set(FAILURES) | set(ADDRESS_KINDS) | set(written) <= set(PHRASES)


def test_the_clock_is_off_by_a_span_of_time() -> None:
    for seconds, said in (
        (-31_536_000.0, "365 days behind"),
        (7_300.0, "2 hours ahead"),
        (-400.0, "7 minutes behind"),
        (30.0, "30 seconds ahead"),
    ):
        assert render("{clock.offset_seconds}", {"clock.offset_seconds": seconds}) == said


def test_names_are_written_as_people_write_them() -> None:
    assert render("{config.base_url.vendor}", {"config.base_url.vendor": "openai"}, {"openai": "OpenAI"}) == "OpenAI"


def test_foreign_words_fit_into_the_sentence_around_them() -> None:
    said: Facts = {"proxy.connect.reason": "Token is invalid.", "proxy.connect.title": "Just a moment..."}
    assert render("It says: {proxy.connect.reason}.", said) == "It says: Token is invalid."
    assert render("{proxy.connect.reason}, twice, {proxy.connect.title}, three", said) == (
        "Token is invalid, twice, Just a moment..., three"
    )
    assert render("It answers 403 {tls.client.roots|}. Others pass.", {}) == "It answers 403. Others pass."
    assert (
        render("Our team {tls.client.roots|} waits ({tcp.connected|so} {tls.client.roots|}).", {})
        == "Our team waits (so)."
    )
