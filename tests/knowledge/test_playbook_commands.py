"""The lines that a playbook gives to copy: every one has the form of its shell, and those that need nothing but a shell do what they say.

``LINES`` are those written by hand. What operations do is tried in tests/operations; here, that playbooks hand them what they need.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import certifi
import pytest

from diagnostics.engine import library
from diagnostics.engine.playbook_records import Command
from diagnostics.engine.playbooks import composing
from diagnostics.engine.wording import render_command
from diagnostics.lab import KEY, api
from diagnostics.lab.certificates import practice_root, private_root
from tests.guides.scripts import Scratch
from tests.guides.serving import serving
from tests.operations.shells import REAL, Home
from tests.operations.shells import line as composed

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
COMPOSED: dict[tuple[str, str, str, str], Command] = {
    (f"{code}.{step.name}", one.system, one.shell or "any", f"{one.client}: {one.run}"): one
    for code, playbook in library.load().playbooks.items()
    for step in playbook.steps
    for use in step.use
    for one in composing.composed(use, {}, library.load())
}


@pytest.fixture
def scratch(tmp_path: Path) -> Scratch:
    """A folder to run lines in."""
    return Scratch(tmp_path)


def line(name: str) -> str:
    return LINES[name].run


def shown(scratch: Scratch, text: str, **variables: str) -> dict[str, str]:
    """The variables that a line leaves behind in its shell."""
    ended = scratch.bash("-c", f"{text}\nenv", variables=variables)
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
    assert len(ALONE) >= 2
    assert len(COMPOSED) > 500


@pytest.mark.parametrize("name", LINES)
def test_no_line_gives_a_key_to_a_program_as_an_argument(name: str) -> None:
    """Everybody on the machine can read the arguments of a program."""
    assert not re.search(r"(?:-H|--header) \"[^\"]*\$(?:env:)?[A-Z_]*(?:KEY|TOKEN)", line(name))


@pytest.mark.parametrize("shell", REAL)
def test_every_composed_line_can_be_read_by_its_shell(scratch: Scratch, shell: str) -> None:
    """All of them at once: a shell that cannot read one reads none of them, and says where."""
    of_it = [one for one in COMPOSED.values() if one.system != "windows" and one.shell in (None, shell)]
    script = "".join(f"{text}\n" for one in of_it for text in (one.run, one.undo) if text)
    option = "--no-execute" if shell == "fish" else "-n"
    told = subprocess.run(
        [shutil.which(shell) or shell, option], input=script, capture_output=True, text=True, check=False
    )
    assert (told.returncode, told.stderr) == (0, "")
    assert len(of_it) > 100


def test_no_composed_line_has_a_gap_that_is_not_meant() -> None:
    told = [
        one
        for one in COMPOSED.values()
        if re.search(r"\bVALUE\b|\{[a-z_.]+\||@(?:base_url|credential|trust|model)", one.run)
    ]
    assert told == []


def test_a_line_that_changes_something_says_what_and_how_it_is_taken_back() -> None:
    for (place, _, _, _), one in COMPOSED.items():
        assert one.changes or not one.undo, place
        assert one.undo or not one.lasting or one.operation == "update_client", place


# -- What they do


@pytest.mark.parametrize("name", ALONE)
def test_a_line_that_needs_only_a_shell_runs(scratch: Scratch, name: str) -> None:
    (scratch.home / "company-root.pem").write_text(private_root().pem)  # as the step before leaves it
    ended = scratch.bash("-c", line(name), given="typed\n")
    assert ended.returncode in (0, 1)  # 1: grep found nothing
    assert ended.stderr == ""


def test_every_file_of_authorities_that_is_named_is_shown_and_no_other(scratch: Scratch) -> None:
    (scratch.home / "a b.pem").write_text(private_root().pem)
    named = {"SSL_CERT_FILE": f"{scratch.home}/a b.pem", "NODE_EXTRA_CA_CERTS": f"{scratch.home}/none.pem"}
    ended = scratch.bash("-c", line("tls_ca_misconfigured.file.linux.every.0"), variables=named)
    assert "a b.pem\n-----BEGIN CERTIFICATE-----\n" in ended.stdout
    assert "none.pem" in ended.stderr
    assert "''" not in ended.stderr


@pytest.mark.parametrize("moved", [False, True])
def test_the_first_start_is_marked_where_the_client_looks(tmp_path: Path, moved: bool) -> None:
    home = Home(tmp_path)
    folder = tmp_path / "moved" if moved else home.folder
    folder.mkdir(exist_ok=True)
    (folder / ".claude.json").write_text('\ufeff{"theme": "dark"}', encoding="utf-8")
    (one,) = {
        one.run
        for (place, _, _, _), one in COMPOSED.items()
        if place == "onboarding_check_blocked.mark_complete" and one.system == "linux"
    }
    home.left("bash", one, **({"CLAUDE_CONFIG_DIR": str(folder)} if moved else {}))
    assert json.loads((folder / ".claude.json").read_text()) == {"theme": "dark", "hasCompletedOnboarding": True}
    assert moved is not (home.folder / ".claude.json").exists()


@pytest.mark.parametrize(
    ("version", "set_back"),
    [("Linux version 6.1.0 (gcc)", False), ("Linux version 5.15.153.1-microsoft-standard-WSL2", True)],
)
def test_only_wsl_takes_its_time_from_the_hardware(scratch: Scratch, version: str, set_back: bool) -> None:
    told = scratch.folder / "version"
    told.write_text(version)
    for program in ("timedatectl", "sudo"):
        scratch.program(program, f'echo "{program} $*" >> {scratch.folder}/ran')
    scratch.bash("-c", composed("host_clock", "linux", "bash").run.replace("/proc/version", str(told)))
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
    get = composed("get_company_root", "linux", "bash", lasting=True, pem="~/company-root.pem").run
    get = get.replace("/usr/local/share/ca-certificates", str(added))
    ended = scratch.bash("-c", get)
    root = scratch.home / "company-root.pem"
    assert sorted(re.findall(r"-----BEGIN.*?-----END CERTIFICATE-----", root.read_text(), re.DOTALL)) == sorted(
        one.strip() for one in pems
    )
    assert ended.stdout.count("subject") == len(pems)
    bash = {
        one.client: one.run
        for (place, _, shell, _), one in COMPOSED.items()
        if (place, shell, one.system, one.lasting) == ("tls_intercepted.give_it", "bash", "linux", False)
    }
    left = shown(scratch, bash["claude-code"])
    assert left["NODE_EXTRA_CA_CERTS"] == str(root)
    left = shown(scratch, bash["anthropic-python"])
    public = Path(certifi.where()).read_text().count("BEGIN CERTIFICATE")
    assert Path(left["SSL_CERT_FILE"]).read_text().count("BEGIN CERTIFICATE") == public + 2


@pytest.mark.parametrize(
    ("name", "asks"),
    [
        ("headers_invalid.put_right.linux.curl.0", "GET /v1/models"),
        ("stream_interrupted.see_it.linux.every.0", "POST /v1/messages"),
        ("payload_invalid.write_it_by_program.linux.curl.3", "POST /v1/messages"),
    ],
)
def test_curl_asks_as_the_client_does_and_shows_the_key_to_nobody(scratch: Scratch, name: str, asks: str) -> None:
    body = {"model": "claude-haiku-5-5", "max_tokens": 5, "messages": [{"role": "user", "content": "Hello"}]}
    (scratch.folder / "request.json").write_text(json.dumps(body))
    arguments = scratch.spied("curl")
    with serving(api.api(tls=None)) as served:
        here = line(name).replace("https://api.anthropic.com", served.url)
        ended = scratch.bash("-c", here, variables={"ANTHROPIC_API_KEY": KEY})
        assert served.seen == [asks]
        assert [one.reveal() for one in served.lab.seen[0].credentials.values()] == [KEY]
    assert ended.returncode == 0
    assert '"error"' not in ended.stdout
    assert KEY not in arguments.read_text()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("headers_invalid.put_right.windows.curl.2", '"data":'),
        ("stream_interrupted.see_it.windows.every.2", "event: message_stop"),
    ],
)
def test_what_powershell_pipes_to_curl_is_a_configuration_it_reads(name: str, said: str) -> None:
    piped = line(name).partition(" | ")[0].replace("' + $env:ANTHROPIC_API_KEY + '", KEY)
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
