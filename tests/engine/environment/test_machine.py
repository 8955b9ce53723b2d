"""The machine we stand on: real files, odd homes, and which client is installed."""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from diagnostics.engine.environment import Asked, UnknownClient, capture, key_helper, this_machine
from diagnostics.engine.environment.machine import LARGEST, DiskFiles, Unreadable
from tests.engine.environment.machines import HOME, KNOWLEDGE, PROJECT, seen


def test_home_is_the_variable_whoever_called_sudo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/somebody")
    monkeypatch.setenv("SUDO_USER", "else")
    assert this_machine().home == "/home/somebody"


def test_without_the_variable_home_is_the_passwd_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    import pwd

    monkeypatch.delenv("HOME")
    assert this_machine().home == pwd.getpwuid(os.getuid()).pw_dir


def test_a_user_without_entry_and_variable_has_no_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOME")
    monkeypatch.setattr(os, "getuid", lambda: 2_000_000_000)
    machine = this_machine()
    assert machine.home is None
    environment = capture(Asked(), machine, KNOWLEDGE)
    assert "config.onboarding_complete" not in environment.facts
    assert environment.facts["config.settings.broken"] == ()


def test_a_folder_that_was_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert this_machine().cwd == os.sep


def test_what_a_path_may_hold(tmp_path: Path) -> None:
    files = DiskFiles()
    (tmp_path / "file").write_bytes(b"text")
    os.mkfifo(tmp_path / "pipe")
    with (tmp_path / "huge").open("wb") as huge:
        huge.truncate(LARGEST + 1)
    assert files.read(str(tmp_path / "file")) == b"text"
    assert files.read(str(tmp_path / "gone")) is None
    assert files.read(str(tmp_path / "file" / "below")) is None
    assert files.read(str(tmp_path)) == Unreadable("folder")
    assert files.read(str(tmp_path / "pipe")) == Unreadable("special")  # opening it would block for ever
    assert files.read("/dev/zero") == Unreadable("special")
    assert files.read(str(tmp_path / "huge")) == Unreadable("too_large")
    assert files.read("nul\0character") == Unreadable("io")
    assert files.entries(str(tmp_path)) == ("file", "huge", "pipe")
    assert files.entries(str(tmp_path / "gone")) == ()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
def test_a_file_of_somebody_else(tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.write_text("x")
    locked.chmod(0o600)
    for folder in (tmp_path, *tmp_path.parents[:-2]):
        folder.chmod(0o755)
    os.seteuid(65534)
    try:
        assert DiskFiles().read(str(locked)) == Unreadable("permission")
    finally:
        os.seteuid(0)


NPM = "/usr/local/lib/node_modules/@anthropic-ai/claude-code"
NVM = f"{HOME}/.nvm/versions/node/{{}}/lib/node_modules/@anthropic-ai/claude-code/package.json"
NATIVE = f"{HOME}/.local/share/claude/versions/"


def package(version: Any) -> dict[str, Any]:
    return {"name": "@anthropic-ai/claude-code", "version": version}


@pytest.mark.parametrize(
    ("environ", "files", "version", "source"),
    [
        ({}, {}, "2.1.330", "not found installed; the newest known is assumed"),
        ({}, {f"{NPM}/package.json": package("2.1.197")}, "2.1.197", f"{NPM}/package.json"),
        ({}, {f"{NPM}/package.json": package(5)}, "2.1.330", "not found installed; the newest known is assumed"),
        ({}, {f"{NPM}/package.json": "{"}, "2.1.330", "not found installed; the newest known is assumed"),
        ({}, {NATIVE + "2.1.99": b"", NATIVE + "2.1.240": b""}, "2.1.240", "~/.local/share/claude/versions/2.1.240"),
        (
            {},
            {NVM.format("v18.1.0"): package("2.0.1"), NVM.format("v22.3.0"): package("2.1.9")},
            "2.1.9",
            "~/.nvm/versions/node/v22.3.0/lib/node_modules/@anthropic-ai/claude-code/package.json",
        ),
        (
            {"NPM_CONFIG_PREFIX": "/opt/npm"},
            {"/opt/npm/lib/node_modules/@anthropic-ai/claude-code/package.json": package("2.1.50")},
            "2.1.50",
            "/opt/npm/lib/node_modules/@anthropic-ai/claude-code/package.json",
        ),
    ],
)
def test_the_installed_claude_code(environ: dict[str, str], files: dict[str, Any], version: str, source: str) -> None:
    client = seen(environ, files).client
    assert (client.version, client.source) == (version, source)


def test_the_command_on_path_tells_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    versions = tmp_path / ".local" / "share" / "claude" / "versions"
    versions.mkdir(parents=True)
    for name in ("2.1.200", "2.1.240"):
        (versions / name).write_bytes(b"")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "claude").symlink_to(versions / "2.1.200")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert capture(Asked(), this_machine(), KNOWLEDGE).client.version == "2.1.200"


