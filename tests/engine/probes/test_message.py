"""The one billed call: it is made when it was asked for and only then, once, as small as it may be; and its stream is told truly."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from diagnostics.engine.net.http import Answer
from diagnostics.engine.probes import Plan
from diagnostics.engine.probes.message import billed_most, smallest
from diagnostics.engine.probes.streams import events_of, is_stream
from diagnostics.engine.records import Environment, Header
from diagnostics.engine.request.reading import read
from diagnostics.engine.secrets import Secret
from diagnostics.lab import KEY
from diagnostics.lab.api import MODELS, api
from diagnostics.lab.http import Request, Response, Site
from tests.engine.probes.conftest import Observe, environment
from tests.lab.fixtures import Serve

HOST = "api.anthropic.com"
SEND = Plan(timeout=10, send_message=True)
BODY: dict[str, Any] = {"model": MODELS[1], "max_tokens": 500, "messages": [{"role": "user", "content": "hi"}]}


class Recorded:
    """The laboratory's API, and the bodies of the messages that reached it."""

    def __init__(self, **how: Any) -> None:
        self.bodies: list[Any] = []
        self._inner = api(**how)
        self.site = Site(self._answer, self._inner.tls)

    def _answer(self, request: Request) -> Response:
        if request.path == "/v1/messages":
            self.bodies.append(json.loads(request.body))
        return self._inner.app(request)


def given(**changed: Any) -> Environment:
    """An environment with a request to judge."""
    body = {name: value for name, value in {**BODY, **changed}.items() if value is not None}
    return environment(model=str(body.get("model")), model_as_sent=True, request=read(json.dumps(body).encode()))


def test_nothing_is_sent_unless_asked(serve: Serve, observe: Observe) -> None:
    recorded = Recorded()
    lab = serve({HOST: recorded.site})
    for plan in (Plan(timeout=10), Plan(timeout=10, only=frozenset({"api.models", "api.message"}))):
        seen = observe(lab, environment(model=MODELS[0]), plan=plan)
        assert "api.message" not in {attempt.probe for attempt in seen.observations.attempts}
    assert recorded.bodies == []


def test_one_smallest_message_is_sent(serve: Serve, observe: Observe) -> None:
    recorded = Recorded()
    seen = observe(serve({HOST: recorded.site}), environment(model="claude-opus-5-5[1m]"), plan=SEND)
    words = [{"role": "user", "content": "Hi"}]
    assert recorded.bodies == [{"model": "claude-opus-5-5", "max_tokens": 1, "messages": words, "stream": True}]
    assert (seen["api.message.accepted"], seen["api.message.complete"], seen["api.message.events"]) == (True, True, 7)
    assert seen["api.message.billed_tokens"] == 9


def test_who_does_not_stream_is_not_streamed(serve: Serve, observe: Observe) -> None:
    recorded = Recorded()
    seen = observe(serve({HOST: recorded.site}), environment(model=MODELS[0], streams=False), plan=SEND)
    assert "stream" not in recorded.bodies[0]
    assert (seen["api.message.accepted"], seen["api.message.streamed"]) == (True, False)


def test_without_a_model_a_small_one_of_the_list_is_taken(serve: Serve, observe: Observe) -> None:
    recorded = Recorded()
    observe(serve({HOST: recorded.site}), environment(), plan=SEND)
    assert recorded.bodies[0]["model"] == "claude-haiku-5-5"


@pytest.mark.parametrize(
    ("changed", "most"),
    [
        ({}, 1),
        ({"max_tokens": 0}, 0),
        ({"max_tokens": "64"}, "64"),
        ({"thinking": {"type": "enabled", "budget_tokens": 1024}, "max_tokens": 2000}, 2000),
        ({"thinking": {"type": "adaptive"}}, 1),
    ],
)
def test_a_given_request_is_made_short_where_that_changes_nothing_else(changed: dict[str, Any], most: Any) -> None:
    body = smallest(given(**changed), MODELS[1])
    assert body == {**BODY, **changed, "max_tokens": most}


def test_the_plan_knows_the_most_that_it_costs() -> None:
    assert billed_most(environment(model=MODELS[0])) == 19
    assert billed_most(environment()) == 19
    small, large = billed_most(given()), billed_most(given(system="x" * 1000))
    assert 100 < small < 200
    assert large - small >= 1000
    assert billed_most(given(thinking={"type": "enabled", "budget_tokens": 1024}, max_tokens=2000)) > 2000
    assert billed_most(replace(environment(), request=read(b"{"))) == 0


@pytest.mark.parametrize(
    ("known", "reason"),
    [
        (environment(key=None), "no credential may be sent there"),
        (environment(key="sk-ant-api03-" + "x" * 95), "a free call was refused already"),
        (given(messages=[]), "the API has refused this request already"),
        (replace(environment(), request=read(b"{")), "the given request cannot be read"),
    ],
)
def test_no_message_is_sent_that_a_free_call_has_answered(
    serve: Serve, observe: Observe, known: Environment, reason: str
) -> None:
    recorded = Recorded()
    seen = observe(serve({HOST: recorded.site}), known, plan=SEND)
    assert seen.attempt("api.message").reason == f"not needed: {reason}"
    assert recorded.bodies == []


