"""No secret of a pasted text stands in anything that the decoder answers."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from diagnostics.engine.cli.decoding import as_json
from diagnostics.engine.decoder import decode
from diagnostics.engine.decoder.masking import masked
from diagnostics.engine.decoder.reading import plain
from diagnostics.engine.decoder.telling import render
from diagnostics.engine.hiding import scrub
from diagnostics.engine.telltales import unknown_ones
from tests import canaries, pace

CASES = json.loads((Path(__file__).parents[2] / "masking.json").read_text(encoding="utf-8"))
LINES = "2026-03-14 INFO job picked up by worker 7\n" * 200
WORD = canaries.WORD + "GatewayKey" + canaries.WORD[::-1]
KEY = f"sk-ant-api03-{WORD}AA"


@pytest.mark.parametrize(
    "text",
    [
        f"x-api-key: {KEY}",
        f"Error: 401 invalid x-api-key {KEY}",
        f"ANTHROPIC_API_KEY={KEY} claude",
        f"Authorization: Bearer {WORD}",
        f"HTTPS_PROXY=http://svc:{WORD}@proxy.example:8080\nconnect ECONNREFUSED 10.0.0.1:8080",
        f"Illegal header value b'{KEY}\\r\\n'",
        json.dumps({"headers": {"cookie": f"session={WORD}; path=/"}}),
        f"Cookie: session={WORD}",
        json.dumps(json.dumps({"x-api-key": WORD, "cookie": f"session={WORD}", "password": WORD})),
        json.dumps({"headers": [{"name": "x-api-key", "value": WORD}, {"name": "Cookie", "value": f"session={WORD}"}]}),
        f'{{"client_secret": "{WORD}"}}',
        f"│ echo the key that was used here: {KEY[:30]} │\n│ {KEY[30:]}   │",
        f"some words that make this line longer than most {KEY[:34]}\n{KEY[34:]}",
        "\n".join(["2026-03-14 INFO job picked up"] * 4_000 + [f"x-api-key: {KEY}", "connect ECONNREFUSED 1.2.3.4:443"]),
        f"-----BEGIN PRIVATE KEY-----\n{WORD}\n{'MIIEvQIBADANBgkq' * 100}{WORD}\n-----END PRIVATE KEY-----",
        f"\x1b[31mx-api-key: \x1b[1m{KEY}\x1b[0m",
    ],
)  # fmt: skip
def test_a_secret_stands_nowhere_in_the_answer(text: str) -> None:
    answer = decode(text)
    told = "\n".join([json.dumps(asdict(answer)), json.dumps(as_json(answer)), render(answer)])
    assert canaries.leaks(told, [WORD]) == []
    assert answer.redacted >= 1


def test_lines_stay_where_they_are() -> None:
    text = f"one\n-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkq\nMIIEvQIBADANBgkq\n-----END PRIVATE KEY-----\nx {KEY}\nlast"
    assert decode(text).text.count("\n") == text.count("\n")


def test_a_text_without_secrets_is_shown_as_it_is() -> None:
    text = "connect ECONNREFUSED 160.79.104.10:443 (attempt 1/10) https://api.anthropic.com/v1/messages"
    assert decode(text).text == text
    assert decode(text).redacted == 0


@pytest.mark.parametrize("between", ["words without anything ", "key token secret ", "://a ", "author of a cookie "])
def test_a_long_text_is_looked_at_like_a_short_one(between: str) -> None:
    pieces = [f"x-api-key: {KEY}", f"Bearer {WORD}", f"password={WORD}1", f"https://me:{WORD}@h.example/"]
    long = "\n".join(piece + "\n" + between * 300 for piece in pieces)
    found = {long[begin:end] for begin, end, _ in unknown_ones(long)}
    assert {KEY, WORD, f"{WORD}1", f"me:{WORD}"} <= found


@pytest.mark.parametrize(
    "piece", ["key=A1bcdefgh ", "key=A1bcdefgh", "sk-ant-api03-Zq7RkP2mXw9L ", "Bearer Zq7RkP2mXw9L ", "://a:b@", "cookie: a=b; "]
)  # fmt: skip
def test_a_long_line_of_secrets_takes_no_longer_than_its_length(piece: str) -> None:
    with pace.within(20_000):  # 4000 at most; 60,000 where each secret looked for the beginning of its line
        masked(piece * (3_000_000 // len(piece)))


@pytest.mark.parametrize("around", ["", LINES], ids=["alone", "in a log"])
@pytest.mark.parametrize("case", CASES["gone"], ids=lambda case: case["name"])
def test_what_has_to_go_goes(case: dict[str, Any], around: str) -> None:
    """The same cases are tried in a browser: tests/browser/test_paste.py."""
    text = plain(f"{around}{case['text']}\n{around}")
    shown = masked(text)[0]
    assert [one for one in case["gone"] if canaries.leaks(shown, [one])] == [], shown
    assert [one for one in case.get("stays", ()) if one not in shown] == [], shown
    assert shown.count("\n") == text.count("\n")


@pytest.mark.parametrize("text", CASES["stays"])
def test_what_has_to_stay_stays(text: str) -> None:
    assert masked(text) == (text, 0, False)
    assert scrub(text) == text


HOSTILE = [
    "key=A1bcdefgh\n" + " " * 79,
    "-----BEGIN PRIVATE KEY-----\n",
    "-----BEGIN A PRIVATE KEY-----\n" + "A" * 64 + "!\n",
]
HOSTILE += [
    "cookie: ",
    '"cookies": [',
    '"cookies":[{"name":"a","value":"b"},',
    "'x-api-key', ",
    "(b'x-api-key', b'abc'), ",
]
HOSTILE += [
    " -u a:b",
    "://",
    "http://u:" + "a" * 290,
    "://a:' ",
    "a:b@",
    "password=",
    'password: "a',
    "password " * 3,
    "%3A%2F%2F",
]
HOSTILE += [
    "sk-ant-",
    "sk-a\n",
    "sk-%2D",
    "\\",
    '\\"',
    "api_key=" + " " * 500,
    "api_key: |\n ",
    "true\t1\t",
    "login a password ",
    "set KEY ",
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_no_text_takes_longer_than_its_length(piece: str) -> None:
    masked(piece)
    with pace.within(3000):  # 450 at most; with a square in it, 80,000 and more
        masked(piece * (600_000 // len(piece)))
