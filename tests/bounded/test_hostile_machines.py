"""Whatever a machine holds, a run of it ends in its time and its memory, and says what it could not read."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from diagnostics.engine.environment import certificates, key_helper
from diagnostics.engine.environment.machine import DiskFiles, Machine, registered
from diagnostics.engine.net import trust
from diagnostics.lab import KEY
from tests import pace
from tests.bounded.running import check, run
from tests.engine.environment import machines

MEGABYTE = 1 << 20
_BEGIN, _END = b"-----BEGIN CERTIFICATE-----\n", b"-----END CERTIFICATE-----\n"

CONTENTS: dict[str, Callable[[], bytes]] = {
    "100 MB": lambda: b'{"env": {}}' + b" " * 100 * MEGABYTE,
    "100 MB of zeros": lambda: b"\0" * 100 * MEGABYTE,
    "deep lists": lambda: b"[" * MEGABYTE,
    "deep objects": lambda: b'{"env":' * 100_000,
    "many lists": lambda: b'{"env":[' + b"[]," * 600_000 + b"0]}",
    "long numbers": lambda: b'{"env": {"HTTPS_PROXY": ' + b"9" * MEGABYTE + b"}}",
    "many keys": lambda: json.dumps({"env": {f"NAME_{number}": "x" for number in range(60_000)}}).encode(),
    "a long value": lambda: json.dumps({"env": {"HTTPS_PROXY": "http://" + "a" * MEGABYTE}}).encode(),
    "binary": lambda: bytes(range(256)) * 4096,
    "utf-16 cut off": lambda: b"\xff\xfe{\0\xd8",
    "many blocks that begin": lambda: _BEGIN * 40_000,
    "many blocks": lambda: (_BEGIN + b"MAA=\n" + _END) * 40_000,
    "one long block": lambda: _BEGIN + b"QUFB\n" * MEGABYTE + _END,
}


def _written(tmp_path: Path, name: str) -> Path:
    path = tmp_path / "home" / ".claude" / "settings.json"
    path.parent.mkdir(parents=True)
    path.write_bytes(CONTENTS[name]())
    return path


def _machine(tmp_path: Path, **environ: str) -> Machine:
    bare = registered({"ANTHROPIC_API_KEY": KEY, **environ}, home=str(tmp_path / "home"), cwd=str(tmp_path))
    return replace(bare, files=DiskFiles(), in_memory=False)


@pytest.mark.parametrize("name", CONTENTS)
def test_a_file_of_any_content(name: str, tmp_path: Path) -> None:
    path = _written(tmp_path, name)
    (tmp_path / "home" / ".claude.json").symlink_to(path)
    check(run({}, machine=_machine(tmp_path, NODE_EXTRA_CA_CERTS=str(path), SSL_CERT_FILE=str(path))))


def _fifo(path: Path) -> None:
    os.mkfifo(path)


def _loop(path: Path) -> None:
    path.symlink_to(path.name)


def _unreadable(path: Path) -> None:
    path.write_text("{}")
    path.chmod(0)


ODD: dict[str, Callable[[Path], Any]] = {
    "a pipe": _fifo,
    "a folder": lambda path: path.mkdir(),
    "a loop of links": _loop,
    "a link to nothing": lambda path: path.symlink_to("/nowhere/at/all"),
    "endless zeros": lambda path: path.symlink_to("/dev/zero"),
    "a terminal": lambda path: path.symlink_to("/dev/tty"),
    "what nobody may read": _unreadable,
    "the process's own memory": lambda path: path.symlink_to("/proc/self/mem"),
    "the kernel's log": lambda path: path.symlink_to("/proc/kmsg"),
    "the root folder": lambda path: path.symlink_to("/"),
}


@pytest.mark.parametrize("name", ODD)
def test_a_file_that_is_none(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "home" / ".claude"
    folder.mkdir(parents=True)
    for odd in (
        folder / "settings.json",
        folder / ".credentials.json",
        tmp_path / "home" / ".claude.json",
        tmp_path / "ca.pem",
    ):
        ODD[name](odd)
    named = dict.fromkeys(("NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "SSL_CERT_DIR"), str(tmp_path / "ca.pem"))
    check(run({}, machine=_machine(tmp_path, **named)))


def test_a_folder_of_authorities_that_is_a_disk(tmp_path: Path) -> None:
    for number in range(40):
        with (tmp_path / f"{number}.0").open("wb") as sparse:
            sparse.truncate(64 * MEGABYTE)
    with pace.within(300):  # the disk has 2.5 GB
        assert len(trust.read_file(str(tmp_path)) or b"") <= 40 * MEGABYTE


@pytest.mark.parametrize("name", ["many blocks that begin", "many blocks", "one long block"])
def test_authorities_are_read_in_one_pass(name: str) -> None:
    content = CONTENTS[name]()
    with pace.within(2000):  # in more than one pass it took a minute
        certificates.problem_of(registered({}, {"/ca.pem": content}), "/ca.pem")
        trust.Roots(public_pem=content.decode(), system_files=()).public()


@pytest.mark.parametrize("client", ["claude-code", "anthropic-python", "curl"])
@pytest.mark.parametrize(
    "environ",
    [
        {"ANTHROPIC_API_KEY": "x" * MEGABYTE},
        {"ANTHROPIC_BASE_URL": "https://" + "a." * MEGABYTE},
        {"ANTHROPIC_BASE_URL": "https://" + "a@" * MEGABYTE},
        {"HTTPS_PROXY": "http://" + "u:p@" * MEGABYTE, "NO_PROXY": "*.x," * MEGABYTE},
        {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "[" * MEGABYTE},
        {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "10.0.0.0/8," * 100_000},
        {"ANTHROPIC_CUSTOM_HEADERS": "a: b\n" * 200_000},
        {"ANTHROPIC_CUSTOM_HEADERS": "x-token: " + "\udcff" * MEGABYTE},
        {"PATH": ":" * MEGABYTE},
        {"PATH": "/nowhere/bin:" * 20_000},
        {"API_TIMEOUT_MS": "9" * MEGABYTE},
        {"CLAUDE_CONFIG_DIR": "/x" * MEGABYTE},
        {"ANTHROPIC_MODEL": "\x1b[2J\u202e" * 100_000},
        {f"ANTHROPIC_API_{number:05}": "value" for number in range(10_000)},
        {f"NPM_{number}_PROXY": f"http://u{number}:pass{number}word@p:1" for number in range(10_000)},
        {f"ANTHROPIC_API_KE{chr(number)}": "v" for number in range(0x4E00, 0x4E00 + 10_000)},
        {
            "\udcff\udcfe": "\udcff",
            "ANTHROPIC_API_KEY": "sk-\udcff\udc80",
            "HTTPS_PROXY": "http://\udcff:\udcff@\udcff:1",
        },
    ],
    ids=lambda environ: f"{next(iter(environ))!r} {len(environ)}",
)
def test_any_size_of_environment(environ: dict[str, str], client: str) -> None:
    with pace.within(20_000):  # what these found took a minute and more
        environment = machines.seen(environ, client=client)
    assert len(json.dumps(dict(environment.facts))) < 100_000


def test_a_whole_run_with_an_environment_beyond_reason() -> None:
    many = {f"VARIABLE_{number}": "\udcff\x1b[2J" * 20 for number in range(10_000)}
    check(
        run(
            {},
            {
                **many,
                "ANTHROPIC_CUSTOM_HEADERS": "x: \x1b[2J\udcff\n" * 50_000,
                "HTTPS_PROXY": "http://" + "x" * MEGABYTE,
            },
        )
    )


def test_a_helper_without_end_is_ended(tmp_path: Path) -> None:
    before, began = threading.active_count(), time.monotonic()
    assert key_helper.output_of("yes sk-ant-api03-0123456789", _machine(tmp_path)) is None
    assert time.monotonic() - began < 60  # it would write for ever
    assert threading.active_count() == before


@pytest.mark.skipif(sys.platform != "linux", reason="its environment is built by hand")
def test_the_probe_starts_with_bytes_that_are_no_text(tmp_path: Path) -> None:
    environ: dict[bytes, bytes] = {
        b"HOME": os.fsencode(tmp_path),
        b"ANTHROPIC_API_KEY": b"sk-\xff\xfe",
        b"\xff": b"\xff",
    }
    environ |= {
        b"HTTPS_PROXY": b"http://\xff:\x80@proxy.example:1",
        b"ANTHROPIC_BASE_URL": b"http://127.0.0.1:9/\xff",
        b"LC_ALL": b"C",
    }
    ended = subprocess.run(
        [sys.executable, "-m", "diagnostics.engine", "--json", "--timeout", "20", "--quick"],
        env=environ, capture_output=True, timeout=120, check=False, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert ended.returncode in (0, 1, 3), ended
    assert json.loads(ended.stdout)["run"]["error"] is None
    assert ended.stderr == b""
