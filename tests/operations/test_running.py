"""Every operation that a scratch home can hold is carried out for real; its undo leaves what was there before, to the byte."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from diagnostics.engine.library import load
from diagnostics.engine.operations import Use
from diagnostics.engine.playbooks import composing
from diagnostics.lab.certificates import private_root
from tests.operations.shells import REAL, Home, arguments_of, cmd_reads, line, lines

HARD = 'a b\'s "c" $HOME %PATH% \\ * `id` !x'
START = {"bash": ".bashrc", "zsh": ".zshrc"}
SETTINGS = '\ufeff{"model": "claude-haiku-5-5",\t"env": {"KEEP": "é"} }'


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home folder."""
    return Home(tmp_path)


# -- Variables


@pytest.mark.parametrize("shell", REAL)
@pytest.mark.parametrize("former", [None, "old 'one'"])
def test_a_variable_is_set_for_this_shell_and_set_back(home: Home, shell: str, former: str | None) -> None:
    one = line("set_variable", "linux", shell, name="A_NAME", value=HARD)
    before = {} if former is None else {"A_NAME": former}
    assert home.left(shell, one.run, **before)["A_NAME"] == HARD
    assert home.left(shell, one.run, one.undo, **before).get("A_NAME") == former
    assert home.files() == {}


@pytest.mark.parametrize("shell", REAL)
@pytest.mark.parametrize("former", [None, "alias ll='ls -l'\nexport A_NAME=older\n"])
def test_a_variable_is_set_for_good_and_taken_back(home: Home, shell: str, former: str | None) -> None:
    if former and shell in START:
        (home.folder / START[shell]).write_text(former)
    before = home.files()
    one = line("set_variable", "linux", shell, lasting=True, name="A_NAME", value=HARD)
    assert home.left(shell, one.run)["A_NAME"] == HARD
    assert home.opened(shell)["A_NAME"] == HARD
    once = home.files()
    home.left(shell, one.run)
    assert home.files() == once  # twice is as good as once
    assert "A_NAME" not in home.left(shell, one.undo)
    assert home.files() == before
    assert home.opened(shell).get("A_NAME") == ("older" if former and shell in START else None)


@pytest.mark.parametrize("shell", [shell for shell in REAL if shell in START])
def test_a_start_up_file_without_an_end_of_line_gets_one(home: Home, shell: str) -> None:
    file = home.folder / START[shell]
    file.write_text("alias ll='ls -l'")
    one = line("set_variable", "linux", shell, lasting=True, name="A_NAME", value="x")
    home.left(shell, one.run)
    assert file.read_text() == "alias ll='ls -l'\nexport A_NAME=x # new line\n"
    assert home.opened(shell)["A_NAME"] == "x"
    home.left(shell, one.undo)
    assert file.read_text() == "alias ll='ls -l'"
    home.left(shell, one.run)
    file.write_text(file.read_text() + "alias later=true\n")
    home.left(shell, one.undo)
    assert file.read_text() == "alias ll='ls -l'\nalias later=true\n"  # what came later stays


LASTING = [("set_variable", {"name": "HTTPS_PROXY", "value": "http://new:1"}), ("set_proxy", {"url": "http://new:1"})]


@pytest.mark.parametrize("shell", REAL)
@pytest.mark.parametrize(("code", "arguments"), LASTING)
@pytest.mark.parametrize("start", [None, b"", b"x=1", b"x=1\n", b"x=1\n\n"])
@pytest.mark.parametrize("former", [None, "", "http://old 'one'"])
def test_what_lasted_leaves_files_and_variables_as_they_were(
    home: Home, shell: str, code: str, arguments: dict[str, str], start: bytes | None, former: str | None
) -> None:
    if start is not None and shell in START:
        (home.folder / START[shell]).write_bytes(start)
    before, variables = home.files(), {} if former is None else {"HTTPS_PROXY": former}
    one = line(code, "linux", shell, lasting=True, **arguments)
    assert home.left(shell, one.run, **variables)["HTTPS_PROXY"] == "http://new:1"
    home.left(shell, one.undo)  # in another terminal
    assert home.files() == before
    assert home.left(shell, one.run, one.run, one.undo, **variables).get("HTTPS_PROXY") == former
    assert home.files() == before


