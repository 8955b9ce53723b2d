"""``probe.pyz`` as people get it: one file, any CPython from 3.9 on, nothing installed, and an end at the promised second."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from diagnostics import packing
from diagnostics.engine import library, report
from diagnostics.lab.api import KEY

WORLD = Path(__file__).with_name("probe_world.py")
INTERPRETERS = sorted(Path.home().glob(".pyenv/versions/3.*/bin/python")) + sorted(
    Path("/root").glob(".pyenv/versions/3.*/bin/python")
)
CARRIED = re.compile(r"3\.(9|1\d)\.")
BARE = {"PATH": os.environ["PATH"], "LC_ALL": "C", "LANG": "C"}  # no HOME, and a locale that knows only ASCII
ALONE = ("unshare", "--net")


@pytest.fixture(scope="module")
def probe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The probe, built once."""
    return packing.build(tmp_path_factory.mktemp("probe") / "probe.pyz")


def run(
    probe: Path, *arguments: str, python: str = sys.executable, environ: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """The probe in a network namespace of its own, without a network."""
    command = [*ALONE, python, "-I", "-S", str(probe), *arguments]
    return subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env=dict(environ or BARE),
        check=False,
        timeout=60,
    )


def test_the_same_sources_give_the_same_bytes(probe: Path, tmp_path: Path) -> None:
    assert packing.build(tmp_path / "again.pyz").read_bytes() == probe.read_bytes()


def test_it_is_small_and_holds_only_what_it_needs(probe: Path) -> None:
    names = zipfile.ZipFile(probe).namelist()
    assert probe.stat().st_size < 2_500_000
    assert names == sorted(names)
    assert {name.split("/")[0].removesuffix(".py") for name in names} <= {
        "__main__", "diagnostics", "httpx", "httpcore", "h11", "anyio", "sniffio", "idna", "certifi", "exceptiongroup", "typing_extensions"
    }  # fmt: skip
    assert not [
        name
        for name in names
        if name.startswith("diagnostics/") and "/engine/" not in name and name != "diagnostics/__init__.py"
    ]
    packed = json.loads(zipfile.ZipFile(probe).read("diagnostics/engine/knowledge.json"))
    assert library.build(packed).version == library.load().version


def test_building_again_needs_no_package_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(folder: Path) -> None:
        raise AssertionError("asked the index")

    monkeypatch.setattr(packing, "_pip_install", refuse)
    packing.build(tmp_path / "offline.pyz")


@pytest.mark.netns
def test_without_a_network_it_says_so(probe: Path) -> None:
    began = time.monotonic()
    ended = run(probe, "--json", "--timeout", "10")
    told = json.loads(ended.stdout)
    assert ended.returncode == 1, ended.stderr
    assert ended.stderr == ""
    assert told["verdict"]["cause"] == "no_internet"
    assert told["run"]["error"] is None
    assert told["run"]["versions"]["knowledge"] == library.load().version
    assert report.parse(ended.stdout).attempts
    assert [one for one in told["attempts"] if one["reason"] == "internal_error"] == []
    assert time.monotonic() - began < 11


@pytest.mark.netns
@pytest.mark.optional
@pytest.mark.parametrize(
    "python",
    [str(one) for one in dict.fromkeys(INTERPRETERS) if CARRIED.match(one.parts[-3])],
    ids=lambda one: Path(one).parts[-3],
)
def test_it_runs_on_every_interpreter_from_3_9_on(probe: Path, python: str) -> None:
    ended = run(probe, "--json", "--timeout", "15", python=python)
    assert ended.returncode == 1, ended.stderr
    told = json.loads(ended.stdout)
    assert told["verdict"]["cause"] == "no_internet"
    assert [one for one in told["attempts"] if one["reason"] == "internal_error"] == []


@pytest.mark.optional
@pytest.mark.parametrize(
    "python",
    [str(one) for one in dict.fromkeys(INTERPRETERS) if not CARRIED.match(one.parts[-3])],
    ids=lambda one: Path(one).parts[-3],
)
def test_an_older_interpreter_is_told_in_a_sentence(probe: Path, python: str) -> None:
    ended = subprocess.run([python, str(probe)], capture_output=True, text=True, env=BARE, check=False)
    assert "needs Python 3.9 or newer" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.netns
def test_the_text_is_for_a_tired_person(probe: Path) -> None:
    ended = run(probe, "--timeout", "10", environ={**BARE, "ANTHROPIC_API_KEY": KEY})
    lines = [line for line in ended.stdout.splitlines() if line.strip()]
    assert lines[0] == "[!] This machine has no way out of its network"
    assert any(line.startswith("  Do next: ") for line in lines[:5])
    assert max(map(len, lines)) <= 92
    assert KEY not in ended.stdout + ended.stderr


@pytest.mark.netns
def test_somebody_at_a_terminal_reads_something_within_half_a_second(probe: Path) -> None:
    """The best of three, since the machine may be busy."""
    waited = []
    for _ in range(3):
        ours, theirs = os.openpty()
        began = time.monotonic()
        command = [*ALONE, sys.executable, "-I", "-S", str(probe), "--timeout", "5"]
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=theirs, env=BARE
        )
        os.close(theirs)
        assert b"claude-code" in os.read(ours, 200)
        waited.append(time.monotonic() - began)
        process.kill()
        process.wait()
        os.close(ours)
    assert min(waited) < 0.5


