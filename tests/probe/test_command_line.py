"""The command line of ``probe.pyz``: what is wrong with it, what is planned, what is sent."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from diagnostics.engine import pasting, report
from diagnostics.engine.cli import options
from diagnostics.lab import KEY, certificates
from tests.probe.running import ALONE, BARE, WORLD, run

WRONG = [
    (["--no-such-option"], "--no-such-option"),
    (["extra"], "a word without an option"),
    (["--timeout", "0"], "between 1 and 600"),
    (["--client", "claude-code@latest"], "NAME@VERSION"),
    (["--client", "@2.1.197"], "NAME@VERSION"),
    (["--timeout", "nan"], "between 1 and 600"),
    (["--timeout", "soon"], "not a number"),
    (["--watch", "0"], "between 1 and 86400"),
    (["--watch=inf"], "between 1 and 86400"),
    (["--watch", "5", "--paste"], "--watch"),
    (["--watch", "5", "--upload", "http://d", "--token", "tsu_x", "--yes"], "Keep the probe listening"),
    (["--watch", "5", "--upload", "http://d", "--token", "tsk_x"], "--yes"),
    (["--paste", "--json"], "leave one out"),
    (["--run", "7"], "--upload"),
    (["--mode", "both"], "--mode"),
    (["--control", "ftp://x"], "https://"),
    (["--resolver", "dns.google"], "neither an address"),
    (["--resolver", "192.0.2.1:99999"], "neither an address"),
    (["--header", "novalue"], "NAME:VALUE"),
    (["--header", "na me: x"], "NAME:VALUE"),
    (["--public-roots", "/no/such.pem"], "cannot be read (No such file or directory)"),
    (["--public-roots", "/"], "cannot be read (Is a directory)"),
    (["--public-roots", "/dev/null"], "holds no certificate"),
    (["--public-roots", str(WORLD)], "holds no certificate"),
    (["--request", "/no/such.json"], "--request: /no/such.json cannot be read (No such file or directory)"),
    (["--request", "/"], "cannot be read (Is a directory)"),
    (["--project", "/no/such/folder"], "no folder"),
    (["--upload", "http://d"], "--token"),
    (["--token", "t"], "--upload"),
    (["--upload", "dashboard", "--token", "t"], "https://"),
    (["--upload", "http://d", "--token", "t"], "--yes"),
]


@pytest.mark.parametrize(("arguments", "told"), WRONG)
def test_a_wrong_command_line_is_told_in_a_sentence(arguments: Sequence[str], told: str) -> None:
    with pytest.raises(options.WrongCommand, match=re.escape(told)):
        options.read(arguments, asks=False)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--no-such-option"], "--no-such-option"),
        (["--public-roots", "/no/such.pem"], "cannot be read (No such file or directory)"),
        (["--client", "netscape", "--plan"], "netscape"),
        (["--client", "netscape"], "netscape"),
    ],
)
def test_a_wrong_command_line_ends_with_2(probe: Path, arguments: Sequence[str], told: str) -> None:
    ended = run(probe, *arguments, before=())
    assert (ended.returncode, ended.stdout) == (2, "")
    assert told in ended.stderr
    assert "Traceback" not in ended.stderr


def test_help_is_0_and_names_every_option(probe: Path) -> None:
    ended = run(probe, "--help", before=())
    assert (ended.returncode, ended.stderr) == (0, "")
    promised = ("--json --client --mode --base-url --model --header --public-roots --control --resolver --project --quick --timeout --plan "
                "--watch --upload --token --run --yes --paste --run-helper --request --send-message")  # fmt: skip
    assert set(promised.split()) <= set(re.findall(r"--[a-z-]+", ended.stdout))


def test_the_plan_names_every_destination(probe: Path) -> None:
    upload = ("--upload", "https://dash.example", "--token", "t")
    environ = {**BARE, "HTTPS_PROXY": "http://anna:s3cret@proxy.example:8080"}
    arguments = ("--plan", "--json", "--timeout", "12", *upload, "--control", "http://c.example/")
    ended = run(probe, *arguments, environ=environ, before=())
    plan = json.loads(ended.stdout)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert (plan["billed_tokens"], plan["upper_bound_seconds"]) == (0, 12)
    assert {"https://dash.example", "http://c.example/", "1.1.1.1", "https://api.anthropic.com/api/hello"} <= set(
        plan["destinations"]
    )
    assert "http://proxy.example:8080 (the configured proxy)" in plan["destinations"]
    assert "s3cret" not in ended.stdout


def test_what_a_setting_holds_cannot_act_on_the_terminal(probe: Path) -> None:
    hostile = "https://a\x1b[2J\x07.example/\r\n\u202eBilled tokens: 0"
    environ = {**BARE, "ANTHROPIC_BASE_URL": hostile, "HTTPS_PROXY": f"http://u:p@{hostile[8:]}"}
    for arguments in (("--plan",), ("--timeout", "\x1b[2J"), ("--\x1b[2J",), ("--project", "\x1b[2J")):
        ended = run(probe, *arguments, environ=environ, before=())
        assert not set("\x1b\x07\r\u202e") & set(ended.stdout + ended.stderr)


def test_the_plan_runs_no_helper_even_where_a_run_might(probe: Path, tmp_path: Path) -> None:
    (tmp_path / ".claude").mkdir()
    (tmp_path / ".claude" / "settings.json").write_text(json.dumps({"apiKeyHelper": f"touch {tmp_path}/ran; echo key"}))
    ended = run(probe, "--plan", "--run-helper", environ={**BARE, "HOME": str(tmp_path)}, before=())
    assert ended.returncode == 0
    assert not (tmp_path / "ran").exists()


@pytest.mark.netns
def test_the_text_is_for_a_tired_person(probe: Path) -> None:
    ended = run(probe, environ={**BARE, "ANTHROPIC_API_KEY": KEY, "COLUMNS": "72"})
    lines = [line for line in ended.stdout.splitlines() if line.strip()]
    assert "This machine has no way out of its network" in lines[0]
    assert max(len(line) for line in lines if not line.startswith("      ")) <= 72
    assert KEY not in ended.stdout + ended.stderr


@pytest.mark.netns
def test_the_block_to_paste_is_the_report(probe: Path) -> None:
    ended = run(
        probe, "--paste", "--run", "0b0c9d3e-6a53-4b6e-9a39-3c8f24a0c001", environ={**BARE, "ANTHROPIC_API_KEY": KEY}
    )
    assert (ended.returncode, ended.stderr) == (1, "")
    found = report.parse(pasting.read(ended.stdout))
    assert found.run["id"] == "0b0c9d3e-6a53-4b6e-9a39-3c8f24a0c001"
    assert found.attempts
    assert KEY.encode() not in pasting.read(ended.stdout)


@pytest.mark.netns
def test_given_roots_take_the_place_of_the_bundled_ones_and_each_set_is_told_with_its_size(
    probe: Path, tmp_path: Path
) -> None:
    roots = tmp_path / "roots.pem"
    roots.write_text(certificates.practice_root().pem)
    given = ("--public-roots", str(roots))
    for client, added in (("claude-code", ()), ("claude-code", given), ("anthropic-python", given)):
        told = json.loads(run(probe, "--json", "--quick", "--client", client, *added).stdout)
        sets = {one["set"]: one for one in told["environment"]["trust"]["sets"]}
        if added:
            assert sets["public"] == {"set": "public", "from": "given in place of every bundled list", "size": 1}
            assert sets["client"]["size"] <= sets["system"]["size"] + 1
        else:
            assert sets["public"]["size"] > 100


# -- sending -------------------------------------------------------------------------------------------------------


def _with_dashboard(probe: Path, status: int, *arguments: str) -> Any:
    command = [*ALONE, sys.executable, str(WORLD), "dashboard", str(status), sys.executable, str(probe), *arguments]
    environ = {**BARE, "ANTHROPIC_API_KEY": KEY}
    ended = subprocess.run(command, capture_output=True, text=True, env=environ, check=False, timeout=120)
    return json.loads(ended.stdout)


@pytest.mark.netns
def test_the_report_is_sent_with_the_token_and_for_the_run(probe: Path) -> None:
    run_id = "0b0c9d3e-6a53-4b6e-9a39-3c8f24a0c001"
    told = _with_dashboard(probe, 202, "--json", "--token", "t0k3n", "--run", run_id, "--yes")
    (sent,) = told["arrived"]
    assert (sent["path"], sent["authorization"]) == ("/api/v1/uploads", "Bearer t0k3n")
    assert sent["body"]["run"] == run_id
    assert sent["body"]["report"] == json.loads(told["stdout"])
    assert report.parse(sent["body"]["report"]).run["id"] == run_id
    assert told["code"] == 1
    assert "http://dashboard/runs/7" in told["stderr"]
    assert "goes to http://127.0.0.1" in told["stderr"]
    assert "t0k3n" not in told["stdout"] + told["stderr"]
    assert KEY not in json.dumps(told)


@pytest.mark.netns
def test_a_refused_upload_is_told_and_keeps_the_exit_code(probe: Path) -> None:
    told = _with_dashboard(probe, 409, "--token", "t0k3n", "--yes", "--paste")
    assert told["code"] == 1
    assert "was not sent. This run has its report already." in told["stderr"]
    assert report.parse(pasting.read(told["stdout"])).attempts
