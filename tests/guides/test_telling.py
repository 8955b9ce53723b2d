"""What the guides tell of errors, readiness and metrics holds against the laboratory's API and the SDK that is installed."""

from __future__ import annotations

import json
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import anthropic
import httpx
import pytest

from diagnostics.lab import KEY, api
from diagnostics.lab.http import Response, Site
from tests.guides.blocks import run
from tests.guides.serving import GONE, QUESTION, Clock, Served, always, client, point, serving

# -- what lies below "Connection error." -------------------------------------------------------------------------------


def test_the_reason_below_a_connection_error_is_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    point(monkeypatch, GONE)
    run("strategies/cause.py")
    assert capsys.readouterr().out.strip().endswith("ConnectionRefusedError (111)")
    for value in ("", "no-scheme.example"):
        monkeypatch.setenv("ANTHROPIC_BASE_URL", value)
        run("strategies/cause.py")
        assert "UnsupportedProtocol" in capsys.readouterr().out


def test_a_key_with_a_line_break_is_named_and_never_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving(api.api(tls=None)) as served:
        point(monkeypatch, served)
        monkeypatch.setenv("ANTHROPIC_API_KEY", f"{KEY}\n")
        run("strategies/cause.py")
        shown = capsys.readouterr().out
        with pytest.raises(anthropic.APIConnectionError) as caught:
            anthropic.Anthropic(max_retries=0).models.list()
    assert "LocalProtocolError" in shown
    assert "sk-ant" not in shown
    assert KEY in str(caught.value.__cause__)  # which is why the guides say so


def test_an_answer_is_told_with_its_type_and_id(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving(api.api("overloaded", tls=None)) as served:
        point(monkeypatch, served)
        run("strategies/cause.py")
    assert capsys.readouterr().out.startswith("529 overloaded_error req_")
    with serving(api.api(tls=None)) as served:
        point(monkeypatch, served)
        run("strategies/cause.py")
    assert capsys.readouterr().out == "200\n"


def test_an_empty_key_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "")
    with pytest.raises(TypeError, match="Could not resolve authentication method"):
        anthropic.Anthropic(base_url=GONE).models.list()


def test_of_two_credentials_the_key_goes_out(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    with serving(api.api(tls=None)) as served:
        point(monkeypatch, served)
        monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", "another")
        anthropic.Anthropic(max_retries=0).models.list()
        assert {name: one.reveal() for name, one in served.lab.seen[0].credentials.items()} == {
            "authorization": f"Bearer {KEY}"
        }
    assert "both set" in caplog.text


cut_off = replace(Response.text(200, '{"content": [{"te'), headers={"content-type": "application/json"})


@pytest.mark.parametrize(
    ("site", "shown"),
    [
        (api.api(tls=None), "200 Hello"),
        (
            api.api(tls=None, message="no_credit"),
            "400 {'type': 'invalid_request_error', 'message': 'Your credit balance is too low",
        ),
        (api.api("challenge", tls=None), "403 cloudflare <!DOCTYPE html>"),
        (api.api("region", tls=None), "403 {'type': 'forbidden'"),
        (Site(always(Response.json(502, {"detail": "upstream is down"})), None), '502 {"detail":'),
        (Site(always(Response.json(400, ["no"])), None), '400 ["no"]'),
        (Site(always(Response.json(200, {"choices": []})), None), '200 {"choices":'),
        (Site(always(cut_off), None), '200 {"content": [{"te'),
    ],
)
def test_plain_http_tells_who_answered(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], site: Site, shown: str
) -> None:
    with serving(site) as served:
        point(monkeypatch, served)
        run("strategies/raw.py")
    assert capsys.readouterr().out.startswith(shown)


