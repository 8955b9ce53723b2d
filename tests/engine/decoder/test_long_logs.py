"""One error in a long log: found wherever it stands, whatever the other lines are made of, and soon."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from diagnostics.engine.decoder import decode
from tests import pace

ERROR = "Error: getaddrinfo EAI_AGAIN api.anthropic.com"


def _hex(chance: random.Random, length: int) -> str:
    return "".join(chance.choices("0123456789abcdef", k=length))


def _request(chance: random.Random) -> str:
    return f"GET /api/jobs/{_hex(chance, 32)} 200 in 12 ms request_id={_hex(chance, 32)}\n"


def _numbered(chance: random.Random) -> str:
    return f"2026-03-14T10:00:00Z INFO done req_{_hex(chance, 20)} status=200\n"


def _json(chance: random.Random) -> str:
    return f'{{"level":"info","trace":"{_hex(chance, 8)}-{_hex(chance, 4)}-{_hex(chance, 12)}","ms":{chance.randint(1, 2000)}}}\n'


def _wordy(chance: random.Random) -> str:
    return f"INFO {_hex(chance, 16)}: no error, no timeout, proxy, certificate, key, model and stream are fine\n"


def _figures(chance: random.Random) -> str:
    return f"{chance.randint(1, 99999)} {chance.randint(200, 599)}{_hex(chance, 3)} {chance.randint(1, 9999)}\n"


SHAPES: tuple[Callable[[random.Random], str], ...] = (_request, _numbered, _json, _wordy, _figures)


def _log(shape: Callable[[random.Random], str], size: int) -> str:
    chance = random.Random(7)
    piece = "".join(shape(chance) for _ in range(20_000))
    text = (piece * (size // len(piece) + 1))[:size]
    return text[: text.rfind("\n") + 1]


@pytest.mark.parametrize("place", [0.0, 0.5, 1.0], ids=["beginning", "middle", "end"])
@pytest.mark.parametrize("size", [500_000, 4_900_000])
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_the_one_error_is_found(shape: Callable[[random.Random], str], size: int, place: float) -> None:
    log = _log(shape, size)
    at = log.rfind("\n", 0, int(size * place)) + 1
    answer = decode(f"{log[:at]}{ERROR}\n{log[at:]}")
    assert answer.ranked[0].cause == "dns_failure"
    assert answer.text.split("\n")[answer.marks[0].line - 1] == ERROR


def test_the_last_error_counts_among_thousands_of_another_kind() -> None:
    log = "".join(f"WARN {number} connect ETIMEDOUT 160.79.104.10:443, retrying\n" for number in range(40_000))
    answer = decode(f"{log}API Error: 400 prompt is too long: 231007 tokens > 200000 maximum\n")
    assert answer.ranked[0].cause == "request_too_large"


def test_it_is_told_when_not_all_that_may_tell_was_looked_at() -> None:
    chance = random.Random(5)
    words = (
        "proxy",
        "timeout",
        "certificate",
        "key",
        "model",
        "stream",
        "quota",
        "login",
        "dns",
        "tls",
        "region",
        "overloaded",
    )
    log = "".join(f"INFO {_hex(chance, 60)} {chance.choice(words)} {chance.choice(words)}\n" for _ in range(9_000))
    spread = "".join(f"{word} error\n{log}" for word in words)
    assert decode(spread).cut
    assert not decode("2026-03-14 INFO job picked up\n" * 20_000 + ERROR).cut


def test_a_megabyte_takes_a_moment() -> None:
    log = _log(_request, 1_000_000)
    decode(log[:2_000])
    with pace.within(3000):
        decode(f"{log[:500_000]}\n{ERROR}\n{log[500_000:]}")
