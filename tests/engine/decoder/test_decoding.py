"""What the decoder says of texts: the cause, its place in the text, and what the text itself takes back."""

from __future__ import annotations

import json

import pytest

from diagnostics.engine.decoder import MOST, decode
from diagnostics.engine.vocabulary import CAUSES, HEALTHY, PROBE_NAMES, UNKNOWN

DISABLED = '{"type":"error","error":{"type":"invalid_request_error","message":"This organization has been disabled."}}'
OVERLOADED = 'API Error (529 {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}})'


def first(text: str) -> str:
    """The cause that is named."""
    return decode(text).ranked[0].cause


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("Error: connect ECONNREFUSED 127.0.0.1:443", "dns_hijacked"),
        ("Error: connect ECONNREFUSED 127.0.0.1:7890", "proxy_unreachable"),
        ("ANTHROPIC_BASE_URL=http://127.0.0.1:3456\nUnable to connect to API (ConnectionRefused)", "gateway_fault"),
        ("HTTPS_PROXY=http://10.0.0.8:3128\nConnect Timeout Error (attempted address: 10.0.0.8:3128)", "proxy_unreachable"),
        ("HTTPS_PROXY=http://p.example:3128\nError: connect ETIMEDOUT 160.79.104.10:443", "proxy_bypassed"),
        ("$ dig +short api.anthropic.com\n146.112.61.106\ncurl: (60) SSL certificate problem", "dns_hijacked"),
        ("Thu Oct 15 03:12:09 UTC 2026\ndate: Thu, 15 Oct 2026 11:14:51 GMT\ncertificate is not yet valid", "clock_skew"),
        ("OSError('Tunnel connection failed: 407 Proxy Authentication Required')", "proxy_auth_required"),
        ("OSError('Tunnel connection failed: 403 Forbidden')", "proxy_blocked"),
        ("[WinError 10061] 由于目标计算机积极拒绝，无法连接。", "firewall_blocked"),
        ("Temporärer Fehler bei der Namensauflösung", "dns_failure"),
        (f"HTTP/2 400\n\n{DISABLED}", "org_disabled"),
    ],
)  # fmt: skip
def test_what_a_text_tells(text: str, cause: str) -> None:
    assert first(text) == cause


@pytest.mark.parametrize(
    "text",
    [
        DISABLED,
        DISABLED.replace('"', '\\"'),
        DISABLED.replace('"', "&quot;"),
        DISABLED.replace('"', "'"),
        f"b'{DISABLED}'",
        f"\x1b[31mAPI Error: 400 {DISABLED}\x1b[0m",
        f"> > API Error: 400 {DISABLED}",
        f"2026-03-14 13:47:37,534 ERROR [worker-3] {DISABLED}",
        "\n".join(f"│ {DISABLED[at : at + 40]:40} │" for at in range(0, len(DISABLED), 40)),
        "\n".join(DISABLED[at : at + 45] for at in range(0, len(DISABLED), 45)),
        "API Error: 400 This organization has\nbeen disabled.".replace("400 ", "400 because of this: "),
        json.dumps({"log": f"started\n{DISABLED}\nended"}),
        f"{DISABLED}\r\n",
        f"{'x' * 5_000} {DISABLED}",
    ],
    ids=range(14),
)
def test_the_same_error_in_every_dress(text: str) -> None:
    assert first(text) == "org_disabled"


def test_an_answer_of_the_api_rules_out_what_lies_before_it() -> None:
    alone = decode("getaddrinfo ENOTFOUND api.anthropic.com")
    answered = decode(f"getaddrinfo ENOTFOUND api.anthropic.com (retry 1/3)\nAPI Error: 400 {DISABLED}")
    assert alone.ranked[0].cause == "dns_failure"
    assert answered.ranked[0].cause == "org_disabled"
    assert answered.ranked[0].confidence > 0.9


def test_what_was_retried_and_went_away_is_not_the_cause() -> None:
    text = f"{OVERLOADED} · Retrying in 1 seconds… (attempt 1/10)\n● API Error: 400 prompt is too long: 231007 tokens > 200000 maximum"
    assert first(text) == "request_too_large"