@pytest.mark.parametrize("shell", REAL)
def test_operations_on_one_variable_are_taken_back_one_by_one(home: Home, shell: str) -> None:
    first = line("set_proxy", "linux", shell, url="http://first:1")
    second = line("enter_proxy_credentials", "linux", shell, address="second:1")
    third = line("unset_proxy", "linux", shell)
    show = 'printf "now=%s\\n" "$https_proxy"'
    ended = home.run(
        shell, first.run, second.run, show, third.run, show, third.undo, show, second.undo, show, first.undo, "env",
        given="me\npw\n", https_proxy="http://old:1",
    )  # fmt: skip
    told = re.findall(r"now=(.*)", ended.stdout)
    assert told == ["http://me:pw@second:1", "", "http://me:pw@second:1", "http://first:1"], ended.stderr
    assert "https_proxy=http://old:1" in ended.stdout.splitlines()
    assert not any(row.startswith("HTTPS_PROXY=") for row in ended.stdout.splitlines())


@pytest.mark.parametrize("shell", REAL)
def test_a_line_typed_twice_keeps_the_first_value(home: Home, shell: str) -> None:
    one, other = (line("set_variable", "linux", shell, name="A_NAME", value=value) for value in ("b", "c"))
    assert home.left(shell, one.run, other.run, other.undo, A_NAME="a")["A_NAME"] == "a"
    assert home.left(shell, one.run, other.run, other.undo, one.undo, A_NAME="a")["A_NAME"] == "a"
    assert home.left(shell, one.undo, A_NAME="a")["A_NAME"] == "a"  # nothing was done here


@pytest.mark.parametrize("shell", REAL)
def test_exceptions_that_were_not_there_are_not_there_again(home: Home, shell: str) -> None:
    for code in ("remove_no_proxy", "add_no_proxy"):
        one = line(code, "linux", shell, host="api.anthropic.com")
        left = home.left(shell, one.run, one.undo, no_proxy="localhost")
        assert (left.get("NO_PROXY"), left["no_proxy"]) == (None, "localhost")


@pytest.mark.parametrize("shell", REAL)
@pytest.mark.parametrize("start", [None, "export A_KEY=sk-bad\n", "export A_KEY=sk-bad"])
def test_a_secret_for_good_is_read_by_nobody_else(home: Home, shell: str, start: str | None) -> None:
    if start and shell in START:
        (home.folder / START[shell]).write_text(start)
    before = home.files()
    one = line("enter_secret", "linux", shell, lasting=True, name="A_KEY")
    key = 'sk-it\'s "new" $HOME %s'
    ended = home.run(shell, one.run, "env", given=key + "\n", A_KEY="sk-bad")
    assert (f"A_KEY={key}" in ended.stdout.splitlines(), ended.stderr) == (True, "")
    assert home.opened(shell)["A_KEY"] == key
    holding = [file for file in home.folder.rglob("*") if file.is_file() and b"new" in file.read_bytes()]
    assert holding
    if shell in START:
        assert [file.name for file in holding if b"sk-it" in file.read_bytes()] == [".secret_A_KEY"]
    assert all(file.stat().st_mode & 0o077 == 0 for file in holding if b"sk-it" in file.read_bytes())
    home.run(shell, one.undo)
    assert home.files() == before
    ended = home.run(shell, one.run, one.undo, "env", given=key + "\n", A_KEY="sk-bad")
    assert "A_KEY=sk-bad" in ended.stdout.splitlines()
    assert home.files() == before


@pytest.mark.parametrize("shell", REAL)
def test_a_variable_is_taken_away_and_comes_back(home: Home, shell: str) -> None:
    one = line("unset_variable", "linux", shell, name="A_NAME")
    assert "A_NAME" not in home.left(shell, one.run, A_NAME=HARD)
    assert home.left(shell, one.run, one.undo, A_NAME=HARD)["A_NAME"] == HARD
    assert "A_NAME" not in home.left(shell, one.run, one.undo)


@pytest.mark.parametrize("shell", [shell for shell in REAL if shell in START])
def test_lines_that_set_it_do_nothing_any_more(home: Home, shell: str) -> None:
    for name in (START[shell], ".profile"):
        (home.folder / name).write_text("if true; then\n  export A_NAME='x y'\nfi\nA_NAME_TOO=1\nexport OTHER=2")
    before = home.files()
    assert home.opened(shell)["A_NAME"] == "x y"
    one = line("unset_variable", "linux", shell, lasting=True, name="A_NAME")
    assert "A_NAME" not in home.left(shell, one.run, A_NAME="z")
    opened = home.opened(shell)
    assert "A_NAME" not in opened
    assert opened["OTHER"] == "2"
    assert home.left(shell, one.run, one.undo, A_NAME="z")["A_NAME"] == "z"
    assert home.files() == before