@pytest.mark.netns
def test_a_copy_that_the_host_has_loaded_already_is_not_used(probe: Path, tmp_path: Path) -> None:
    (tmp_path / "h11.py").write_text("")
    (tmp_path / "sitecustomize.py").write_text("import h11")
    command = [*ALONE, sys.executable, "-s", str(probe), "--json", "--timeout", "10"]
    ended = subprocess.run(
        command, capture_output=True, text=True, env={**BARE, "PYTHONPATH": str(tmp_path)}, check=False
    )
    told = json.loads(ended.stdout)
    assert [one for one in told["attempts"] if one["reason"] == "internal_error"] == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--no-such-option"], "--no-such-option"),
        (["--timeout", "0"], "between 1 and 600"),
        (["--timeout", "nan"], "between 1 and 600"),
        (["--timeout", "soon"], "not a number"),
        (["--mode", "both"], "--mode"),
        (["--control", "ftp://x"], "https://"),
        (["--resolver", "dns.google"], "neither an address"),
        (["--resolver", "192.0.2.1:99999"], "neither an address"),
        (["--header", "novalue"], "NAME:VALUE"),
        (["--public-roots", "/no/such.pem"], "cannot be read"),
        (["--project", "/no/such/folder"], "no folder"),
        (["--upload", "http://d"], "--token"),
        (["--token", "t"], "--upload"),
        (["--upload", "dashboard", "--token", "t"], "https://"),
        (["--upload", "http://d", "--token", "t"], "--yes"),
        (["--client", "netscape", "--plan"], "netscape"),
        (["--send-message"], "not in this version"),
        (["--watch=5"], "not in this version"),
        (["decode", "-"], "not in this version"),
        (["scan", "."], "not in this version"),
    ],
)
def test_a_wrong_command_line_is_2_and_a_sentence(probe: Path, arguments: Sequence[str], told: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-I", str(probe), *arguments],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env=BARE,
        check=False,
    )
    assert ended.returncode == 2
    assert told in ended.stderr
    assert "Traceback" not in ended.stderr
    assert ended.stdout == ""


def test_help_is_0(probe: Path) -> None:
    ended = subprocess.run(
        [sys.executable, str(probe), "--help"], capture_output=True, text=True, env=BARE, check=False
    )
    assert ended.returncode == 0
    assert "--upload URL" in ended.stdout


def test_the_plan_names_every_destination_and_asks_none(probe: Path) -> None:
    began = time.monotonic()
    arguments = [
        "--plan",
        "--json",
        "--timeout",
        "12",
        "--upload",
        "https://dash.example",
        "--token",
        "t",
        "--control",
        "http://c.example/",
    ]
    environ = {**BARE, "HTTPS_PROXY": "http://anna:s3cret@proxy.example:8080"}
    ended = subprocess.run(
        [sys.executable, str(probe), *arguments], capture_output=True, text=True, env=environ, check=False
    )
    plan = json.loads(ended.stdout)
    assert ended.returncode == 0
    assert plan["billed_tokens"] == 0
    assert plan["upper_bound_seconds"] == 12
    assert {"https://dash.example", "http://c.example/", "1.1.1.1", "https://api.anthropic.com/api/hello"} <= set(
        plan["destinations"]
    )
    assert "http://proxy.example:8080 (the configured proxy)" in plan["destinations"]
    assert "s3cret" not in ended.stdout
    assert time.monotonic() - began < 3


def _in_silence(probe: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [
        *ALONE,
        sys.executable,
        str(WORLD),
        "silent",
        sys.executable,
        str(probe),
        "--json",
        "--mode",
        "print",
        *arguments,
    ]
    environ = {**BARE, "ANTHROPIC_API_KEY": KEY}
    return subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environ
    )


@pytest.mark.netns
def test_it_ends_within_its_limit_whatever_hangs(probe: Path) -> None:
    began = time.monotonic()
    process = _in_silence(probe, "--timeout", "3")
    stdout, stderr = process.communicate(timeout=20)
    assert time.monotonic() - began < 4 + 0.3  # the namespace takes its time too
    told = json.loads(stdout)
    assert stderr == ""
    assert process.returncode in (1, 3)
    (asked,) = [one for one in told["attempts"] if one["probe"] == "api.models"]
    assert asked["status"] != "done"
    assert asked["reason"] in ("deadline", "http_timeout")


@pytest.mark.netns
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_prints_the_report_so_far(probe: Path, number: signal.Signals) -> None:
    process = _in_silence(probe, "--timeout", "25")
    time.sleep(2.5)
    process.send_signal(number)
    began = time.monotonic()
    stdout, stderr = process.communicate(timeout=20)
    assert time.monotonic() - began < 2
    told = json.loads(stdout)
    assert stderr == ""
    assert process.returncode in (1, 3)
    assert "the run was stopped" in {one["why"] for one in told["verdict"]["not_checked"]}
    assert {"config", "tcp.v4"} <= {one["probe"] for one in told["attempts"]}


def _with_dashboard(probe: Path, status: int, *arguments: str) -> Any:
    command = [
        *ALONE,
        sys.executable,
        str(WORLD),
        "dashboard",
        str(status),
        sys.executable,
        str(probe),
        "--timeout",
        "12",
        *arguments,
    ]
    ended = subprocess.run(
        command, capture_output=True, text=True, env={**BARE, "ANTHROPIC_API_KEY": KEY}, check=False, timeout=60
    )
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
    told = _with_dashboard(probe, 409, "--token", "t0k3n", "--yes")
    assert told["code"] == 1
    assert "was not sent. This run has its report already." in told["stderr"]
    assert "no way out" in told["stdout"]
