"""The loops, breakers, fallbacks and streams of the guides do what they say: requests are counted, clocks are fake."""

from __future__ import annotations

import random
import ssl
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

import anthropic
import httpx2
import pytest

from diagnostics.lab import KEY, api
from diagnostics.lab.http import Request, Response, Site
from tests.guides.blocks import run
from tests.guides.serving import (
    BROKEN,
    BUSY,
    GONE,
    LIMITED,
    QUESTION,
    Clock,
    Served,
    always,
    client,
    first,
    point,
    serving,
)  # fmt: skip

CAPPED = Response.json(429, {"type": "error", "error": {"type": "rate_limit_error", "message": "no",
                       "details": {"error_code": "enforced_spend_limit_reached"}}})  # fmt: skip


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A fake clock; chance always gives its most."""
    monkeypatch.setattr(random, "uniform", lambda low, high: high)
    return Clock()


# -- retries -----------------------------------------------------------------------------------------------------------


def patiently(served: Served, clock: Clock, **how: Any) -> Any:
    snippet, asking = run("retries/retry.py"), client(served)
    return snippet["patiently"](lambda: asking.messages.create(**QUESTION), clock=clock, sleep=clock.sleep, **how)


def test_a_retry_waits_as_long_as_it_is_told_and_then_longer(clock: Clock) -> None:
    with serving(first(LIMITED, BUSY, BROKEN)) as served:
        assert patiently(served, clock).content[0].text == "Hello"
        assert len(served.seen) == 4
    assert clock.slept == [7.5, 1.0, 2.0]  # retry-after and jitter; then doubled


def test_jitter_is_a_random_part_of_the_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(random, "uniform", lambda low, high: (low + high) / 4)
    clock = Clock()
    with serving(first(BUSY)) as served:
        patiently(served, clock)
    assert clock.slept == [0.125]


def test_a_retry_never_waits_beyond_the_limit_in_all(clock: Clock) -> None:
    hour = api.error(429, "rate_limit_error", "too many", headers={"retry-after": "3600"})
    with serving(always(hour)) as served, pytest.raises(anthropic.RateLimitError):
        patiently(served, clock, within=60.0)
    assert (clock.slept, len(served.seen)) == ([], 1)


def test_a_retry_ends_after_so_many_tries(clock: Clock) -> None:
    with serving(always(BUSY)) as served, pytest.raises(anthropic.APIStatusError):
        patiently(served, clock, tries=3)
    assert len(served.seen) == 3
    assert clock.slept == [0.5, 1.0]


@pytest.mark.parametrize(("status", "kind"), [(400, "invalid_request_error"), (401, "authentication_error"), (403, "permission_error"),
                                              (404, "not_found_error"), (413, "request_too_large"), (422, "invalid_request_error")])  # fmt: skip
def test_what_does_not_pass_is_not_asked_again(clock: Clock, status: int, kind: str) -> None:
    with serving(always(api.error(status, kind, "no"))) as served, pytest.raises(anthropic.APIStatusError):
        patiently(served, clock)
    assert len(served.seen) == 1


def test_the_server_has_the_last_word_on_asking_again(clock: Clock) -> None:
    never = api.error(529, "overloaded_error", "Overloaded", headers={"x-should-retry": "false"})
    with serving(always(never)) as served, pytest.raises(anthropic.APIStatusError):
        patiently(served, clock)
    assert len(served.seen) == 1
    please = api.error(400, "invalid_request_error", "odd", headers={"x-should-retry": "true"})
    with serving(first(please)) as served:
        patiently(served, clock)
        assert len(served.seen) == 2


def test_a_spending_cap_is_not_asked_again(clock: Clock) -> None:
    with serving(always(CAPPED)) as served, pytest.raises(anthropic.RateLimitError):
        patiently(served, clock)
    assert len(served.seen) == 1


def test_no_connection_is_tried_again_and_a_refused_certificate_is_not(clock: Clock) -> None:
    snippet = run("retries/retry.py")
    tries = []

    def send() -> None:
        tries.append(1)
        client(GONE).models.list()

    with pytest.raises(anthropic.APIConnectionError) as caught:
        snippet["patiently"](send, tries=3, clock=clock, sleep=clock.sleep)
    assert len(tries) == 3
    assert snippet["may_pass"](caught.value)
    caught.value.__cause__ = ssl.SSLCertVerificationError("unable to get local issuer certificate")
    assert not snippet["may_pass"](caught.value)


def test_the_use_of_the_loop_works(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    with serving(first(BUSY)) as served:
        point(monkeypatch, served)
        monkeypatch.setattr("time.sleep", clock.sleep)
        assert run("retries/retry.py", "retries/use.py")["message"].content[0].text == "Hello"
        assert len(served.seen) == 2  # the SDK's own retries are off


def test_a_timeout_of_the_sdk_does_not_bound_a_try() -> None:
    whole = api.api(tls=None).app

    def dribbling(request: Request) -> Response:
        answer = whole(request)
        cuts = [number * len(answer.body) // 6 for number in range(7)]
        pieces = tuple(answer.body[begin:end] for begin, end in pairwise(cuts))
        return replace(answer, body=b"", stream=pieces, gap=0.6)

    with serving(dribbling) as served:
        began = time.monotonic()
        message = client(served, timeout=2.0).messages.create(**QUESTION)
    assert message.content == [anthropic.types.TextBlock(type="text", text="Hello")]
    assert time.monotonic() - began > 2.0


def test_a_budget_bounds_the_retries_of_an_outage() -> None:
    budget = run("retries/budget.py")["Budget"]()
    retried = 0
    for _ in range(1000):
        budget.request()
        retried += budget.retry()
    assert 100 <= retried <= 110  # a tenth, and the ten that were saved
    for _ in range(1000):
        budget.request()
    assert sum(budget.retry() for _ in range(50)) == 10


def test_what_the_guides_say_of_the_sdk_is_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two retries of its own, retry-after as given, no idempotency header, a refused long request."""
    slept: list[float] = []
    monkeypatch.setattr("time.sleep", slept.append)
    hour = api.error(429, "rate_limit_error", "too many", headers={"retry-after": "3600"})
    with serving(always(hour)) as served:
        plain = anthropic.Anthropic(api_key=KEY, base_url=served.url)
        with pytest.raises(anthropic.RateLimitError):
            plain.messages.create(**QUESTION)
        assert len(served.seen) == 3
        assert not [name for one in served.lab.seen for name in one.headers if "idempotency" in name]
        assert [one.headers["x-stainless-retry-count"] for one in served.lab.seen] == ["0", "1", "2"]
    assert slept == [3600.0, 3600.0]
    with pytest.raises(ValueError, match="Streaming is required"):
        plain.messages.create(**{**QUESTION, "max_tokens": 64_000})


