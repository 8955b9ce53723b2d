"""manage.py diagnose, rotate_keys: what an operator types."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command

from diagnostics.engine.secrets import Secret
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
