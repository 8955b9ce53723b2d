"""No text makes the decoder slow or raise: what strangers paste is hostile until shown otherwise."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnostics.engine.decoder import MOST, decode
from diagnostics.engine.decoder.signs import wordings
from diagnostics.engine.library import aside
from tests import pace

MEGABYTE = 1_000_000


def _all_literals() -> str:
    return "\n".join(wordings().by_literal)


def _unique() -> str:
    chance = random.Random(1)
    return " ".join("".join(chance.choices("abcdefghijklmnop", k=7)) for _ in range(MEGABYTE // 8))


SPITEFUL: dict[str, Callable[[], str]] = {
    "one letter": lambda: "a",
    "line feeds": lambda: "\n",
    "carriage returns": lambda: "\r",
    "spaces": lambda: " ",
    "nulls": lambda: "\0",
    "escapes": lambda: "\x1b[31m",
    "broken escapes": lambda: "\x1b[",
    "halves of pairs": lambda: "\ud800",
    "dotted capital": lambda: "\u0130",
    "all literals": _all_literals,
    "one literal": lambda: "connection refused ",
    "an error a line": lambda: "Error: connect ECONNREFUSED 127.0.0.1:7890\n",
    "deep JSON": lambda: '{"a":[',
    "error bodies": lambda: '{"type":"error","error":{"type":"x","message":"y"}} ',
    "open quotes": lambda: '"message": "',
    "backslashes": lambda: '\\\\\\\\\\\\"type\\\\":\\\\"',
    "statuses": lambda: "HTTP/1.1 401 Unauthorized\n",
    "hosts": lambda: "https://a.b.example:443/x ",
    "user information": lambda: "https://a:b@c ",
    "colons and slashes": lambda: "://",
    "almost a password": lambda: "://" * 200 + "@",
    "addresses": lambda: "1.2.3.4:443 ",
    "long addresses": lambda: "2001:db8:",
    "proxies": lambda: "https_proxy=http://a:b@c:1 ",
    "lookups": lambda: "nslookup api.anthropic.com ",
    "cookies": lambda: "cookie: a=b; ",
    "key words": lambda: "api-key=",
    "frames": lambda: "│ error │\n",
    "quote marks": lambda: "> > > ",
    "entities": lambda: "&quot;",
    "unique words": _unique,
    "no spaces": lambda: "无法解析主机名称错误",
    "pages": lambda: "<html><title>502 Bad Gateway</title>",
    "ping": lambda: "bytes from 1.2.3.4\nrequest timeout for icmp_seq 1\n",
    "numbers": lambda: "0.41 0.44 0.47 ",
}  # fmt: skip


@pytest.mark.parametrize("name", SPITEFUL)
def test_no_megabyte_takes_long(name: str) -> None:
    piece = SPITEFUL[name]()
    text = (piece * (MEGABYTE // len(piece) + 1))[:MEGABYTE]
    decode("")  # patterns and knowledge are loaded once
    with pace.within(15_000):
        answer = decode(text)
    assert answer.ranked


@pytest.mark.parametrize("name", ["all literals", "an error a line", "almost a password", "unique words"])
def test_five_megabytes_are_bounded(name: str) -> None:
    piece = SPITEFUL[name]()
    text = (piece * (2 * MOST // len(piece) + 1))[: 2 * MOST]
    with pace.within(25_000):
        answer = decode(text)
    assert answer.cut


@pytest.mark.parametrize(
    "sign",
    [sign for table in aside("texts").tables.values() for sign in table.get("sign", ())],
    ids=lambda sign: sign["code"],
)
def test_no_pattern_is_slow_around_its_own_literals(sign: dict[str, list[str]]) -> None:
    """What its literals and examples are made of, over and over: where a pattern can go back and forth, it does here."""
    for seed in [*sign.get("find", ())[:2], *(example["text"] for example in sign["examples"])]:  # type: ignore[index]
        for piece in (seed, seed.replace(" ", "")):
            text = (piece * (4_000 // max(len(piece), 1) + 1))[:4_000]
            with pace.within(3000):
                decode(text)


WORDS = st.sampled_from(sorted(wordings().by_literal)) | st.sampled_from(
    ["\n", " ", "\x1b[1m", '"', "\\", "{", "│", "401", "https://", "127.0.0.1:443", "…", "\0", "retrying", "200 OK", "(ok)"]
)  # fmt: skip


@given(st.text(max_size=400))
def test_any_text_has_an_answer(text: str) -> None:
    _holds(text)


@given(st.lists(WORDS, max_size=60).map("".join))
def test_any_mixture_of_wordings_has_an_answer(text: str) -> None:
    _holds(text)


@given(st.binary(max_size=400))
def test_any_bytes_have_an_answer(data: bytes) -> None:
    _holds(data.decode("latin-1"))
    _holds(data.decode("utf-8", "surrogateescape"))


def _holds(text: str) -> None:
    answer = decode(text)
    assert 1 <= len(answer.ranked) <= 5
    assert all(0 <= one.confidence <= 1 for one in answer.ranked)
    lines = answer.text.split("\n")
    for mark in answer.marks:
        assert 0 <= mark.begin <= mark.end <= len(lines[mark.line - 1])
    assert decode(text) == answer
