"""The API's shapes: which words, headers and statuses a client meets, and in which order the gates stand."""

from __future__ import annotations

import http.client
import json

import pytest

from diagnostics.lab import KEY, messages
from diagnostics.lab.api import MODELS, api
from diagnostics.lab.http import Site
from diagnostics.lab.network import Lab
from tests.lab.fixtures import Serve
from tests.lab.referee import Told, ask, connect, shake

HOST = "api.anthropic.com"
VERSION = {"anthropic-version": "2023-06-01"}
JSON = {"content-type": "application/json"}
GOOD = {"x-api-key": KEY, **VERSION, **JSON}
MESSAGE = {"model": MODELS[0], "messages": [{"role": "user", "content": "hi"}], "max_tokens": 1}


def get(lab: Lab, path: str, headers: dict[str, str] | None = None) -> Told:
    return ask(lab, f"https://{HOST}{path}", headers)


def post(lab: Lab, path: str, body: object, headers: dict[str, str] | None = None) -> Told:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return ask(lab, f"https://{HOST}{path}", headers or GOOD, method="POST", body=data)


def error(told: Told) -> tuple[int, str, str]:
    body = json.loads(told.body)
    assert body["type"] == "error"
    return told.status, body["error"]["type"], body["error"]["message"]


def test_the_key_is_well_formed() -> None:
    assert len(KEY) == 108
    assert KEY.startswith("sk-ant-api03-")
    assert KEY.endswith("AA")


@pytest.mark.parametrize(("host", "path"), [(HOST, "/api/hello"), ("platform.claude.com", "/v1/oauth/hello")])
def test_the_first_run_addresses_say_hello(serve: Serve, host: str, path: str) -> None:
    told = ask(serve(), f"https://{host}{path}")
    assert (told.status, told.text) == (200, '{"message":"hello"}')
    assert told.headers["server"] == "cloudflare"
    assert told.headers["cf-ray"]


def test_the_trace_tells_the_exit_country(serve: Serve) -> None:
    lines = dict(line.split("=", 1) for line in get(serve(country="NZ"), "/cdn-cgi/trace").text.splitlines())
    assert lines["loc"] == "NZ"
    assert lines["h"] == HOST
    assert lines["ip"]


def test_without_a_key_the_models_are_401(serve: Serve) -> None:
    told = get(serve(), "/v1/models", VERSION)
    assert error(told) == (401, "authentication_error", "x-api-key header is required")


@pytest.mark.parametrize("headers", [{"x-api-key": KEY[:-3] + "BAA"}, {"authorization": f"Bearer {KEY[:-3]}BAA"}])
def test_a_wrong_key_is_invalid_with_a_null_id(serve: Serve, headers: dict[str, str]) -> None:
    told = get(serve(), "/v1/models", {**headers, **VERSION})
    assert error(told) == (401, "authentication_error", "API key is invalid.")
    assert json.loads(told.body)["request_id"] is None
    assert "request-id" not in told.headers


def test_a_wrong_login_token_has_its_own_words(serve: Serve) -> None:
    told = get(serve(), "/v1/models", {"authorization": "Bearer sk-ant-oat01-x", **VERSION})
    assert error(told)[2] == "OAuth access token is invalid."


@pytest.mark.parametrize("headers", [{"x-api-key": KEY}, {"authorization": f"Bearer {KEY}"}])
def test_the_right_key_lists_models_in_either_header(serve: Serve, headers: dict[str, str]) -> None:
    told = get(serve(), "/v1/models?limit=2", {**headers, **VERSION})
    body = json.loads(told.body)
    assert told.status == 200
    assert [one["id"] for one in body["data"]] == list(MODELS[:2])
    assert body["has_more"] is True
    assert told.headers["request-id"].startswith("req_")
    assert told.headers["anthropic-organization-id"]
    assert told.headers["anthropic-ratelimit-requests-remaining"] == "4000"


def test_a_known_model_is_told_and_an_unknown_one_is_404(serve: Serve) -> None:
    lab = serve()
    assert json.loads(get(lab, f"/v1/models/{MODELS[0]}", GOOD).body)["id"] == MODELS[0]
    assert error(get(lab, "/v1/models/claude-2.1", GOOD)) == (404, "not_found_error", "model: claude-2.1")


def test_a_doubled_version_in_the_path_is_404(serve: Serve) -> None:
    assert error(get(serve(), "/v1/v1/models", GOOD))[:2] == (404, "not_found_error")


def test_the_version_header_is_wanted(serve: Serve) -> None:
    told = get(serve(), "/v1/models", {"x-api-key": KEY})
    assert error(told) == (400, "invalid_request_error", "anthropic-version: header is required")