def test_an_empty_base_url_is_none_for_plain_http(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def post(url: str, **_: Any) -> httpx.Response:
        asked.append(url)
        return httpx.Response(200, text="")

    monkeypatch.setattr(httpx, "post", post)
    point(monkeypatch, "")
    run("strategies/raw.py")
    assert asked == ["https://api.anthropic.com/v1/messages"]


# -- readiness, metrics ------------------------------------------------------------------------------------------------


def readiness(served: Served | str, clock: Clock, model: str = "claude-haiku-5-5") -> Any:
    return run("health-gates/ready.py")["Readiness"](client(served), model, clock=clock)


@pytest.mark.parametrize(
    ("site", "model", "ready", "word"),
    [
        (api.api(tls=None), "claude-haiku-5-5", True, "200"),
        (api.api(tls=None), "claude-9", False, "404"),
        (api.api(tls=None, keys=("other",)), "claude-haiku-5-5", False, "401 without a request id"),
        (api.api("region", tls=None), "claude-haiku-5-5", False, "403"),
        (api.api("rate_limited", tls=None), "claude-haiku-5-5", True, "429"),
        (api.api("overloaded", tls=None), "claude-haiku-5-5", True, "529"),
        (api.api("error", tls=None), "claude-haiku-5-5", True, "500"),
    ],
)
def test_only_our_own_faults_make_a_pod_unready(site: Site, model: str, ready: bool, word: str) -> None:
    with serving(site) as served:
        was, told = readiness(served, Clock(), model).look()
        assert (was, told.startswith(word)) == (ready, True)
        assert served.seen == [f"GET /v1/models/{model}"]  # which costs nothing


def test_readiness_is_asked_once_a_minute_however_often_it_is_looked_at() -> None:
    clock = Clock()
    with serving(api.api(tls=None)) as served:
        page = readiness(served, clock)
        assert {page.look() for _ in range(50)} == {(True, "200")}
        assert len(served.seen) == 1
        clock.now += 61
        page.look()
        assert len(served.seen) == 2


def test_no_connection_counts_at_the_start_only() -> None:
    clock = Clock()
    assert readiness(GONE, clock).look() == (False, "APIConnectionError")
    with serving(api.api(tls=None)) as served:
        page = readiness(served, clock)
        assert page.look()[0]
    clock.now += 61
    assert page.look() == (True, "APIConnectionError")  # the server is gone now


def test_a_streamed_answer_is_measured() -> None:
    times = iter([10.0, 10.4, 12.0])
    with serving(api.api(tls=None)) as served:
        text, numbers = run("metrics/metrics.py")["measured"](client(served), clock=lambda: next(times), **QUESTION)
    assert text == "Hello"
    assert (numbers.first_token, numbers.whole) == (pytest.approx(0.4), pytest.approx(2.0))
    assert (numbers.tokens_in, numbers.tokens_out, numbers.headroom) == (8, 1, 1.0)
    assert numbers.request_id.startswith("req_")


def test_headroom_is_that_of_the_tightest_limit() -> None:
    headroom = run("metrics/metrics.py")["headroom"]
    told = {
        "requests-limit": "1000",
        "requests-remaining": "900",
        "output-tokens-limit": "8000",
        "output-tokens-remaining": "400",
    }
    assert headroom({f"anthropic-ratelimit-{name}": value for name, value in told.items()}) == 0.05
    assert headroom({}) == 1.0
    assert headroom({"anthropic-ratelimit-tokens-limit": "0", "anthropic-ratelimit-tokens-remaining": "0"}) == 1.0


@pytest.mark.parametrize(
    ("site", "name"),
    [
        (api.api(tls=None, message="no_credit"), "credit"),
        (api.api(tls=None, message="spend_limit"), "spend_limit"),
        (api.api(tls=None, keys=("other",)), "401_authentication_error"),
        (api.api("region", tls=None), "region"),
        (api.api("challenge", tls=None), "403_page"),
        (api.api("rate_limited", tls=None), "429_rate_limit_error"),
        (api.api("overloaded", tls=None), "529_overloaded_error"),
        (api.api(tls=None, window=0), "prompt_too_long"),
    ],
)
def test_errors_are_counted_by_cause(site: Site, name: str) -> None:
    with serving(site) as served, pytest.raises(anthropic.APIStatusError) as caught:
        client(served).messages.create(**QUESTION)
    assert run("metrics/label.py")["label"](caught.value) == name


def test_what_never_was_answered_is_counted_too() -> None:
    label = run("metrics/label.py")["label"]
    with pytest.raises(anthropic.APIConnectionError) as refused:
        client(GONE).models.list()
    with serving(api.api("silent", tls=None)) as served, pytest.raises(anthropic.APIConnectionError) as silent:
        client(served, timeout=0.3).models.list()
    assert (label(refused.value), label(silent.value)) == ("no_connection", "timeout")


# -- the first start ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("before", [None, '{"theme": "dark", "mcpServers": {"a": 1}}', '\ufeff{"theme": "dark"}'])
def test_the_state_file_stays_valid_and_keeps_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: str | None
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("CLAUDE_CONFIG_DIR", raising=False)
    file = tmp_path / ".claude.json"
    if before is not None:
        file.write_text(before, encoding="utf-8")
        file.chmod(0o600)
    run("gateways/onboarding.py")
    state = json.loads(file.read_text(encoding="utf-8"))
    assert state.pop("hasCompletedOnboarding") is True
    assert state == json.loads((before or "{}").removeprefix("\ufeff"))
    assert before is None or stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [".claude.json"]


def test_the_state_file_is_where_the_client_looks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    moved = tmp_path / "moved"
    moved.mkdir()
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(moved))
    run("gateways/onboarding.py")
    assert json.loads((moved / ".claude.json").read_text(encoding="utf-8")) == {"hasCompletedOnboarding": True}
    assert not (tmp_path / ".claude.json").exists()


def test_a_state_file_that_is_no_json_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".claude.json").write_text('{"theme": "dark",}', encoding="utf-8")
    with pytest.raises(json.JSONDecodeError):
        run("gateways/onboarding.py")
    assert (tmp_path / ".claude.json").read_text(encoding="utf-8") == '{"theme": "dark",}'