# -- circuit breakers --------------------------------------------------------------------------------------------------


def test_a_breaker_opens_waits_lets_one_through_and_closes() -> None:
    snippet = run("circuit-breakers/breaker.py")
    clock = Clock()
    breaker = snippet["Breaker"](failures=3, pause=30.0, clock=clock)
    with serving(first(BUSY, BROKEN, BUSY, BUSY)) as served:

        def ask() -> Any:
            return breaker.call(lambda: client(served).messages.create(**QUESTION))

        for _ in range(3):
            with pytest.raises(anthropic.APIStatusError):
                ask()
        assert breaker.state == "open"
        for _ in range(20):
            with pytest.raises(snippet["Open"]):
                ask()
        assert len(served.seen) == 3  # nothing was sent while it was open
        clock.now += 31
        assert breaker.state == "half open"
        with pytest.raises(anthropic.APIStatusError):
            ask()  # the one that finds out, and fails
        with pytest.raises(snippet["Open"]):
            ask()
        clock.now += 31
        assert ask().content[0].text == "Hello"
        assert breaker.state == "closed"
        assert len(served.seen) == 5


def test_a_rate_limit_among_failures_is_no_sign_that_the_service_is_well() -> None:
    snippet = run("circuit-breakers/breaker.py")
    clock = Clock()
    breaker = snippet["Breaker"](failures=5, pause=30.0, clock=clock)
    with serving(first(*[BUSY, BUSY, LIMITED, BUSY, BUSY, LIMITED] * 4)) as served:
        for _ in range(7):  # five failures, and two answers that are neither
            with pytest.raises(anthropic.APIStatusError):
                breaker.call(lambda: client(served).messages.create(**QUESTION))
        assert breaker.state == "open"
        clock.now += 31
        with pytest.raises(anthropic.APIStatusError):
            breaker.call(lambda: client(served).messages.create(**QUESTION))
        assert breaker.state == "open"