def test_tokens_are_counted_and_a_message_is_answered(serve: Serve) -> None:
    lab = serve()
    asked = {"model": MODELS[0], "messages": [{"role": "user", "content": "hi"}]}
    assert json.loads(post(lab, "/v1/messages/count_tokens", asked).body) == {"input_tokens": 8}
    told = post(lab, "/v1/messages?beta=true", {**asked, "max_tokens": 1})
    assert json.loads(told.body)["role"] == "assistant"


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        (
            "/v1/messages",
            {"model": MODELS[0], "messages": []},
            (400, "invalid_request_error", "max_tokens: Field required"),
        ),
        ("/v1/messages/count_tokens", {"messages": []}, (400, "invalid_request_error", "model: Field required")),
        ("/v1/messages/count_tokens", [], (400, "invalid_request_error", "model: Field required")),
        (
            "/v1/messages/count_tokens",
            {"model": "gpt-5", "messages": []},
            (400, "invalid_request_error", "messages: at least one message is required"),
        ),
        (
            "/v1/messages/count_tokens",
            {**MESSAGE, "model": "gpt-5"},
            (400, "invalid_request_error", "max_tokens: Extra inputs are not permitted"),
        ),
        ("/v1/messages", {**MESSAGE, "model": "gpt-5"}, (404, "not_found_error", "model: gpt-5")),
        ("/v1/messages", {**MESSAGE, "foo": 1}, (400, "invalid_request_error", "foo: Extra inputs are not permitted")),
        ("/v1/messages", {**MESSAGE, "temperature": 2}, (400, "invalid_request_error", "temperature: range: 0..1")),
        (
            "/v1/messages",
            {**MESSAGE, "messages": [{"role": "user", "content": "x" * 900_000}]},
            (400, "invalid_request_error", "prompt is too long: 225008 tokens > 200000 maximum"),
        ),
    ],
)
def test_a_wrong_body_is_refused_by_name(serve: Serve, path: str, body: object, expected: tuple[int, str, str]) -> None:
    assert error(post(serve(), path, body)) == expected


def test_broken_json_is_said_to_be_broken(serve: Serve) -> None:
    assert error(post(serve(), "/v1/messages", b"{nope"))[2].startswith("The request body is not valid JSON:")


@pytest.mark.parametrize(
    ("mode", "status", "kind", "header"),
    [
        ("rate_limited", 429, "rate_limit_error", "retry-after"),
        ("overloaded", 529, "overloaded_error", "x-should-retry"),
        ("error", 500, "api_error", "request-id"),
    ],
)
def test_an_api_in_trouble_speaks_its_own_json(serve: Serve, mode: str, status: int, kind: str, header: str) -> None:
    lab = serve({HOST: api(mode)})
    told = get(lab, "/v1/models", GOOD)
    assert error(told)[:2] == (status, kind)
    assert header in told.headers
    assert get(lab, "/api/hello").status == 200


def test_a_wrong_key_is_told_before_the_rate(serve: Serve) -> None:
    assert get(serve({HOST: api("rate_limited")}), "/v1/models", {"x-api-key": "sk-nope", **VERSION}).status == 401


@pytest.mark.parametrize("path", ["/api/hello", "/v1/models"])
def test_the_edge_refuses_a_region_without_the_outer_type(serve: Serve, path: str) -> None:
    for lab in (serve({HOST: api("region")}), serve(country="HK")):
        told = get(lab, path, GOOD)
        assert told.status == 403
        assert json.loads(told.body) == {"error": {"type": "forbidden", "message": "Request not allowed"}}
        assert "request-id" not in told.headers
        assert get(lab, "/cdn-cgi/trace").status == 200


@pytest.mark.parametrize(
    ("mode", "status", "words", "headers"),
    [
        ("challenge", 403, "<title>Just a moment...</title>", {"cf-mitigated": "challenge"}),
        ("banned", 403, "error code: 1010", {}),
        ("unavailable", 503, "503 Service Temporarily Unavailable", {}),
    ],
)
def test_the_edge_answers_in_place_of_the_api(
    serve: Serve, mode: str, status: int, words: str, headers: dict[str, str]
) -> None:
    told = get(serve({HOST: api(mode)}), "/v1/models", GOOD)
    assert told.status == status
    assert words in told.text
    assert headers.items() <= dict(told.headers).items()
    assert told.headers["server"] == "cloudflare"


def test_a_first_run_address_can_fail_alone(serve: Serve) -> None:
    lab = serve({"platform.claude.com": api(hello=500)})
    assert ask(lab, "https://platform.claude.com/v1/oauth/hello").status == 500
    assert get(lab, "/api/hello").status == 200