@pytest.mark.parametrize(
    ("way", "facts"),
    [
        ("cut", {"accepted": False, "complete": False, "events": 3, "broken": "http_closed"}),
        ("stalled", {"accepted": False, "complete": False, "events": 3, "broken": "http_timeout"}),
        (
            "overloaded",
            {"accepted": False, "status": 200, "error_type": "overloaded_error", "error_message": "Overloaded"},
        ),
        ("measured", {"accepted": True, "length_told": True, "events": 7}),
        ("unstreamed", {"accepted": True, "streamed": False, "stream": True}),
        ("no_credit", {"accepted": False, "status": 400, "error_type": "invalid_request_error", "streamed": False}),
    ],
)
def test_what_becomes_of_it_is_told(serve: Serve, observe: Observe, way: str, facts: dict[str, Any]) -> None:
    plan = replace(SEND, timeout=5 if way == "stalled" else 10)
    seen = observe(serve({HOST: api(message=way)}), environment(model=MODELS[0]), plan=plan)
    assert {name: seen[f"api.message.{name}"] for name in facts} == facts
    assert seen["api.message.answerer"] == "provider"


def test_events_that_come_together_are_told_with_their_pieces_and_their_wait(serve: Serve, observe: Observe) -> None:
    seen = observe(serve({HOST: api(message="lumped")}), environment(model=MODELS[0]), plan=SEND)
    waited, spread = seen["api.message.waited_seconds"], seen["api.message.spread_seconds"]
    assert isinstance(waited, float)
    assert isinstance(spread, float)
    assert waited > 1.0 > 0.05 > spread
    assert (seen["api.message.pieces"], seen["api.message.events"]) == (1, 7)


def test_given_headers_go_where_the_credential_goes(serve: Serve, observe: Observe) -> None:
    lab = serve()
    headers = tuple(
        Header(*pair)
        for pair in (
            ("X-Team", Secret("platform"), "--header"),
            ("anthropic-beta", Secret("context-1m-2025-08-07"), "--header"),
        )
    )
    observe(lab, environment(model=MODELS[0], headers=headers), plan=SEND)
    with_team = {(seen.host, seen.target) for seen in lab.seen if seen.headers.get("x-team") == "platform"}
    assert with_team == {(HOST, "/v1/models?limit=100"), (HOST, "/v1/messages/count_tokens"), (HOST, "/v1/messages")}
    assert {seen.headers["anthropic-beta"] for seen in lab.seen if "x-team" in seen.headers} == {
        "context-1m-2025-08-07"
    }


def test_another_vendors_key_in_a_header_keeps_all_of_them_here(serve: Serve, observe: Observe) -> None:
    lab = serve()
    header = Header("X-Token", Secret("sk-proj-" + "a1B2" * 12), "--header")
    observe(lab, environment(headers=(header,), facts={"config.headers.key_of": "openai"}), only=("api.models",))
    assert [seen for seen in lab.seen if "x-token" in seen.headers or seen.credentials] == []


def streamed(body: bytes, *pieces: tuple[float, int]) -> Answer:
    """A stream as it came."""
    return Answer(200, {"content-type": "text/event-stream"}, body, False, 0.1, 9.0, pieces=pieces)


def test_an_event_has_the_time_of_its_last_byte() -> None:
    body = (
        b'event: a\ndata: {"type": "a"}\n\n: keep-alive\n\nevent: b\r\ndata: {"x":\r\ndata: 1}\r\n\r\nevent: c\ndata: {'
    )
    events = events_of(streamed(body, (0.1, 10), (0.5, 60), (0.9, len(body))))
    assert [(event.at, event.name, dict(event.data)) for event in events] == [
        (0.5, "a", {"type": "a"}),
        (0.9, "b", {"x": 1}),
    ]


@pytest.mark.parametrize(
    "body", [b"", b"\n\n\n\n", b"data: [DONE]\n\n", b"data: [1]\n\n", b"\xff\n\n", b"data: " + b"[" * 9999 + b"\n\n"]
)
def test_no_stream_is_too_odd(body: bytes) -> None:
    answer = streamed(body, (0.1, len(body)))
    assert is_stream(answer)
    assert all(event.data == {} for event in events_of(answer))


def test_a_stream_under_another_name_is_one() -> None:
    assert is_stream(Answer(200, {"content-type": "text/plain"}, b"event: a\n\n", False, 0.1, 0.2))
    assert not is_stream(Answer(200, {"content-type": "application/json"}, b'{"a": 1}', False, 0.1, 0.2))


def test_the_key_stands_in_nothing_that_is_told(serve: Serve, observe: Observe) -> None:
    assert KEY not in str(observe(serve(), environment(model=MODELS[0]), plan=SEND).observations)
