"""manage.py diagnose, rotate_keys: what an operator types."""

from __future__ import annotations

import asyncio
import json
import signal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.db import OperationalError

from diagnostics import selectors
from diagnostics.engine import pasting
from diagnostics.engine.cli import session
from diagnostics.engine.records import Report
from diagnostics.engine.report import parse
from diagnostics.engine.secrets import Secret
from diagnostics.lab import certificates
from diagnostics.lab.practice import PRACTICES
from diagnostics.models import Environment, Run, Team
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


def diagnose(*words: str) -> tuple[int, str, str]:
    """Exit code, standard output, standard error."""
    out, err = StringIO(), StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("diagnose", *words, stdout=out, stderr=err)
    return int(ended.value.code or 0), out.getvalue(), err.getvalue()


@pytest.fixture
def office(team: Team) -> Environment:
    return factories.make_environment(
        team,
        name="Office",
        practice="corporate_proxy",
        proxy_url="http://proxy.practice.example:3128",
        credential=PRACTICES["corporate_proxy"].key,
    )


def test_a_registered_environment_is_diagnosed_and_nothing_stored(office: Environment) -> None:
    code, out, _ = diagnose("office")
    assert code == 1
    assert "The proxy wants a user name and password" in out
    assert not Run.objects.exists()


def test_json_is_the_report_and_the_options_win_over_what_is_registered(office: Environment) -> None:
    code, out, _ = diagnose(str(office.pk), "--json", "--mode", "print", "--client", "anthropic-python")
    report = json.loads(out)
    assert (code, report["verdict"]["cause"]) == (1, "proxy_auth_required")
    assert (report["run"]["mode"], report["run"]["client"]["name"]) == ("print", "anthropic-python")
    assert report["run"]["vantage"]["kind"] == "worker"


def test_a_healthy_environment_ends_with_0(team: Team) -> None:
    practice = PRACTICES["other_vendor"]
    factories.make_environment(team, name="Fixed", practice="other_vendor", credential=practice.key, **practice.fixes)
    code, out, _ = diagnose("Fixed")
    assert code == 0, out


def test_the_plan_runs_nothing(office: Environment) -> None:
    code, out, _ = diagnose("Office", "--plan", "--json")
    plan = json.loads(out)
    assert (code, plan["billed_tokens"]) == (0, 0)
    assert "http://proxy.practice.example:3128 (the configured proxy)" in plan["destinations"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["Nowhere"], "no environment called Nowhere"),
        (["Office", "--upload", "http://x"], "--upload does not apply"),
        (["Office", "--token=x"], "--token does not apply"),
        (["Office", "--timeout", "x"], "not a number of seconds"),
        (["Office", "--client", "netscape"], "netscape"),
        (["Office", "--nonsense"], "--nonsense"),
    ],
)
def test_a_wrong_command_line_ends_with_2(office: Environment, words: list[str], says: str) -> None:
    code, out, err = diagnose(*words)
    assert (code, out) == (2, "")
    assert says in err


def test_the_block_to_paste_is_the_report(office: Environment) -> None:
    code, out, _ = diagnose("Office", "--paste")
    found = parse(pasting.read(out))
    assert (code, found.run["vantage"]["kind"]) == (1, "worker")


def test_given_roots_take_the_place_of_the_bundled_ones(office: Environment, tmp_path: Path) -> None:
    roots = tmp_path / "roots.pem"
    roots.write_text(certificates.private_root().pem)
    told = json.loads(diagnose("Office", "--json", "--public-roots", str(roots))[1])
    assert told["environment"]["trust"]["sets"][0] == {
        "set": "public",
        "from": "given in place of every bundled list",
        "size": 1,
    }