@pytest.mark.skipif("fish" not in REAL, reason="fish is not here")
def test_a_universal_variable_of_fish_is_taken_away_and_comes_back(home: Home) -> None:
    home.left("fish", "set -Ux A_NAME 'x y'")
    assert home.opened("fish")["A_NAME"] == "x y"
    one = line("unset_variable", "linux", "fish", lasting=True, name="A_NAME")
    assert "A_NAME" not in home.left("fish", one.run)
    assert "A_NAME" not in home.opened("fish")
    home.left("fish", "set -Ux A_NAME 'x y'")
    home.left("fish", one.run, one.undo)
    assert home.opened("fish")["A_NAME"] == "x y"


@pytest.mark.parametrize("shell", REAL)
def test_a_value_gets_a_second_name(home: Home, shell: str) -> None:
    one = line("copy_variable", "linux", shell, source="A_NAME", name="B_NAME")
    assert home.left(shell, one.run, A_NAME=HARD)["B_NAME"] == HARD
    assert "B_NAME" not in home.left(shell, one.run, one.undo, A_NAME=HARD)


@pytest.mark.parametrize("shell", REAL)
def test_a_secret_is_typed_in_and_stands_nowhere(home: Home, shell: str) -> None:
    one = line("enter_secret", "linux", shell, name="A_KEY")
    ended = home.run(shell, one.run, "env", given="sk-typed in\n")
    assert "A_KEY=sk-typed in" in ended.stdout.splitlines()
    assert home.files() == {}
    ended = home.run(shell, one.run, one.undo, "env", given="sk-typed in\n", A_KEY="former")
    assert "A_KEY=former" in ended.stdout.splitlines()


@pytest.mark.parametrize("shell", REAL)
def test_a_value_is_looked_at_without_being_shown(home: Home, shell: str) -> None:
    ended = home.run(shell, line("show_value", "linux", shell, name="A_KEY").run, A_KEY='"sk-ant-secret"')
    assert ended.stdout.split() == ["15", '"', '"']
    assert ended.stderr == ""


@pytest.mark.parametrize("shell", REAL)
def test_where_a_variable_is_set_is_told_without_its_value(home: Home, shell: str) -> None:
    key = "sk-ant-api03-0123456789abcdef"
    (home.folder / ".bashrc").write_text(f"\nexport A_KEY={key}\n")
    (home.folder / ".claude").mkdir()
    (home.folder / ".claude" / "settings.json").write_text(json.dumps({"env": {"A_KEY": key}}, indent=1))
    ended = home.run(shell, line("find_setting", "linux", shell, name="A_KEY").run, A_KEY=key)
    assert re.search(r"^A_KEY=", ended.stdout, re.MULTILINE)
    assert ".bashrc:2:" in ended.stdout
    assert "settings.json:3:" in ended.stdout
    assert "0123456789" not in ended.stdout
    both = json.dumps({"env": {"OTHER_KEY": key, "A_KEY": key}, "allow": f"A_KEY {key}"})
    (home.folder / ".claude" / "settings.json").write_text(both)
    (home.folder / ".bashrc").write_text(f"export OTHER_KEY={key} A_KEY\n")
    ended = home.run(shell, line("find_setting", "linux", shell, name="A_KEY").run)
    assert "0123456789" not in ended.stdout
    assert (ended.stdout.count("settings.json:1:"), ended.stdout.count(".bashrc:1:")) == (
        2,
        1,
    )  # the home's is the project's, too
    named = home.run(shell, line("list_names", "linux", shell).run, ANTHROPIC_API_KEY=key)
    assert named.stdout.split() == ["ANTHROPIC_API_KEY"]


# -- Proxies


@pytest.mark.parametrize("shell", REAL)
def test_a_proxy_is_set_in_both_spellings_and_set_back(home: Home, shell: str) -> None:
    url, old = "http://me:p%40ss'%20w@proxy.example.com:8080", {"https_proxy": "http://old:1"}
    one = line("set_proxy", "linux", shell, url=url)
    left = home.left(shell, one.run, **old)
    assert (left["HTTPS_PROXY"], left["https_proxy"]) == (url, url)
    left = home.left(shell, one.run, one.undo, **old)
    assert ("HTTPS_PROXY" in left, left["https_proxy"]) == (False, "http://old:1")
    lasting = line("set_proxy", "linux", shell, lasting=True, url=url)
    home.left(shell, lasting.run)
    assert home.opened(shell)["https_proxy"] == url
    home.left(shell, lasting.undo)
    assert "https_proxy" not in home.opened(shell)
    assert home.files() == {}