@pytest.mark.parametrize(
    ("environ", "files", "version"),
    [
        ({}, {}, "2.12.0"),
        ({}, {f"{PROJECT}/.venv/lib/python3.12/site-packages/anthropic-0.80.0.dist-info": b""}, "0.80.0"),
        (
            {"VIRTUAL_ENV": "/srv/venv"},
            {
                "/srv/venv/lib/python3.12/site-packages/anthropic-1.5.0.dist-info/METADATA": b"",
                f"{PROJECT}/.venv/lib/python3.12/site-packages/anthropic-0.80.0.dist-info/METADATA": b"",
            },
            "1.5.0",
        ),
        ({}, {"/usr/lib/python3/dist-packages/anthropic-0.9.0.dist-info/METADATA": b""}, "0.9.0"),
        ({}, {"/usr/lib/python3/dist-packages/anthropic_bedrock-0.9.0.dist-info/METADATA": b""}, "2.12.0"),
    ],
)
def test_the_installed_sdk(environ: dict[str, str], files: dict[str, Any], version: str) -> None:
    assert seen(environ, files, client="anthropic-python").client.version == version


def test_the_sdk_beside_this_interpreter_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "anthropic-3.1.4.dist-info").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", "")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    found = capture(Asked(client="anthropic-python"), this_machine(), KNOWLEDGE).client
    assert found.version == "3.1.4"


@pytest.mark.parametrize(("asked", "version"), [("claude-code@2.1.5", "2.1.5"), ("curl", "8.16.0")])
def test_the_version_asked_for(asked: str, version: str | None) -> None:
    assert seen({}, client=asked).client.version == version


def test_an_unknown_client_names_the_known_ones() -> None:
    with pytest.raises(UnknownClient, match="anthropic-python, anthropic-typescript, claude-code, curl"):
        seen({}, client="wget")


def helped(tmp_path: Path, command: str, *, run: bool) -> Any:
    (tmp_path / ".claude").mkdir()
    (tmp_path / ".claude" / "settings.json").write_text(json.dumps({"apiKeyHelper": command}))
    machine = replace(this_machine(), environ={"PATH": os.environ["PATH"]}, home=str(tmp_path), cwd=str(tmp_path))
    return capture(Asked(run_helper=run), machine, KNOWLEDGE)


def test_a_key_helper_is_run_only_when_allowed(tmp_path: Path) -> None:
    environment = helped(tmp_path, "touch ran; echo some-token", run=False)
    assert not (tmp_path / "ran").exists()
    assert not environment.credentials[0].secret


def test_a_key_helper_gives_its_key(tmp_path: Path) -> None:
    environment = helped(tmp_path, "echo some-token", run=True)
    assert environment.credentials[0].secret.reveal() == "some-token"
    assert environment.facts["config.key.testable"] is True


@pytest.mark.parametrize(
    "command", ["exit 3", "true", "printf 'two\\nlines'", "printf '\\303\\251'", "head -c 20000 /dev/zero | tr '\\0' x"]
)
def test_a_key_helper_that_gives_nothing_usable(tmp_path: Path, command: str) -> None:
    environment = helped(tmp_path, command, run=True)
    assert environment.facts["config.key.testable"] is False
    assert environment.facts["config.key.present"] is True
    assert environment.facts["config.key.helper"] == "failed"


@pytest.mark.parametrize(
    ("command", "told"),
    [("/opt/gone/key.sh --prod", "missing"), ("get-key", None), ("/bin/sh -c true", None), ("'", None)],
)
def test_a_key_helper_that_is_not_there_is_told_without_running_it(
    tmp_path: Path, command: str, told: str | None
) -> None:
    assert helped(tmp_path, command, run=False).facts.get("config.key.helper") == told


def test_a_key_helper_that_hangs_is_ended_with_all_it_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_helper, "LIMIT", 0.3)
    began = time.monotonic()
    environment = helped(tmp_path, "sleep 300 & echo $! > child; wait", run=True)
    assert time.monotonic() - began < 60
    assert environment.facts["config.key.testable"] is False
    child = int((tmp_path / "child").read_text())
    deadline = time.monotonic() + 60  # on a busy machine a killed process takes a moment to be gone
    while alive(child) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not alive(child)


def alive(process: int) -> bool:
    """Whether it runs; one that is dead and not yet waited for does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False
