"""What the calling code sends: bodies, headers, sizes, streams."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from diagnostics.engine.request.given import Given
from diagnostics.lab import KEY, vendors
from diagnostics.lab.api import MODELS, api
from diagnostics.lab.certificates import private_root
from diagnostics.lab.serving import Service
from diagnostics.lab.tls import Tls
from tests.scenarios.networks.declaring import API, COMPOUND, NEIGHBOUR, PLAIN, REVOKED, Broken

GATEWAY = {"ANTHROPIC_BASE_URL": "https://llm.corp.example"}
BODY: dict[str, Any] = {
    "model": MODELS[0],
    "max_tokens": 64,
    "messages": [{"role": "user", "content": "What is a lake?"}],
}


def given(body: Any = None, **changed: Any) -> dict[str, Any]:
    """The option for a body: bytes as they are, else a good one with some fields changed; None takes a field away."""
    if not isinstance(body, bytes):
        body = json.dumps({name: value for name, value in {**BODY, **changed}.items() if value is not None}).encode()
    return {"request": Given(body, len(body))}


def header(*pairs: tuple[str, str]) -> dict[str, Any]:
    """The option for headers."""
    return {"headers": pairs}


TURN = [
    {"role": "user", "content": "hi"},
    {"role": "assistant", "content": [{"type": "text", "text": "hello"}]},
    {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_1", "content": "9"}]},
]


def sent(name: str, cause: str, hosts: Callable[[], Mapping[str, Service]] = dict, **more: Any) -> Broken:
    """A network in which a message is really sent."""
    more = {**more, "environ": {"ANTHROPIC_MODEL": MODELS[0], **more.get("environ", {})}}
    return Broken(name, cause, hosts, send_message=True, **more)


def streaming(way: str, **more: Any) -> Callable[[], Mapping[str, Service]]:
    """The API with one of ``lab.messages.WAYS``."""
    return lambda: {API: api(message=way, **more)}


def behind(way: str, **more: Any) -> Callable[[], Mapping[str, Service]]:
    """A gateway whose messages go one of ``lab.messages.WAYS``."""
    return lambda: {"llm.corp.example": vendors.gateway(tls=Tls(), message=way, **more)}


NETWORKS: tuple[Broken, ...] = (
    Broken("a good request", "healthy", asked=given()),
    Broken("a request for a gateway with a field of its own", "healthy", lambda: {"llm.corp.example": vendors.gateway(tls=Tls())}, GATEWAY,
           asked=given(safety="low"), also=("payload_invalid",)),
    Broken("a comma too many", "payload_invalid", asked=given(b'{\n  "model": "claude-opus-5-5",\n  "max_tokens": 64,\n}'), role=PLAIN,
           below="request_too_large"),
    Broken("max_token", "payload_invalid", asked=given(max_tokens=None, max_token=64), below="model_unknown"),
    Broken("a result without its use", "payload_invalid", asked=given(messages=TURN), below="headers_invalid"),
    Broken("a body for another vendor's API", "payload_invalid", role=NEIGHBOUR, below="model_unknown",
           asked=given(model="gpt-4o", max_tokens=None, frequency_penalty=0.5, messages=[{"role": "system", "content": "x"}, *BODY["messages"]])),
    Broken("a byte order mark", "payload_invalid", asked=given(b"\xef\xbb\xbf" + json.dumps(BODY).encode()), below="headers_invalid"),
    Broken("half of a surrogate pair", "payload_invalid", asked=given(json.dumps({**BODY, "system": "\ud83d"}).encode()), below="request_too_large"),
    Broken("a bad key and a bad body", "key_rejected", key=REVOKED, asked=given(messages=[]), also=("payload_invalid",), role=COMPOUND,
           below="key_malformed"),
    Broken("a good body with a retired model", "model_unknown", asked=given(model="claude-3-opus-20240229"), below="payload_invalid"),
    Broken("an alias that only a client knows, in a body", "model_unknown", asked=given(model="opus"), below="payload_invalid"),
    Broken("an unknown version", "headers_invalid", asked=header(("anthropic-version", "2023-10-01")), role=PLAIN, below="payload_invalid"),
    Broken("no version", "headers_invalid", asked=header(("anthropic-version", "")), below="key_rejected"),
    Broken("no version in headers written by hand", "headers_invalid", client="curl", below="payload_invalid",
           asked={**header(("content-type", "application/json")), **given()}),
    Broken("a mistyped beta of the client's settings", "headers_invalid", environ={"ANTHROPIC_BETAS": "promt-caching-2024-07-31"},
           below="payload_invalid"),
    Broken("a header of the settings that cannot be sent", "headers_invalid", environ={"ANTHROPIC_CUSTOM_HEADERS": "X-Team: b\u00fccher \u2192 x"},
           role=NEIGHBOUR, below="key_malformed"),
    Broken("a body sent as text", "headers_invalid", asked={**header(("Content-Type", "text/plain")), **given()}, below="payload_invalid"),
    Broken("a version that is as good as the client's", "healthy", asked=header(("anthropic-version", "2023-01-01"))),
    Broken("headers of one's own that do no harm", "healthy", environ={"ANTHROPIC_CUSTOM_HEADERS": "X-Team: platform\nX-Trace: 1"}),
    Broken("a key given as a header in place of a refused one", "healthy", key=REVOKED, asked=header(("x-api-key", KEY))),
    Broken("a body of 33 MB", "request_too_large", asked=given(json.dumps({**BODY, "system": "x" * 34_000_000}).encode()), role=PLAIN,
           below="payload_invalid"),
    Broken("a prompt over the model's window", "request_too_large", lambda: {API: api(window=1000)}, below="payload_invalid", role=NEIGHBOUR,
           asked=given(messages=[{"role": "user", "content": "lake " * 2000}])),
    Broken("a gateway with a limit of its own", "request_too_large", lambda: {"llm.corp.example": vendors.gateway(tls=Tls(), largest=100_000)},
           GATEWAY, asked=given(system="x" * 200_000), below="gateway_fault"),
    sent("a message", "healthy"),
    sent("a message without a stream", "healthy", client="curl"),
    sent("a given message", "healthy", asked=given(stream=True)),
    sent("a model that nobody named", "healthy", environ={"ANTHROPIC_MODEL": ""}),
    sent("a gateway that has messages alone", "healthy", behind("whole", free=False), environ=GATEWAY),
    sent("a whole message in place of a stream", "healthy", behind("unstreamed"), environ=GATEWAY, also=("stream_interrupted",)),
    sent("events that come together since they are few", "healthy", streaming("brief")),
    sent("few events from a gateway", "healthy", behind("brief"), environ=GATEWAY),
    sent("a stream that is cut", "stream_interrupted", streaming("cut"), role=PLAIN, below="overloaded"),
    sent("a gateway that collects events and tells their length", "stream_interrupted", behind("measured"), environ=GATEWAY, below="gateway_fault"),
    sent("a gateway that collects events", "stream_interrupted", behind("lumped"), environ=GATEWAY, role=NEIGHBOUR, below="gateway_fault",
         least=0.7),
    sent("an inspection that collects events", "stream_interrupted", streaming("lumped", tls=Tls(chain="private_ca")), below="tls_intercepted",
         environ={"NODE_EXTRA_CA_CERTS": "/corp.pem"}, files={"/corp.pem": private_root().pem.encode()}, least=0.7),
    sent("busy after the stream began", "overloaded", streaming("overloaded"), role=NEIGHBOUR, below="stream_interrupted"),
    sent("no credit, which only a message shows", "credit_exhausted", streaming("no_credit"), role=NEIGHBOUR, below="rate_limited"),
    sent("a limit of one's own on spending", "credit_exhausted", streaming("spend_limit"), below="payload_invalid"),
    sent("no credit, and a request was given", "credit_exhausted", streaming("no_credit"), asked=given(), below="payload_invalid"),
    sent("a limit on messages alone", "rate_limited", streaming("rate_limited"), below="credit_exhausted"),
    sent("a bad key, and nothing is sent", "key_rejected", key=REVOKED, below="credit_exhausted"),
)  # fmt: skip
"""Broken networks whose fault is in what is sent."""