@pytest.mark.parametrize("shell", REAL)
def test_every_proxy_goes_and_comes_back(home: Home, shell: str) -> None:
    proxies = {name: f"http://{name.lower()}:1" for name in ("HTTPS_PROXY", "https_proxy")}
    more = dict.fromkeys(("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"), "http://x:1")
    one = line("unset_proxy", "linux", shell)
    assert not any("proxy" in name.lower() for name in home.left(shell, one.run, **proxies, **more))
    left = home.left(shell, one.run, one.undo, **proxies, **more)
    assert left["https_proxy"] == "http://https_proxy:1"
    if shell in START:
        (home.folder / START[shell]).write_text("export HTTPS_PROXY=http://x:1\nhttp_proxy=http://x:1\nexport KEPT=1\n")
        before = home.files()
        one = line("unset_proxy", "linux", shell, lasting=True)
        home.left(shell, one.run)
        opened = home.opened(shell)
        assert "HTTPS_PROXY" not in opened
        assert opened["KEPT"] == "1"
        home.left(shell, one.undo)
        assert home.files() == before


@pytest.mark.parametrize("shell", REAL)
@pytest.mark.parametrize(
    ("exceptions", "left"),
    [
        ("localhost,api.anthropic.com,::1", "localhost,::1"),
        (".anthropic.com localhost", "localhost"),
        ("*.anthropic.com,other.anthropic.com", "other.anthropic.com"),
        ("*", ""),
        ("localhost,thropic.com", "localhost,thropic.com"),
        ("", ""),
    ],
)
def test_a_host_is_taken_out_of_the_exceptions(home: Home, shell: str, exceptions: str, left: str) -> None:
    one = line("remove_no_proxy", "linux", shell, host="api.anthropic.com")
    made = home.left(shell, one.run, NO_PROXY=exceptions, no_proxy=exceptions)
    assert (made.get("NO_PROXY", ""), made.get("no_proxy", "")) == (left, left)
    back = home.left(shell, one.run, one.undo, NO_PROXY=exceptions, no_proxy="x")
    assert (back["NO_PROXY"], back["no_proxy"]) == (exceptions, "x")


@pytest.mark.parametrize("shell", REAL)
def test_a_host_is_added_to_the_exceptions(home: Home, shell: str) -> None:
    one = line("add_no_proxy", "linux", shell, host="localhost")
    assert home.left(shell, one.run)["no_proxy"] == "localhost"
    assert home.left(shell, one.run, NO_PROXY="a.example")["NO_PROXY"] == "a.example,localhost"
    both = home.left(shell, one.run, no_proxy="b.example", NO_PROXY="a.example")
    assert (both["NO_PROXY"], both["no_proxy"]) == (
        "b.example,localhost",
    ) * 2  # where they differ, clients take the lower case
    assert home.left(shell, one.run, one.undo, NO_PROXY="a.example").get("NO_PROXY") == "a.example"
    assert "no_proxy" not in home.left(shell, one.run, one.undo)


def test_in_cmd_too_a_proxys_password_is_typed_in() -> None:
    """The address goes by a variable: inside of PowerShell's quotes nothing of it could be kept from acting."""
    (made,) = (one for one in lines("enter_proxy_credentials", address="it's %PATH%:8080") if one.shell == "cmd")
    keep, address, ask = made.run.split("\n")
    assert keep.startswith("(if not defined OLD_enter_proxy_credentials_HTTPS_PROXY ")
    assert cmd_reads(address, {"PATH": "expanded"}) == "set PROXY_ADDRESS=it's %PATH%:8080"
    assert "it's" not in ask
    assert "+ $env:PROXY_ADDRESS" in ask


@pytest.mark.parametrize("shell", REAL)
def test_proxies_are_shown_without_their_passwords(home: Home, shell: str) -> None:
    ended = home.run(shell, line("show_proxy", "linux", shell).run, HTTPS_PROXY="http://me:hidden@proxy:1")
    assert ended.stdout.splitlines() == ["HTTPS_PROXY=http://...@proxy:1"]
    ended = home.run(
        shell, line("show_proxy", "linux", shell).run, HTTPS_PROXY="http://me:hid/den@proxy:1", https_proxy="me:hid@x"
    )
    assert sorted(ended.stdout.splitlines()) == ["HTTPS_PROXY=http://...@proxy:1", "https_proxy=...@x"]