@pytest.mark.parametrize("words", [["--json"], ["--watch", "1"]])
def test_a_signal_prints_what_there_is(office: Environment, monkeypatch: pytest.MonkeyPatch, words: list[str]) -> None:
    async def lasts(*given: Any, **named: Any) -> Report:
        signal.raise_signal(signal.SIGTERM)
        await asyncio.sleep(100)
        raise AssertionError("nobody waits that long")

    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(session, "diagnose", lasts)
    code, out, _ = diagnose("Office", *words)
    (line,) = out.splitlines()
    assert (code, json.loads(line)["verdict"]["cause"]) == (3, "unknown")
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_fault_of_ours_ends_with_4_and_a_report(office: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    async def breaks(*given: Any, **named: Any) -> Report:
        raise ZeroDivisionError("sk-ant-api03-secret")

    monkeypatch.setattr(session, "diagnose", breaks)
    code, out, err = diagnose("Office", "--json")
    assert (code, err) == (4, "")
    assert json.loads(out)["run"]["error"] == "The run broke off: ZeroDivisionError. Please report it."


def test_a_database_that_is_away_ends_with_4(office: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*given: Any) -> Any:
        raise OperationalError("secret host")

    monkeypatch.setattr(selectors, "environments_called", away)
    code, out, err = diagnose("Office")
    assert (code, out) == (4, "")
    assert "OperationalError" in err
    assert "secret host" not in err


def test_help_is_0(office: Environment) -> None:
    code, out, _ = diagnose("Office", "--help")
    assert (code, "--public-roots" in out) == (0, True)


def test_a_name_that_several_teams_use_needs_the_team(office: Environment) -> None:
    other = factories.make_environment(factories.make_team(), name="office")
    code, _, err = diagnose("Office")
    assert code == 2
    assert office.team.slug in err
    assert other.team.slug in err
    assert diagnose("--team", office.team.slug, "Office", "--plan")[0] == 0


def test_keys_are_rotated_and_the_old_one_can_go(team: Team, settings: LazySettings) -> None:
    made = factories.make_environment(team, credential=factories.KEY, proxy_url="http://a:b@proxy.example:1")
    factories.make_environment(team)
    old = dict(settings.FIELD_ENCRYPTION_KEYS)
    settings.FIELD_ENCRYPTION_KEYS = {"new": b"n" * 32, **old}
    out = StringIO()
    call_command("rotate_keys", stdout=out)
    assert out.getvalue().startswith("1 environments changed")
    settings.FIELD_ENCRYPTION_KEYS = {"new": b"n" * 32}
    again = Environment.objects.get(pk=made.pk)
    assert (again.credential, again.proxy_url) == (Secret(factories.KEY), Secret("http://a:b@proxy.example:1"))
    call_command("rotate_keys", stdout=(again_out := StringIO()))
    assert again_out.getvalue().startswith("0 environments changed")


def test_rotating_without_the_old_key_stops_and_changes_nothing(team: Team, settings: LazySettings) -> None:
    made = factories.make_environment(team, credential=factories.KEY)
    old = dict(settings.FIELD_ENCRYPTION_KEYS)
    settings.FIELD_ENCRYPTION_KEYS = {"new": b"n" * 32}
    with pytest.raises(CommandError, match="no longer holds"):
        call_command("rotate_keys")
    settings.FIELD_ENCRYPTION_KEYS = old
    assert Environment.objects.get(pk=made.pk).credential == Secret(factories.KEY)


def test_a_run_s_question_is_asked_once_more_with_the_settings_of_that_day(office: Environment) -> None:
    run = factories.make_finished_run(office)
    Environment.objects.filter(pk=office.pk).update(client="curl", mode="print")
    told = json.loads(diagnose("--like", str(run.pk), "--json")[1])
    assert told["run"]["client"]["name"] == run.snapshot["client"]
    assert told["run"]["client"]["name"] != "curl"
    assert Environment.objects.get(pk=office.pk).client == "curl", "nothing of it is stored"
    for wrong in ("no-such-run", str(office.pk)):
        code, _, err = diagnose("--like", wrong)
        assert code == 2
        assert "There is no run" in err


def test_a_stored_key_never_goes_the_way_of_an_older_address(office: Environment) -> None:
    run = factories.make_finished_run(office)
    Environment.objects.filter(pk=office.pk).update(base_url="https://elsewhere.example", credential_shape="sk-…")
    code, _, err = diagnose("--like", str(run.pk), "--json")
    assert code == 2
    assert "name the environment instead" in err