def test_a_half_open_breaker_lets_only_one_through() -> None:
    snippet = run("circuit-breakers/breaker.py")
    clock = Clock()
    breaker = snippet["Breaker"](failures=1, pause=30.0, clock=clock)
    with serving(always(BUSY)) as served, pytest.raises(anthropic.APIStatusError):
        breaker.call(lambda: client(served).models.list())
    clock.now += 31

    def meanwhile() -> str:
        with pytest.raises(snippet["Open"]):
            breaker.call(lambda: "the second")
        return "the first"

    assert breaker.call(meanwhile) == "the first"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 429])
def test_a_fault_of_one_request_opens_no_breaker(status: int) -> None:
    breaker = run("circuit-breakers/breaker.py")["Breaker"](failures=2)
    with serving(always(api.error(status, "an_error", "no"))) as served:
        asking = client(served)
        for _ in range(10):
            with pytest.raises(anthropic.APIStatusError):
                breaker.call(lambda: asking.models.list())
        assert len(served.seen) == 10


def test_behind_a_breaker_people_get_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    with serving(always(BUSY)) as served:
        point(monkeypatch, served)
        answer = run("circuit-breakers/breaker.py", "circuit-breakers/use.py")["answer"]
        said = [answer("Hello?") for _ in range(10)]
        assert len(served.seen) == 5 * 3  # five failures with two retries each, then nothing more
    assert set(said) == {said[0]}
    assert "not available at the moment" in said[0]
    with serving(api.api(tls=None)) as served:
        point(monkeypatch, served)
        assert run("circuit-breakers/breaker.py", "circuit-breakers/use.py")["answer"]("Hello?") == "Hello"


# -- fallbacks ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def second() -> Iterator[Served]:
    """The other provider: it knows one key, its own."""
    with serving(api.api(tls=None, keys=("second-key",), models=("their-model",))) as served:
        yield served


def routes(snippet: dict[str, Any], one: Served | str, other: Served) -> list[Any]:
    route = snippet["Route"]
    return [
        route("first", client(one), "claude-haiku-5-5"),
        route("second", client(other, key="second-key"), "their-model"),
    ]


REQUEST = {name: value for name, value in QUESTION.items() if name != "model"}


@pytest.mark.parametrize("answer", [BUSY, BROKEN, LIMITED])
def test_a_fallback_is_used_when_the_first_cannot_answer(second: Served, answer: Response) -> None:
    snippet, told = run("fallbacks/routes.py"), []
    with serving(always(answer)) as one:
        name, message = snippet["ask"](routes(snippet, one, second), REQUEST, lambda *what: told.append(what[0]))
    assert (name, message.content[0].text, told) == ("second", "Hello", ["first"])
    assert [one.credentials["authorization"].reveal() for one in second.lab.seen] == ["Bearer second-key"]


def test_a_fallback_is_used_when_the_first_cannot_be_reached(second: Served) -> None:
    snippet = run("fallbacks/routes.py")
    assert snippet["ask"](routes(snippet, GONE, second), REQUEST, lambda *what: None)[0] == "second"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413])
def test_our_own_faults_are_not_taken_elsewhere(second: Served, status: int) -> None:
    snippet, told = run("fallbacks/routes.py"), []
    with serving(always(api.error(status, "an_error", "no"))) as one, pytest.raises(anthropic.APIStatusError):
        snippet["ask"](routes(snippet, one, second), REQUEST, lambda *what: told.append(what[0]))
    assert second.seen == []
    assert told == ["first"]