def test_a_silent_api_takes_the_request_and_never_answers(serve: Serve) -> None:
    with shake(serve({HOST: api("silent")}), HOST) as connection:
        connection.settimeout(0.3)
        connection.sendall(f"GET /api/hello HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
        with pytest.raises(TimeoutError):
            connection.recv(1)


def test_an_api_resets_after_the_request(serve: Serve) -> None:
    with pytest.raises(ConnectionResetError):
        get(serve({HOST: api("reset")}), "/api/hello")


def test_an_answer_is_cut_in_the_middle(serve: Serve) -> None:
    with pytest.raises(http.client.IncompleteRead):
        post(serve({HOST: api("cut")}), "/v1/messages", MESSAGE)


@pytest.mark.parametrize(
    ("headers", "status", "words"),
    [
        ({**VERSION}, 415, "content-type: must be application/json"),
        ({**JSON, "anthropic-version": "2023-10-01"}, 400, 'anthropic-version: "2023-10-01" is not a valid version'),
        ({**JSON, **VERSION, "anthropic-beta": "promt"}, 400, "Unexpected value(s) `promt` for the `anthropic-beta` header."),
    ],
)  # fmt: skip
def test_a_wrong_header_is_refused_by_name(serve: Serve, headers: dict[str, str], status: int, words: str) -> None:
    told = post(serve(), "/v1/messages", MESSAGE, {"x-api-key": KEY, **headers})
    assert error(told) == (status, "invalid_request_error", words)


def test_a_body_over_the_limit_never_reaches_the_api(serve: Serve) -> None:
    told = post(serve(), "/v1/messages", b" " * (messages.LARGEST + 1))
    assert (told.status, told.headers["server"]) == (413, "cloudflare")
    assert "request-id" not in told.headers


def test_a_message_is_streamed_event_by_event(serve: Serve) -> None:
    told = post(serve(), "/v1/messages", {**MESSAGE, "stream": True})
    names = [line.partition(": ")[2] for line in told.text.splitlines() if line.startswith("event: ")]
    assert (names[0], names[-1]) == ("message_start", "message_stop")
    assert told.headers["content-type"].startswith("text/event-stream")
    assert "content-length" not in told.headers


@pytest.mark.parametrize(("way", "status"), [("no_credit", 400), ("spend_limit", 400), ("rate_limited", 429)])
def test_only_a_message_shows_what_it_is_refused_for(serve: Serve, way: str, status: int) -> None:
    lab = serve({HOST: api(message=way)})
    assert get(lab, "/v1/models", GOOD).status == 200
    counted = {name: value for name, value in MESSAGE.items() if name != "max_tokens"}
    assert post(lab, "/v1/messages/count_tokens", counted).status == 200
    assert post(lab, "/v1/messages", MESSAGE).status == status


def test_one_connection_carries_several_requests(serve: Serve) -> None:
    lab = serve()
    with shake(lab, HOST) as connection:
        client = http.client.HTTPConnection(HOST)
        client.sock = connection
        for _ in range(3):
            client.request("GET", "/api/hello")
            assert client.getresponse().read() == b'{"message":"hello"}'
        client.request("HEAD", "/api/hello")
        assert client.getresponse().read() == b""
        client.request("POST", "/v1/messages", iter([b"{}"]), GOOD, encode_chunked=True)
        assert client.getresponse().status == 400


def test_an_api_can_be_spoken_to_in_the_clear(serve: Serve) -> None:
    lab = serve({"gateway.example:4000": api(tls=None)})
    assert ask(lab, "http://gateway.example:4000/api/hello").status == 200


@pytest.mark.parametrize(
    "nonsense",
    [b"\x16\x03\x01\x00\x05hello", b"GET /\r\n\r\n", b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n"],
)
def test_nonsense_ends_its_own_connection_only(serve: Serve, nonsense: bytes) -> None:
    lab = serve({"gateway.example:4000": api(tls=None)})
    with connect(lab, "gateway.example", 4000) as sock:
        sock.sendall(nonsense + b"\r\n\r\n")
        assert sock.recv(1) == b""
    assert ask(lab, "http://gateway.example:4000/api/hello").status == 200


def test_an_unknown_mode_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="unknown mode"):
        api("sulking")


def test_what_was_seen_never_shows_a_credential(serve: Serve) -> None:
    lab = serve()
    get(lab, "/v1/models", GOOD)
    [seen] = lab.seen
    assert (seen.host, seen.port, seen.method, seen.target) == (HOST, 443, "GET", "/v1/models")
    assert seen.credentials["x-api-key"].reveal() == KEY
    assert KEY not in repr(seen)
    assert isinstance(api(), Site)
