"""``probe.pyz scan``: on any interpreter from 3.9 on, with nothing around it, without a network, and without ever printing a key."""

from __future__ import annotations

import json
import os
import pwd
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.canaries import FILES, SECRETS, leaks
from tests.engine.scan.keys import ANTHROPIC, EVERY, GATEWAY
from tests.probe.running import ALONE, BARE, begin, run, until

INTERPRETERS = sorted(Path(pwd.getpwuid(os.getuid()).pw_dir).glob(".pyenv/versions/3.*/bin/python"))
SUPPORTED = [one for one in INTERPRETERS if int(one.parts[-3].split(".")[1]) >= 9]
HELD = [*(key.rpartition("-")[2] for key in EVERY), GATEWAY, *SECRETS.values()]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Files of a person with canaries in all of them, and one setting that cannot work."""
    for name, content in FILES.items():
        path = tmp_path / name.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    every = "".join(f"KEY_{number}={key}\n" for number, key in enumerate(EVERY))
    proxy = f"HTTPS_PROXY=http://me:{SECRETS['PipWord']}@proxy.example:8080\nANTHROPIC_AUTH_TOKEN={GATEWAY}\n"
    (tmp_path / ".env").write_text(f"ANTHROPIC_BASE_URL=https://api.anthropic.com/v1\n{every}{proxy}")
    (tmp_path / ".claude" / "settings.json").write_text(
        f'{{"env": {{"ANTHROPIC_AUTH_TOKEN": "{GATEWAY}"\n"X": "{ANTHROPIC}"}}}}'
    )
    (tmp_path / f"{ANTHROPIC}.py").write_text(f'k = "{ANTHROPIC}"\n')
    return tmp_path


@pytest.mark.optional
@pytest.mark.parametrize("python", SUPPORTED, ids=[one.parts[-3] for one in SUPPORTED])
def test_it_runs_on_every_interpreter(probe: Path, tree: Path, python: Path) -> None:
    ended = run(probe, "scan", str(tree), "--json", python=(str(python), "-I", "-S"))
    assert (ended.returncode, ended.stderr) == (1, "")
    found = {one["code"] for one in json.loads(ended.stdout)["findings"]}
    assert {"base_url.doubled_version", "settings.broken", "key.hardcoded", "key.kept"} <= found


@pytest.mark.parametrize("form", [(), ("--json",), ("--sarif",), ("--level", "info")])
def test_no_key_comes_out(probe: Path, tree: Path, form: Sequence[str]) -> None:
    ended = run(probe, "scan", str(tree), *form)
    assert ended.returncode == 1
    assert "base_url.doubled_version" in ended.stdout
    assert leaks(ended.stdout + ended.stderr, HELD) == []


WRONG = [
    (["scan"], "the following arguments are required"),
    (["scan", "/nowhere/at/all"], "there is nothing at /nowhere/at/all"),
    (["scan", "--level", "loud", "/"], "invalid choice"),
    (["scan", "--client", "nobody", "/"], "is not known; write one of"),
    (["scan", "--json", "--sarif", "/"], "not allowed with"),
    (["scan", "--timeout", "soon", "/"], "not a number of seconds"),
    (["scan", f"/{ANTHROPIC}"], "there is nothing at"),
]


@pytest.mark.parametrize(("arguments", "told"), WRONG, ids=[str(number) for number in range(len(WRONG))])
def test_a_wrong_command_line_ends_with_2(probe: Path, arguments: Sequence[str], told: str) -> None:
    ended = run(probe, *arguments, before=())
    assert (ended.returncode, ended.stdout) == (2, "")
    assert told in ended.stderr
    assert leaks(ended.stderr, HELD) == []


def test_a_clean_tree_is_0(probe: Path, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    ended = run(probe, "scan", str(tmp_path))
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout == "1 file looked at: nothing found.\n"


def test_help_names_every_option(probe: Path) -> None:
    ended = run(probe, "scan", "--help", before=())
    assert (ended.returncode, ended.stderr) == (0, "")
    for option in ("--client", "--json", "--sarif", "--level", "--no-history", "--all", "--timeout"):
        assert option in ended.stdout


def test_it_writes_nothing_and_asks_nobody(probe: Path, tree: Path) -> None:
    before = {file: file.stat().st_mtime_ns for file in sorted(tree.rglob("*"))}
    run(probe, "scan", str(tree), before=ALONE)
    assert {file: file.stat().st_mtime_ns for file in sorted(tree.rglob("*"))} == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_who_interrupts_it_reads_what_there_is(probe: Path, tmp_path: Path, number: int) -> None:
    slow = tmp_path / "bin"
    slow.mkdir()
    (slow / "git").write_text(f"#!/bin/sh\n: > {tmp_path}/asked\nexec sleep 600\n")
    (slow / "git").chmod(0o755)
    (tmp_path / ".git").mkdir()
    (tmp_path / "a.env").write_text("ANTHROPIC_APIKEY=x\n")
    environ = {**BARE, "PATH": f"{slow}:{os.environ['PATH']}"}
    process = begin(probe, "scan", str(tmp_path), before=(), env=environ)
    until((tmp_path / "asked").exists, "git was asked")
    process.send_signal(number)
    out, errors = process.communicate(timeout=100)
    assert process.returncode == 1
    assert "name.near_miss" in out
    assert "Stopped early" in out
    assert errors == ""


def test_a_time_limit_ends_it(probe: Path, tmp_path: Path) -> None:
    (tmp_path / "a.env").write_text("ANTHROPIC_APIKEY=x\n")
    ended = run(probe, "scan", str(tmp_path), "--timeout", "30")
    assert ended.returncode == 1


def test_a_closed_reader_is_no_fault(probe: Path, tree: Path) -> None:
    command = f"{sys.executable} -I -S {probe} scan {tree} --level info | head -c 10"
    ended = subprocess.run(["bash", "-c", command], capture_output=True, text=True, env=BARE, timeout=60, check=False)
    assert len(ended.stdout) == 10
    assert "Traceback" not in ended.stderr
