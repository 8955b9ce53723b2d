"""The lines that a playbook gives to copy: every one has the form of its shell, and those that need nothing but a shell do what they say."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import certifi
import pytest

from diagnostics.engine import library
from diagnostics.engine.library import Command
from diagnostics.engine.wording import render_command
from diagnostics.lab import api
from diagnostics.lab.certificates import practice_root, private_root
from tests.guides.scripts import Scratch
from tests.guides.serving import serving

LINES: dict[str, Command] = {
    f"{code}.{step.name}.{command.system}.{command.client or 'every'}.{number}": Command(
        command.system, render_command(command.run, {}), command.client
    )
    for code, playbook in library.load().playbooks.items()
    for step in playbook.steps
    for number, command in enumerate(step.commands)
}
NO_SHELL = {"request_too_large.less.any.claude-code.0": "/compact"}  # typed into Claude Code
NGINX = ["stream_interrupted.gateway.any.every.0"]
JSON = [name for name, line in LINES.items() if line.run.startswith("{")]
SHELL = [name for name in LINES if name not in (*NO_SHELL, *NGINX, *JSON)]
UNIX = [name for name in SHELL if LINES[name].system != "windows"]
LINUX = [name for name in UNIX if LINES[name].system != "macos"]
ELSEWHERE = re.compile(
    r"\b(sudo|resolvectl|nslookup|getent|timedatectl|claude|node|npm|nvm|docker|ip|ss|gsettings|curl|openssl|pip|request\.json|FILE|your_program)\b|probe\.pyz|^/"
)
"""Programs that are not on every machine, or ask others; the lines with them are run below one by one, where they can be."""

ALONE = [
    name for name in LINUX if not ELSEWHERE.search(LINES[name].run) and "anthropic.Anthropic" not in LINES[name].run
]
OLD = "http://old.example:1"


@pytest.fixture
def scratch(tmp_path: Path) -> Scratch:
    """A folder to run lines in."""
    return Scratch(tmp_path)


def line(name: str) -> str:
    return LINES[name].run


def shown(scratch: Scratch, name: str, **variables: str) -> dict[str, str]:
    """The variables that a line leaves behind in its shell."""
    ended = scratch.bash("-c", f"{line(name)}\nenv", variables=variables)
    return dict(row.split("=", 1) for row in ended.stdout.splitlines() if "=" in row)


# -- The form


@pytest.mark.parametrize("name", UNIX)
def test_a_line_for_a_shell_can_be_read_by_one(scratch: Scratch, name: str) -> None:
    checked = scratch.bash("-n", given=line(name) + "\n")
    assert (checked.returncode, checked.stderr) == (0, "")
    assert " #" not in line(name)  # zsh, the shell of macOS, takes a comment at its prompt for words


@pytest.mark.parametrize("name", [name for name in SHELL if LINES[name].system in ("windows", "any")])
def test_a_line_for_windows_runs_in_the_powershell_that_comes_with_it(name: str) -> None:
    assert re.findall(r"&&|\|\||\?\?|-MaskInput", line(name)) == []  # those came with PowerShell 7
    bare = re.sub(r"'[^']*'|\"[^\"]*\"", "", line(name))
    assert "'" not in bare
    assert '"' not in bare
    assert all(bare.count(opening) == bare.count(closing) for opening, closing in ("()", "{}", "[]"))
    assert re.findall(r"\b(?:curl|python3 -m json)\b(?!\.exe)", bare) == []  # curl is another program there


@pytest.mark.parametrize("name", JSON)
def test_a_line_for_a_file_of_settings_is_json(name: str) -> None:
    assert isinstance(json.loads(line(name)), dict)


@pytest.mark.parametrize("name", NGINX)
def test_a_line_for_nginx_has_its_directives(name: str) -> None:
    assert re.fullmatch(r"(?:proxy_[a-z_]+ [a-z0-9]+;\s?)+", line(name))


def test_what_is_no_shell_is_known() -> None:
    assert {name: line(name) for name in NO_SHELL} == NO_SHELL
    assert len(ALONE) > 25


@pytest.mark.parametrize("name", LINES)
def test_no_line_gives_a_key_to_a_program_as_an_argument(name: str) -> None:
    """Everybody on the machine can read the arguments of a program."""
    assert not re.search(r"(?:-H|--header) \"[^\"]*\$(?:env:)?[A-Z_]*(?:KEY|TOKEN)", line(name))


# -- What they do


@pytest.mark.parametrize("name", ALONE)
def test_a_line_that_needs_only_a_shell_runs(scratch: Scratch, name: str) -> None:
    (scratch.home / "company-root.pem").write_text(private_root().pem)  # as the step before leaves it
    ended = scratch.bash("-c", line(name), given="typed\n")
    assert ended.returncode in (0, 1)  # 1: grep found nothing
    assert ended.stderr == ""


@pytest.mark.parametrize(
    "name", [name for name in LINUX if re.search(r"(?:export|unset) [A-Z_ ]*(?:HTTPS|NO)_PROXY", line(name))]
)
def test_a_proxys_variables_change_in_both_spellings(scratch: Scratch, name: str) -> None:
    both = [("HTTPS_PROXY", "https_proxy"), ("NO_PROXY", "no_proxy")][
        bool(re.search(r"(?:export|unset) NO_PROXY", line(name)))
    ]
    left = shown(scratch, name, **dict.fromkeys((*both, "ALL_PROXY", "all_proxy"), OLD))
    assert left.get(both[0]) == left.get(both[1]) != OLD
    if line(name).startswith("unset"):
        assert OLD not in left.values()


def test_every_file_of_authorities_that_is_named_is_shown_and_no_other(scratch: Scratch) -> None:
    (scratch.home / "a b.pem").write_text(private_root().pem)
    named = {"SSL_CERT_FILE": f"{scratch.home}/a b.pem", "NODE_EXTRA_CA_CERTS": f"{scratch.home}/none.pem"}
    ended = scratch.bash("-c", line("tls_ca_misconfigured.file.linux.every.0"), variables=named)
    assert "a b.pem\n-----BEGIN CERTIFICATE-----\n" in ended.stdout
    assert "none.pem" in ended.stderr
    assert "''" not in ended.stderr


def test_a_key_is_looked_at_without_being_shown(scratch: Scratch) -> None:
    for key, told in (
        ("short-key", ["9", "s", "y"]),
        (f'"{api.KEY}"', [str(len(api.KEY) + 2), '"', '"']),
        (f"{api.KEY}\n", [str(len(api.KEY) + 1), "s", "\\n"]),
        ("", ["0"]),
    ):
        ended = scratch.bash("-c", line("key_malformed.look.linux.every.0"), variables={"ANTHROPIC_API_KEY": key})
        assert ended.stdout.split() == told
        assert ended.stderr == ""


@pytest.mark.parametrize("name", [name for name in LINUX if line(name).startswith("read -rs")])
def test_a_typed_key_is_exported(scratch: Scratch, name: str) -> None:
    ended = scratch.bash("-c", f"{line(name)}; env", given=f"{api.KEY}\n")
    assert f"ANTHROPIC_API_KEY={api.KEY}\n" in ended.stdout


@pytest.mark.parametrize("moved", [False, True])
def test_the_first_start_is_marked_where_the_client_looks(scratch: Scratch, moved: bool) -> None:
    folder = scratch.folder / "moved" if moved else scratch.home
    folder.mkdir(exist_ok=True)
    (folder / ".claude.json").write_text('\ufeff{"theme": "dark"}', encoding="utf-8")
    variables = {"CLAUDE_CONFIG_DIR": str(folder)} if moved else {}
    ended = scratch.bash("-c", line("onboarding_check_blocked.mark_complete.linux.claude-code.0"), variables=variables)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert json.loads((folder / ".claude.json").read_text()) == {"theme": "dark", "hasCompletedOnboarding": True}
    assert moved is not (scratch.home / ".claude.json").exists()


@pytest.mark.parametrize(
    ("version", "set_back"),
    [("Linux version 6.1.0 (gcc)", False), ("Linux version 5.15.153.1-microsoft-standard-WSL2", True)],
)
def test_only_wsl_takes_its_time_from_the_hardware(scratch: Scratch, version: str, set_back: bool) -> None:
    told = scratch.folder / "version"
    told.write_text(version)
    for program in ("timedatectl", "sudo"):
        scratch.program(program, f'echo "{program} $*" >> {scratch.folder}/ran')
    scratch.bash("-c", line("clock_skew.keep_it.linux.every.0").replace("/proc/version", str(told)))
    ran = (scratch.folder / "ran").read_text()
    assert ran.startswith("timedatectl show")
    assert ("sudo hwclock -s" in ran) is set_back


def test_the_companys_root_becomes_a_file_and_serves_both_kinds_of_client(scratch: Scratch) -> None:
    added = scratch.folder / "added"
    added.mkdir()
    pems = [practice_root().pem, private_root().pem]
    (added / "one.crt").write_text(pems[0])
    made = subprocess.run(
        ["openssl", "x509", "-outform", "DER"], input=pems[1].encode(), capture_output=True, check=True
    )
    (added / "two.cer").write_bytes(made.stdout)
    (added / "README").write_text("no certificate")
    get = line("tls_intercepted.get_root.linux.every.0").replace("/usr/local/share/ca-certificates", str(added))
    ended = scratch.bash("-c", get)
    root = scratch.home / "company-root.pem"
    assert sorted(re.findall(r"-----BEGIN.*?-----END CERTIFICATE-----", root.read_text(), re.DOTALL)) == sorted(
        one.strip() for one in pems
    )
    assert ended.stdout.count("subject") == len(pems)
    left = shown(scratch, "tls_intercepted.give_it.linux.claude-code.0")
    assert left["NODE_EXTRA_CA_CERTS"] == str(root)
    left = shown(scratch, "tls_intercepted.give_it.linux.anthropic-python.3")
    public = Path(certifi.where()).read_text().count("BEGIN CERTIFICATE")
    assert Path(left["SSL_CERT_FILE"]).read_text().count("BEGIN CERTIFICATE") == public + 2


@pytest.mark.parametrize(
    ("name", "asks"),
    [
        ("headers_invalid.put_right.linux.curl.0", "GET /v1/models"),
        ("stream_interrupted.see_it.linux.every.0", "POST /v1/messages"),
        ("payload_invalid.write_it_by_program.linux.curl.1", "POST /v1/messages"),
    ],
)
def test_curl_asks_as_the_client_does_and_shows_the_key_to_nobody(scratch: Scratch, name: str, asks: str) -> None:
    body = {"model": "claude-haiku-5-5", "max_tokens": 5, "messages": [{"role": "user", "content": "Hello"}]}
    (scratch.folder / "request.json").write_text(json.dumps(body))
    arguments = scratch.spied("curl")
    with serving(api.api(tls=None)) as served:
        here = line(name).replace("https://api.anthropic.com", served.url)
        ended = scratch.bash("-c", here, variables={"ANTHROPIC_API_KEY": api.KEY})
        assert served.seen == [asks]
        assert [one.reveal() for one in served.lab.seen[0].credentials.values()] == [api.KEY]
    assert ended.returncode == 0
    assert '"error"' not in ended.stdout
    assert api.KEY not in arguments.read_text()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("headers_invalid.put_right.windows.curl.2", '"data":'),
        ("stream_interrupted.see_it.windows.every.2", "event: message_stop"),
    ],
)
def test_what_powershell_pipes_to_curl_is_a_configuration_it_reads(name: str, said: str) -> None:
    piped = line(name).partition(" | ")[0].replace("' + $env:ANTHROPIC_API_KEY + '", api.KEY)
    texts = re.findall(r"'([^']*)'", piped)
    with serving(api.api(tls=None)) as served:
        rest = re.findall(r"-H '([^']*)'", line(name))
        path = re.search(r"https://api\.anthropic\.com(\S+)", line(name))
        assert path
        curl = [
            shutil.which("curl") or "curl",
            "-sN",
            "--config",
            "-",
            served.url + path[1],
            *(word for one in rest for word in ("-H", one)),
        ]
        ended = subprocess.run(
            curl, input="".join(f"{text}\r\n" for text in texts), capture_output=True, text=True, check=True
        )
    assert said in ended.stdout