@pytest.mark.parametrize("shell", REAL)
def test_a_proxys_password_is_typed_in_and_stands_nowhere(home: Home, shell: str) -> None:
    one = line("enter_proxy_credentials", "linux", shell, address="proxy.example.com:8080")
    ended = home.run(shell, one.run, "env", given="ada\\me\np@ss: 'w%\n", https_proxy="http://old:1")
    told = dict(row.split("=", 1) for row in ended.stdout.splitlines() if row.lower().startswith("https_proxy="))
    wanted = "http://ada%5Cme:p%40ss%3A%20%27w%25@proxy.example.com:8080"
    assert told.get("https_proxy") == wanted, (ended.stdout, ended.stderr)
    assert home.files() == {}
    ended = home.run(shell, one.run, one.undo, "env", given="ada\nx\n", https_proxy="http://old:1")
    assert "https_proxy=http://old:1" in ended.stdout.splitlines()


@pytest.mark.parametrize("shell", REAL)
def test_every_proxy_that_went_away_comes_back(home: Home, shell: str) -> None:
    one = line("unset_proxy", "linux", shell)
    names = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")
    before = {name: f"http://{number}:1" for number, name in enumerate(names)}
    assert not set(home.left(shell, one.run, **before)) & set(names)
    left = home.left(shell, one.run, one.undo, **before)
    assert {name: left.get(name) for name in names} == before


# -- Files


@pytest.mark.parametrize("shell", REAL)
@pytest.mark.parametrize("former", [None, SETTINGS])
@pytest.mark.parametrize("moved", [False, True])
def test_an_entry_of_a_settings_file_is_set_and_the_file_comes_back(
    home: Home, shell: str, former: str | None, moved: bool
) -> None:
    folder = home.folder / ("moved" if moved else ".claude")
    variables = {"CLAUDE_CONFIG_DIR": str(folder)} if moved else {}
    if former:
        folder.mkdir()
        (folder / "settings.json").write_text(former, encoding="utf-8")
    before = home.files()
    one = line("set_json_key", "linux", shell, lasting=True, key="env.A_NAME", value=HARD)
    home.left(shell, one.run, **variables)
    made = json.loads((folder / "settings.json").read_text())
    assert made["env"].pop("A_NAME") == HARD
    assert made == ({"env": {}} if former is None else json.loads(former.lstrip("\ufeff")))
    home.left(shell, one.undo, **variables)
    assert home.files() == before


@pytest.mark.parametrize("shell", REAL)
def test_an_entry_of_a_settings_file_is_taken_out(home: Home, shell: str) -> None:
    (home.folder / ".claude").mkdir()
    file = home.folder / ".claude" / "settings.json"
    file.write_text(SETTINGS, encoding="utf-8")
    before = home.files()
    one = line("remove_json_key", "linux", shell, lasting=True, key="env.KEEP")
    home.left(shell, one.run)
    assert json.loads(file.read_text()) == {"model": "claude-haiku-5-5", "env": {}}
    home.left(shell, one.undo)
    assert home.files() == before


@pytest.mark.parametrize("shell", REAL)
def test_two_entries_of_one_file_go_and_come_back_in_any_number_of_tries(home: Home, shell: str) -> None:
    (home.folder / ".claude").mkdir()
    file = home.folder / ".claude" / "settings.json"
    file.write_text(SETTINGS, encoding="utf-8")
    before = home.files()
    first = line("remove_json_key", "linux", shell, lasting=True, key="env.KEEP")
    second = line("set_json_key", "linux", shell, lasting=True, key="env.A_NAME", value="~/a b.pem")
    home.left(shell, first.run, second.run, second.run, first.run)
    assert json.loads(file.read_text())["env"] == {"A_NAME": f"{home.folder}/a b.pem"}
    home.left(shell, second.undo, first.undo)
    assert home.files() == before
    home.left(shell, first.undo)  # twice is as good as once
    assert home.files() == before


