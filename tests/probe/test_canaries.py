"""Canaries in every place the probe reads from, and in its command line, come out of nothing that it prints or sends."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from diagnostics.engine import pasting
from tests.canaries import FILES, SECRETS, VARIABLES, leaks
from tests.probe.running import ALONE, BARE, WORLD, run

KEY = "sk-ant-api03-" + "vT7pQ2mKx9ZbLr4W" * 5 + "-fY8nCdAA"
WORD, QUERY, TOKEN, USER, PATH = (f"Zp4{name}{'q8Wn2Xv6' * 3}" for name in ("Word", "Query", "Token", "User", "Path"))
HELD = (KEY.removeprefix("sk-ant-api03-"), WORD, QUERY, TOKEN, USER, PATH, *SECRETS.values())
BASE_URL = f"http://{USER}:{WORD}@127.0.0.1:9/{PATH}/v1?key={QUERY}"
ENVIRON = {
    **BARE,
    **VARIABLES,
    "ANTHROPIC_API_KEY": KEY,
    "ANTHROPIC_AUTH_TOKEN": TOKEN,
    "OPENAI_API_KEY": f"sk-proj-{TOKEN}",
    "HTTP_PROXY": f"http://{USER}:{WORD}@127.0.0.1:9",
    "ALL_PROXY": f"socks5://{USER}:{WORD}@127.0.0.1:9",
    "NO_PROXY": f"x.example,{USER}",
}
QUICK = ("--quick", "--timeout", "10")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home folder with canaries in its files, and settings that cannot be read beside them."""
    for name, content in FILES.items():
        path = tmp_path / name.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    settings = {"env": {"ANTHROPIC_AUTH_TOKEN": TOKEN}, "apiKeyHelper": f"echo {KEY}"}
    (tmp_path / ".claude" / "settings.json").write_text(json.dumps(settings))
    (tmp_path / ".claude" / "settings.local.json").write_text(f'{{"env": {{"ANTHROPIC_API_KEY": "{KEY}"}},}}')
    (tmp_path / ".claude.json").write_text(json.dumps({"primaryApiKey": KEY, "hasCompletedOnboarding": True}))
    return tmp_path


@pytest.mark.netns
@pytest.mark.parametrize(
    "arguments",
    [
        QUICK,
        (*QUICK, "--json"),
        (*QUICK, "--paste"),
        ("--plan",),
        ("--plan", "--json"),
        (*QUICK, "--json", "--base-url", BASE_URL, "--header", f"x-api-key: {TOKEN}", "--header", f"Cookie: a={QUERY}"),
        ("--plan", "--base-url", BASE_URL, "--control", f"http://{USER}:{WORD}@c.example/?key={QUERY}"),
        (
            "--plan",
            "--resolver",
            f"https://{USER}:{WORD}@dns.example/q?key={QUERY}",
            "--upload",
            BASE_URL,
            "--token",
            TOKEN,
        ),
        (*QUICK, "--upload", BASE_URL, "--token", TOKEN, "--yes"),
        (*QUICK, "--run-helper", "--json"),
        (*QUICK, "--client", "anthropic-python", "--json", "--model", KEY),
        # what nobody meant
        ("--token", TOKEN),
        (KEY,),
        (f"--key={KEY}",),
        ("--header", KEY),
        ("--timeout", KEY),
        ("--control", f"ftp://{USER}:{WORD}@c.example/?key={QUERY}"),
        ("--resolver", f"{USER}:{WORD}@1.1.1.1"),
        ("--client", KEY),
    ],
    ids=lambda arguments: " ".join(one.split("=")[0] for one in arguments if one.startswith("--")) or "a bare key",
)
def test_no_canary_comes_out(probe: Path, home: Path, arguments: Sequence[str]) -> None:
    for base_url in ({}, {"ANTHROPIC_BASE_URL": BASE_URL}):
        ended = run(probe, *arguments, environ={**ENVIRON, "HOME": str(home), **base_url}, cwd=home)
        told = ended.stdout + ended.stderr
        if "--paste" in arguments:
            told += pasting.read(ended.stdout).decode()
        assert leaks(told, HELD) == [], told
        assert "Traceback" not in told
        assert ended.returncode in (0, 1, 2, 3), told


@pytest.mark.netns
def test_no_canary_is_sent(probe: Path, home: Path) -> None:
    world = (*ALONE, sys.executable, str(WORLD), "dashboard", "409")
    ended = run(
        probe,
        *QUICK,
        "--token",
        TOKEN,
        "--yes",
        before=world,
        environ={**ENVIRON, "HOME": str(home), "ANTHROPIC_BASE_URL": BASE_URL},
    )
    told = json.loads(ended.stdout)
    (sent,) = told["arrived"]
    assert sent["authorization"] == f"Bearer {TOKEN}"
    assert leaks(json.dumps(sent["body"]) + told["stdout"] + told["stderr"], HELD) == []
    hidden = sent["body"]["report"]["environment"]["hidden"]
    assert {"key", "token", "user name", "password", "query", "path", "header", "cookie"} <= {
        one["kind"] for one in hidden
    }
