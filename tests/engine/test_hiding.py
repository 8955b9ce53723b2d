"""What servers repeat of a secret is taken out in every disguise, and nothing else is."""

from __future__ import annotations

import base64
import html
import json
from urllib.parse import quote, quote_plus

import pytest

from diagnostics.engine import hiding
from diagnostics.engine.hiding import Hiding
from diagnostics.engine.records import Hidden, Kept
from diagnostics.engine.secrets import Secret
from tests import pace

KEY = "sk-ant-api03-" + "vT7pQ2mKx9ZbLr4W" * 5 + "-fY8nCdAA"
PASSWORD = 'pa/ss "w0rd":9&'
KNOWN = Hiding(
    [
        Kept("ANTHROPIC_API_KEY", "key", Secret(KEY)),
        Kept("HTTPS_PROXY", "user name", Secret("hunter2")),
        Kept("HTTPS_PROXY", "password", Secret(PASSWORD)),
        Kept("HTTP_PROXY", "password", Secret("anthropic")),
        Kept("ALL_PROXY", "password", Secret("Anthropic-Proxy-2026!x")),
        Kept("x", "password", Secret("healthy")),
    ],
    public=["api.anthropic.com"],
)
HEX = KEY.encode().hex()


def test_a_part_of_a_key_in_hex_is_known() -> None:
    shown, _ = KNOWN.hide(f"before {HEX[10:130]} after", "api.models.via")
    assert HEX[20:60] not in shown


@pytest.mark.parametrize(
    "disguise",
    [
        KEY,
        KEY.upper(),
        KEY.lower(),
        KEY[:40],
        KEY[30:50],
        KEY[-30:],
        quote(KEY, safe=""),
        base64.b64encode(KEY.encode()).decode(),
        base64.b64encode(f"anna:{KEY}".encode()).decode(),
        base64.urlsafe_b64encode(f"an:{KEY}".encode()).decode(),
        HEX,
        HEX.upper(),
        f"<li>x-api-key: {KEY}</li>",
        f"https://example.com/cb?key={KEY}&x=1",
        " ".join([KEY] * 3),
    ],
)
def test_a_key_is_known_in_every_disguise(disguise: str) -> None:
    shown, hidden = KNOWN.hide(f"before {disguise} after", "api.models.error_message")
    assert shown.startswith("before ")
    assert shown.endswith(" after")
    lowered = shown.lower()
    bare = KEY.removeprefix("sk-ant-api03-").lower()
    assert not any(bare[at : at + 10] in lowered for at in range(len(bare) - 10))
    assert hidden
    assert {one.where for one in hidden} == {"api.models.error_message"}


@pytest.mark.parametrize(
    "disguise",
    [
        PASSWORD,
        quote(PASSWORD),
        quote(PASSWORD, safe=""),
        quote_plus(PASSWORD),
        json.dumps(PASSWORD)[1:-1],
        html.escape(PASSWORD),
        base64.b64encode(PASSWORD.encode()).decode(),
        base64.b64encode(f"hunter2:{PASSWORD}".encode()).decode(),
        PASSWORD.upper(),
    ],
)
def test_a_password_is_known_in_every_disguise(disguise: str) -> None:
    shown = KNOWN.clean(f"({disguise})")
    assert disguise not in shown
    assert PASSWORD[:6] not in shown
    assert quote(PASSWORD, safe="")[:8] not in shown


@pytest.mark.parametrize(
    "text",
    [
        "api.anthropic.com answers 403 from 160.79.104.10:443, 2607:6bc0::10 and proxy.corp.example:3128",
        "request req_011CSHoEeqs5C35K2UUqR7Fy, cf-ray 8f0123456789abcd-FRA, x-squid-error ERR_ACCESS_DENIED 0",
        "max_tokens: 100000 > 64000, which is the maximum allowed number of output tokens",
        "x-api-key: header is required; authorization: missing; anthropic-version: 2023-06-01",
        "OAuth bearer authentication is not supported; Basic realm=Initech; the key must begin with sk-ant-api03-",
        "a hunter23 and an ahunter2 are other people; risk-assessment-for-everybody; the monkey key: model_not_found",
        "http://10.0.0.1:3128/x@y sends to https://gw.example/v1/messages",
        "unhealthy",
        "sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    ],
)
def test_what_the_network_team_needs_stays(text: str) -> None:
    assert KNOWN.hide(text, "x") == (text, ())


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("Incorrect API key provided: sk-proj-aaaaBBBBcccc1111dddd.", "aaaaBBBB"),
        ("see http://anna:s3cr3t@proxy.example:3128/", "s3cr3t"),
        ("see https://ghp0token0only@git.example/x", "ghp0token"),
        ("Proxy-Authorization: Basic YW5uYTpzM2NyM3Q=", "YW5uYT"),
        ('{"authorization": "Bearer abcDEF123456789"}', "abcDEF123"),
        ("Set-Cookie: session=abc; csrf=d3f", "d3f"),
        ("GET /v1/models?api_key=Zx81Zx81Zx81&alt=json", "Zx81"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIEabc/+=\n-----END", "MIIEabc"),
        ("token AKIAIOSFODNN7EXAMPLE here", "IOSFODNN"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "eyJzdWIi"),
    ],
)
def test_places_where_only_a_secret_stands(text: str, secret: str) -> None:
    assert secret not in hiding.scrub(text)


def test_what_was_hidden_is_told_by_place_kind_and_length() -> None:
    _, hidden = KNOWN.hide(f"key {KEY}, password {PASSWORD}", "proxy.connect.title")
    assert hidden == (
        Hidden("proxy.connect.title", "key", len(KEY)),
        Hidden("proxy.connect.title", "password", len(PASSWORD)),
    )


@pytest.mark.parametrize(
    "text", [KEY, PASSWORD, f"http://hunter2:{quote(PASSWORD)}@p:1", f"Authorization: Bearer {KEY}"]
)
def test_hiding_twice_changes_nothing(text: str) -> None:
    once = KNOWN.clean(text)
    assert KNOWN.hide(once, "x") == (once, ())


def test_a_secret_that_is_an_ordinary_word_is_hidden_in_what_strangers_say_alone() -> None:
    assert KNOWN.clean("you are healthy here") != "you are healthy here"
    assert KNOWN.hide("healthy", "config.mode", words=False)[0] == "healthy"


@pytest.mark.parametrize(
    "spiteful",
    [
        *("://:" * 20_000, "http://" * 11_000, "a-" * 40_000 + "key", "cookie: a=b;" * 6800, "x-api-key " * 8000),
        *(
            "-----BEGIN " * 7000,
            "sk-" * 27_000,
            "key=" * 20_000,
            "=" * 80_000,
            "\u0130" * 80_000,
            "eyJ." * 20_000,
            "basic " * 13_000,
        ),
    ],
)
def test_no_text_takes_long(spiteful: str) -> None:
    with pace.within(1000):
        KNOWN.clean(spiteful)


@pytest.mark.parametrize(
    "value", ["x" * 8192, "sk-" + "y" * 16000, "aB3" * 5000, "user:pa ss@" * 1400, "\u0130" * 9000]
)
def test_no_secret_takes_long(value: str) -> None:
    with pace.within(1000):
        Hiding([Kept("x", "key", Secret(value))]).clean("a text " + value)