@pytest.mark.parametrize("shell", REAL)
def test_a_secret_is_typed_into_a_settings_file_and_stands_nowhere_else(home: Home, shell: str) -> None:
    (home.folder / ".claude").mkdir()
    file = home.folder / ".claude" / "settings.json"
    file.write_text(SETTINGS, encoding="utf-8")
    before = home.files()
    one = line("enter_json_secret", "linux", shell, lasting=True, key="env.A_KEY", name="A_KEY")
    ended = home.run(shell, one.run, "env", given="sk-it's \\ typed in\n")
    assert json.loads(file.read_text())["env"]["A_KEY"] == "sk-it's \\ typed in", ended.stderr
    assert "typed in" not in ended.stdout
    home.left(shell, one.undo)
    assert home.files() == before
    one = line(
        "enter_json_proxy_credentials",
        "linux",
        shell,
        lasting=True,
        key="env.HTTPS_PROXY",
        address="proxy.example.com:8080",
    )
    ended = home.run(shell, one.run, "env", given="ada\\me\np@ss: 'w%\n")
    wanted = "http://ada%5Cme:p%40ss%3A%20%27w%25@proxy.example.com:8080"
    assert json.loads(file.read_text())["env"]["HTTPS_PROXY"] == wanted, ended.stderr
    assert wanted not in ended.stdout
    home.left(shell, one.undo)
    assert home.files() == before


@pytest.mark.parametrize("shell", REAL)
@pytest.mark.parametrize("written", ["~/a project/.claude/settings.json", "{home}/a project/.claude/settings.json"])
def test_a_settings_file_is_found_by_its_whole_path(home: Home, shell: str, written: str) -> None:
    folder = home.folder / "a project" / ".claude"
    folder.mkdir(parents=True)
    (folder / "settings.json").write_text(SETTINGS, encoding="utf-8")
    before = home.files()
    file = written.format(home=home.folder)
    for code, more in (("set_json_key", {"value": 1}), ("remove_json_key", {})):
        one = line(code, "linux", shell, lasting=True, file=file, key="env.KEEP", **more)
        home.left(shell, one.run, CLAUDE_CONFIG_DIR=str(home.folder))
        assert json.loads((folder / "settings.json").read_text())["env"] == ({"KEEP": 1} if more else {})
        home.left(shell, one.undo, CLAUDE_CONFIG_DIR=str(home.folder))
        assert home.files() == before


@pytest.mark.parametrize("shell", REAL)
def test_a_broken_settings_file_is_left_as_it_is(home: Home, shell: str) -> None:
    (home.folder / ".claude").mkdir()
    (home.folder / ".claude" / "settings.json").write_text('{"env": {')
    before = home.files()
    for one in (
        line("set_json_key", "linux", shell, lasting=True, key="env.A", value=1),
        line("remove_json_key", "linux", shell, lasting=True, key="env.A"),
    ):
        assert home.run(shell, one.run).returncode != 0
        assert home.files() == before


@pytest.mark.parametrize("shell", REAL)
def test_a_file_is_checked_and_copied(home: Home, shell: str) -> None:
    file = home.folder / "a b.json"
    file.write_text('{"a": 1}')
    check = line("check_json", "linux", shell, file="~/a b.json")
    assert home.run(shell, check.run).stdout == "It is JSON.\n"
    copy = line("copy_aside", "linux", shell, lasting=True, file="~/a b.json")
    home.left(shell, copy.run)
    file.write_text('{"a": ')
    told = home.run(shell, check.run)
    assert "It is JSON" not in told.stdout
    assert "line 1" in told.stderr
    home.left(shell, copy.undo)
    assert home.files() == {"a b.json": b'{"a": 1}'}


@pytest.mark.parametrize("shell", REAL)
def test_an_authority_is_given_beside_the_public_ones(home: Home, shell: str) -> None:
    import certifi

    home.program("python3", f'[ "$2" = certifi ] && echo {certifi.where()}')
    (home.folder / "root.pem").write_text(private_root().pem)
    one = line("trust_ca_bundle", "linux", shell, pem="~/root.pem", bundle="~/all.pem", name="SSL_CERT_FILE")
    assert home.left(shell, one.run)["SSL_CERT_FILE"] == f"{home.folder}/all.pem"
    both = Path(certifi.where()).read_text() + private_root().pem
    assert (home.folder / "all.pem").read_text() == both
    assert "SSL_CERT_FILE" not in home.left(shell, one.run, one.undo)
    assert sorted(home.files()) == ["root.pem"]