def test_a_spending_cap_is_not_taken_to_the_other_account(second: Served) -> None:
    snippet, told = run("fallbacks/routes.py"), []
    with serving(always(CAPPED)) as one, pytest.raises(anthropic.RateLimitError):
        snippet["ask"](routes(snippet, one, second), REQUEST, lambda *what: told.append(what[0]))
    assert second.seen == []
    assert told == ["first"]


def test_when_every_route_fails_the_last_error_is_told(second: Served) -> None:
    snippet, told = run("fallbacks/routes.py"), []
    both = [snippet["Route"]("first", client(GONE), "a"), snippet["Route"]("second", client(GONE), "b")]
    with pytest.raises(anthropic.APIConnectionError):
        snippet["ask"](both, REQUEST, lambda *what: told.append(what[0]))
    assert told == ["first", "second"]
    with pytest.raises(ValueError, match="no route"):
        snippet["ask"]([], REQUEST, print)


def test_each_client_has_its_own_key_and_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-of-nobody")
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "https://elsewhere.example")
    for name, value in (
        ("FIRST_API_KEY", "one"),
        ("SECOND_API_KEY", "two"),
        ("SECOND_BASE_URL", "https://two.example"),
        ("SECOND_MODEL", "m"),
    ):
        monkeypatch.setenv(name, value)
    made = run("fallbacks/routes.py", "fallbacks/clients.py")["routes"]
    assert [(one.client.api_key, one.client.base_url.host) for one in made] == [
        ("one", "api.anthropic.com"),
        ("two", "two.example"),
    ]


# -- timeouts and streams ----------------------------------------------------------------------------------------------


def streamed(way: str) -> Site:
    return api.api(tls=None, message=way)


def test_a_whole_stream_is_its_text() -> None:
    with serving(streamed("whole")) as served:
        assert run("timeouts/stream.py")["ask"](client(served), **QUESTION) == "Hello"


@pytest.mark.parametrize(
    ("way", "why", "text"),
    [("stalled", "ReadTimeout", ""), ("cut", "RemoteProtocolError", ""), ("overloaded", "overloaded_error", "")],
)
def test_a_broken_stream_says_how_it_broke(way: str, why: str, text: str) -> None:
    snippet = run("timeouts/stream.py")
    with serving(streamed(way)) as served, pytest.raises(snippet["Incomplete"], match=why) as caught:
        snippet["ask"](client(served), idle=0.4, **QUESTION)
    assert caught.value.text == text


def test_what_came_of_a_broken_stream_is_kept() -> None:
    snippet = run("timeouts/stream.py")
    whole = streamed("whole").app

    def half(request: Any) -> Response:
        answer = whole(request)
        return replace(
            answer, stream=(*answer.stream, b"never sent"), then="cut"
        )  # four of eight pieces, the words among them

    with serving(half) as served, pytest.raises(snippet["Incomplete"]) as caught:
        snippet["ask"](client(served), idle=2.0, **QUESTION)
    assert caught.value.text == "Hello"


def test_a_stream_has_a_limit_for_the_whole() -> None:
    snippet = run("timeouts/stream.py")
    times = iter([0.0, 301.0])
    with (
        serving(streamed("whole")) as served,
        pytest.raises(snippet["Incomplete"], match="not done after 300 s") as caught,
    ):
        snippet["ask"](client(served), clock=lambda: next(times), **QUESTION)
    assert caught.value.text == "Hello"


def test_a_refusal_before_the_first_word_stays_what_it_is() -> None:
    with serving(always(BUSY)) as served, pytest.raises(anthropic.APIStatusError) as caught:
        run("timeouts/stream.py")["ask"](client(served), **QUESTION)
    assert caught.value.status_code == 529


@pytest.mark.parametrize(("way", "kind"), [("stalled", httpx2.ReadTimeout), ("cut", httpx2.RemoteProtocolError)])
def test_streams_break_outside_the_sdks_own_errors(way: str, kind: type[Exception]) -> None:
    with (
        serving(streamed(way)) as served,
        pytest.raises(kind) as caught,
        client(served, timeout=0.4).messages.stream(**QUESTION) as stream,
    ):
        stream.get_final_message()
    assert not isinstance(caught.value, anthropic.APIError)
