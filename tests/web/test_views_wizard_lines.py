"""A wizard's lines: for one system, shell, client and duration."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from diagnostics.engine.library import load
from diagnostics.engine.playbook_records import Command
from diagnostics.engine.playbooks.composing import commands
from diagnostics.models import Environment, Run, User
from diagnostics.views import lines
from tests.web.wizard_pages import begun, step_at, text_at

pytestmark = pytest.mark.usefixtures("sent")


@pytest.fixture
def run(environment: Environment, owner: User) -> Run:
    return begun(environment, owner)


def test_the_chosen_system_is_remembered_for_the_environment(ada: Client, member: Client, run: Run) -> None:
    page = text_at(member, step_at(run))
    assert "$env:HTTPS_PROXY" not in page
    member.post(step_at(run, what="wizard_lines"), {"system": "windows"})
    for client in (member, ada):
        page = text_at(client, step_at(run))
        assert "$env:HTTPS_PROXY" in page
        assert "export HTTPS_PROXY" not in page
    member.post(step_at(run, what="wizard_lines"), {"system": "amiga", "lasting": "perhaps"})
    assert Environment.objects.get(pk=run.environment_id).lines_system == "windows"
    page = text_at(member, step_at(run), all="1")
    assert "export HTTPS_PROXY" in page
    assert "macOS" in page


def test_a_reader_chooses_by_links(reader: User, run: Run) -> None:
    client = Client()
    client.force_login(reader)
    page = text_at(client, step_at(run))
    assert f'href="{step_at(run)}?system=windows#commands"' in page
    assert "<button" not in page.partition('id="commands"')[2].partition("copy-block")[0]
    assert "$env:HTTPS_PROXY" in text_at(client, step_at(run), system="windows")
    assert Environment.objects.get(pk=run.environment_id).lines_system == ""


def _shown(commands: list[Command], **reader: Any) -> lines.Lines:
    known: dict[str, Any] = {"system": "linux", "shell": "", "client": "claude-code", "lasting": False}
    return lines.read(commands, lines.Reader(**known | reader))


def test_shell_client_and_how_long_are_chosen_where_they_differ() -> None:
    made = [
        Command("linux", f"{shell} {lasting}", shell=shell, lasting=lasting, operation="set_variable")
        for shell in ("bash", "fish")
        for lasting in (False, True)
    ]
    made.append(Command("linux", "python", client="anthropic-python"))
    shown = _shown(made)
    assert [line.run for line in shown.shown] == ["bash False"]
    assert [choice.name for choice in shown.choices] == ["system", "shell", "client", "lasting"]
    assert shown.more == 4
    assert [line.run for line in _shown(made, shell="fish", lasting=True).shown] == ["fish True"]
    assert [line.run for line in _shown(made, client="anthropic-python").shown] == ["bash False", "python"]
    assert _shown([Command("any", "x")]).choices == ()


def test_of_two_lines_that_do_the_same_the_better_one_is_shown() -> None:
    made = [
        Command("linux", f"set {shell} {lasting}", shell=shell, lasting=lasting, operation="set_proxy")
        for shell in ("bash", "fish")
        for lasting in (False, True)
    ]
    made.append(Command("linux", "enter", shell="bash", operation="enter_proxy_credentials", instead="set_proxy"))
    assert [line.run for line in _shown(made).shown] == ["enter"]
    assert [line.run for line in _shown(made, lasting=True).shown] == ["set bash True"]
    assert [line.run for line in _shown(made, shell="fish").shown] == ["set fish False"]  # nothing better there
    assert _shown(made).more == 4  # the others are a link away


@pytest.mark.parametrize(
    ("path", "kind", "agent", "system"),
    [
        ("/Users/ada/.claude/settings.json", "probe", "Windows NT", "macos"),
        ("C:\\Users\\ada", "probe", "Macintosh", "windows"),
        ("/etc/ssl/certs", "probe", "Macintosh", "linux"),
        ("", "worker", "Mozilla (Macintosh)", "macos"),
        ("", "worker", "Mozilla (Windows NT 10.0)", "windows"),
    ],
)
def test_the_report_tells_the_system(path: str, kind: str, agent: str, system: str) -> None:
    report = {"environment": {"file": path}, "run": {"vantage": {"kind": kind}}}
    assert lines.system_of(Environment(), report, agent) == system
    assert lines.system_of(Environment(kind="ci"), {}, agent) == "linux"


_STANDS_FOR = re.compile(r"\b[A-Z]{3,}-[A-Z]{3,}\b(?!-)|[a-z]+\.example\.com[:\d]*")


def test_what_stands_for_one_s_own_value_is_named_once() -> None:
    made = [Command("linux", "export A=http://proxy.example.com:8080 a=http://proxy.example.com:8080", shell="bash")]
    assert _shown(made).shown[0].examples == ("http://proxy.example.com:8080",)
    assert not _shown([Command("linux", "export A=http://proxy.corp.example:3128")]).shown[0].examples


def test_every_stand_in_of_the_playbooks_is_known() -> None:
    """Where no fact fills it in, the line shows it: whoever pastes it as it is has set a proxy that nobody runs."""
    missed = set()
    count = 0
    for playbook in load().playbooks.values():
        for step in playbook.steps:
            for one in commands(step, {}, load()):
                for found in _STANDS_FOR.findall(one.run):
                    count += 1
                    if not any(found in known for known in lines.Line("", one.run, "", "").examples):
                        missed.add(found)
    assert count
    assert not missed