@pytest.mark.parametrize("shell", REAL)
def test_the_hosts_file_loses_the_line_and_gets_it_back(home: Home, shell: str) -> None:
    hosts = home.folder / "hosts"
    hosts.write_text("127.0.0.1 localhost\n0.0.0.0 api.anthropic.com\n10.0.0.1 mine")
    before = home.files()
    home.program("sudo", 'exec "$@"')
    one = line("remove_hosts_line", "linux", shell, lasting=True, host="api.anthropic.com")
    home.run(shell, one.run.replace("/etc/hosts", str(hosts)))
    assert hosts.read_text() == "127.0.0.1 localhost\n10.0.0.1 mine\n"
    home.run(shell, one.undo.replace("/etc/hosts", str(hosts)))
    assert home.files() == before


@pytest.mark.parametrize("shell", [shell for shell in REAL if shell != "fish"])
def test_packets_get_smaller_on_the_interface_that_leads_there(home: Home, shell: str) -> None:
    told = home.folder / "told"
    home.program("ip", f'[ "$1" = route ] && echo "1.2.3.4 via 10.0.0.1 dev lo src 10.0.0.2" || echo "ip $*" >> {told}')
    home.program("sudo", 'exec "$@"')
    one = line("set_mtu", "linux", shell, address="1.2.3.4")
    former = Path("/sys/class/net/lo/mtu").read_text().strip()
    home.left(shell, one.run, one.undo)
    assert told.read_text().splitlines() == ["ip link set dev lo mtu 1280", f"ip link set dev lo mtu {former}"]


# -- All of them, by their form

EXAMPLES: dict[str, Any] = {
    "name": "A_NAME", "word": "B_NAME", "source": "B_NAME", "text": HARD, "path": "~/a b.pem", "host": "api.anthropic.com", "number": "1280",
    "key": "env.A_NAME", "json": HARD, "package": "x",
}  # fmt: skip
FORMS = [
    (code, number)
    for code, operation in sorted(load().operations.items())
    for number, _ in enumerate(lines(code, **{name: EXAMPLES[kind] for name, kind in operation.takes.items()}))
]


@pytest.mark.parametrize(("code", "number"), FORMS)
def test_every_line_has_the_form_of_its_shell(home: Home, code: str, number: int) -> None:
    operation = load().operations[code]
    one = lines(code, **{name: EXAMPLES[kind] for name, kind in operation.takes.items()})[number]
    unix = {"bash", "zsh", "fish"} & set(REAL) if one.system in ("linux", "macos", "any") else set()
    for text in filter(None, (one.run, one.undo)):
        assert text.replace("\n", "").isprintable(), text
        assert not re.search(r"\{(?:name|value|host|url|key|file|folder|pem|line|start_file)(?::bare)?\}", text)
        for shell in sorted(unix & {one.shell or shell for shell in unix}):
            read = subprocess.run(
                [shutil.which(shell) or shell, "-n" if shell != "fish" else "--no-execute"],
                input=text + "\n",
                capture_output=True,
                text=True,
                check=False,
            )
            assert (read.returncode, read.stderr) == (0, ""), (shell, text)
        handed_on = one.shell == "cmd" and text.startswith("powershell -NoProfile -Command")
        if handed_on:
            *program, text = arguments_of(cmd_reads(text, {"A_NAME": "expanded", "PATH": "expanded"}))
            assert program == ["powershell", "-NoProfile", "-Command"]
        if handed_on or (one.shell in (None, "powershell") and one.system in ("windows", "any")):
            bare = re.sub(r"'(?:[^']|'')*'|\"[^\"]*\"", "", text)
            assert re.findall(r"&&|\|\||\?\?|-MaskInput|['\"]", bare) == [], text
            assert all(bare.count(opening) == bare.count(closing) for opening, closing in ("()", "{}", "[]")), text
    assert bool(one.changes) or not one.undo
    assert not one.lasting or one.undo or code == "update_client"


@pytest.mark.parametrize(
    "code", ["set_json_key", "remove_json_key", "enter_json_secret", "enter_json_proxy_credentials", "check_json"]
)
def test_whoever_works_in_cmd_gets_the_lines_for_settings_files(code: str) -> None:
    """PowerShell does it, with the very script: only what cmd would act upon is written otherwise."""
    plain = EXAMPLES | {"text": "a b", "json": 80, "path": "~/a b.json"}
    made = lines(code, **{name: plain[kind] for name, kind in load().operations[code].takes.items()})
    told = {one.shell: (one.run, one.undo) for one in made if one.system == "windows"}
    assert set(told) == {"powershell", "cmd"}
    for script, handed in zip(told["powershell"], told["cmd"], strict=True):
        assert arguments_of(cmd_reads(handed, {}))[3:] == ([script] if script else [])