def test_a_successful_answer_alone_is_healthy() -> None:
    assert (
        first('> POST /v1/messages HTTP/1.1\n< HTTP/1.1 200 OK\n{"type":"message","stop_reason":"end_turn"}') == HEALTHY
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        "hello",
        "git@git.example.org: Permission denied (publickey).",
        "ERROR: deadlock detected\nDETAIL: Process 411 waits for ShareLock",
        "tests/test_errors.py::test_407_proxy_auth_required_is_mapped PASSED",
        "1a2b3c4 docs: what to do when the certificate has expired\n2b3c4d5 retry on ECONNRESET and 503",
        "SELECT count(*) FROM events WHERE message LIKE '%SELF_SIGNED_CERT_IN_CHAIN%';",
        '"GET /wp-login.php HTTP/1.1" 404 153 "-" "Mozilla/5.0"',
        "ModuleNotFoundError: No module named 'anthropic'",
        "- `ECONNREFUSED`: is it running?\n- `SELF_SIGNED_CERT_IN_CHAIN`: set a CA.\n- `529 Overloaded`: wait.",
    ],
)
def test_a_text_about_something_else_is_unknown(text: str) -> None:
    assert first(text) == UNKNOWN


def test_the_mark_stands_where_the_words_are() -> None:
    text = "one\ntwo\n  \x1b[31mError: getaddrinfo ENOTFOUND api.anthropic.com\x1b[0m\nfour"
    answer = decode(text)
    mark = next(one for one in answer.marks if one.sign == "dns.unresolved")
    line = answer.text.split("\n")[mark.line - 1]
    assert mark.line == 3
    assert line[mark.begin : mark.end] == "ENOTFOUND api.anthropic.com"
    assert mark.causes[0] == "dns_failure"
    assert answer.text.count("\n") == text.count("\n")


def test_marks_of_a_long_text_stand_where_the_words_are() -> None:
    noise = "2026-03-14 INFO job picked up\n" * 20_000
    answer = decode(noise + "Error: getaddrinfo ENOTFOUND api.anthropic.com\n" + noise)
    mark = answer.marks[0]
    assert mark.line == 20_001
    assert answer.text.split("\n")[mark.line - 1][mark.begin : mark.end].startswith("ENOTFOUND")
    assert answer.ranked[0].cause == "dns_failure"


@pytest.mark.parametrize(
    ("text", "name", "version"),
    [
        ("claude-cli/2.1.197\nAPI Error: 500", "claude-code", "2.1.197"),
        ("anthropic.APIConnectionError: Connection error.", "anthropic-python", None),
        ("curl: (6) Could not resolve host: x", "curl", None),
        ("requests.exceptions.ConnectionError: x", "python-requests", None),
        ("AxiosError: Network Error", "axios", None),
    ],
)
def test_the_client_is_told_by_its_wording(text: str, name: str, version: str | None) -> None:
    client = decode(text).client
    assert client is not None
    assert (client.name, client.version) == (name, version)


def test_an_answer_holds_to_its_contract() -> None:
    for text in ("", "Connection error.", DISABLED, "Failed to connect to api.anthropic.com: ERR_BAD_REQUEST"):
        answer = decode(text)
        confidences = [one.confidence for one in answer.ranked]
        assert 1 <= len(answer.ranked) <= 5
        assert confidences == sorted(confidences, reverse=True)
        assert all(0 <= one <= 1 for one in confidences)
        assert {one.cause for one in answer.ranked} <= set(CAUSES)
        assert answer.decider in PROBE_NAMES
        assert answer.version.startswith("sha256:")
        assert answer == decode(text)


def test_what_several_faults_print_alike_is_not_sure() -> None:
    for text in (
        "Unable to connect to API (ECONNREFUSED)",
        "Request timed out.",
        "TypeError: fetch failed",
        "401 Client Error for url: https://api.anthropic.com/v1/messages",
    ):
        assert decode(text).ranked[0].confidence < 0.9


def test_a_text_too_long_is_cut_and_says_so() -> None:
    answer = decode("a line\n" * (MOST // 7 + 100))
    assert answer.cut
    assert len(answer.text) <= MOST
    assert not decode("a line").cut