@pytest.mark.parametrize(
    "code", ["set_json_key", "remove_json_key", "enter_json_secret", "enter_json_proxy_credentials"]
)
def test_in_powershell_a_file_that_cannot_be_read_stays_as_it_is(code: str) -> None:
    """At its prompt a line goes on behind a statement that failed, unless it is told to stop: then nothing is left to write but null."""
    (made,) = (
        one
        for one in lines(code, **{name: EXAMPLES[kind] for name, kind in load().operations[code].takes.items()})
        if one.shell == "powershell"
    )
    assert re.fullmatch(r"& \{ \$ErrorActionPreference = 'Stop'; .* \}", made.run), made.run
    read, kept, written = (made.run.index(part) for part in ("ConvertFrom-Json", "Copy-Item", "WriteAllText"))
    assert made.run.index("if ($is -cne $was)") < kept < written
    assert read < kept
    for path in re.findall(
        r"(?:Test-Path|Get-Item|Copy-Item|Move-Item -Force|Remove-Item|Get-Content -Raw -Encoding UTF8) (\S+)",
        made.run + made.undo,
    ):
        assert path == "-LiteralPath"  # a folder may have brackets in its name


@pytest.mark.parametrize(
    "code", ["set_json_key", "remove_json_key", "enter_json_secret", "enter_json_proxy_credentials"]
)
def test_in_powershell_the_way_back_needs_a_copy_and_takes_nothing_without_one(code: str) -> None:
    made = lines(code, **{name: EXAMPLES[kind] for name, kind in load().operations[code].takes.items()})
    (undo,) = (one.undo for one in made if one.shell == "powershell")
    assert undo.endswith(
        "if (Test-Path -LiteralPath $b) { if ((Get-Item -LiteralPath $b -Force).Length) "
        "{ Move-Item -Force -LiteralPath $b $f } else { Remove-Item -LiteralPath $f, $b } }"
    )


@pytest.mark.parametrize(
    ("held_by", "named"),
    [
        ("ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_AUTH_TOKEN"),
        ("primaryApiKey", "ANTHROPIC_API_KEY"),
        ("x; rm -rf ~", "ANTHROPIC_API_KEY"),
    ],
)
def test_a_credential_is_typed_into_a_variable_and_nothing_else(held_by: str, named: str) -> None:
    """What a report names may be an entry of a login file, or whatever a hostile server made of it."""
    use = Use("enter_secret", {"name": "{config.key.name|ANTHROPIC_API_KEY}"})
    made = list(composing.composed(use, {"config.key.name": held_by}, load()))
    assert {one.changes.partition(",")[0] for one in made} == {named}
    assert not any("rm -rf" in one.run + one.undo for one in made)


def test_a_variable_is_the_one_that_the_client_reads() -> None:
    use = Use("set_variable", {"name": "@trust", "value": "~/root.pem"})
    for client, name in (
        ("claude-code", "NODE_EXTRA_CA_CERTS"),
        ("anthropic-python", "SSL_CERT_FILE"),
        ("python-requests", "REQUESTS_CA_BUNDLE"),
    ):
        made = list(composing.composed(use, {"config.client.name": client}, load()))
        assert made
        assert all(name in one.run for one in made)
        typed = [one for one in made if one.shell != "powershell" and not one.run.startswith("powershell ")]
        assert all(f"{name}=" in one.run or f"{name} " in one.run for one in typed)
    assert (
        list(
            composing.composed(
                Use("set_variable", {"name": "@base_url", "value": "x"}), {"config.client.name": "curl"}, load()
            )
        )
        == []
    )


@pytest.mark.parametrize(
    ("provider", "name"),
    [
        ("bedrock", "CLAUDE_CODE_USE_BEDROCK"),
        ("mantle", "CLAUDE_CODE_USE_MANTLE"),
        ("anthropic_aws", "CLAUDE_CODE_USE_ANTHROPIC_AWS"),
    ],
)
def test_a_switch_is_the_one_that_is_on(provider: str, name: str) -> None:
    """A search for the beginning of its name finds nothing in the shell's own variables."""
    told = {"config.client.name": "claude-code", "config.provider_switch": provider}
    for code in ("find_setting", "unset_variable"):
        made = list(composing.composed(Use(code, {"name": "@switch"}), told, load()))
        assert made
        assert all(name in one.run for one in made)
