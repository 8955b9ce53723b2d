"""What people and strangers write, wherever they do: of a key only whose it is stays, and no line is turned around."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from diagnostics.engine.secrets import Secret
from diagnostics.exceptions import InvalidInput
from diagnostics.models import Environment, Membership, Run, Team, User
from diagnostics.services import (
    accounts,
    case_work,
    cases,
    environments,
    handoffs,
    invitations,
    judging,
    teams,
    texts,
    tokens,
)
from diagnostics.services.redaction import written
from tests import factories

pytestmark = pytest.mark.django_db
KEY = "sk-ant-api03-" + "kQ7wT2" * 15 + "-RYAA"
SHAPE = Secret(KEY).shape
TYPED = f"gpj.\u202etxt: {KEY} and the old one, {SHAPE}, http://ada:hunter2secret@p.example"


@pytest.fixture
def run(team: Team) -> Run:
    return factories.make_finished_run(factories.make_environment(team))


def _notes(user: User, run: Run) -> str:
    environments.edit(user, run.environment, notes=TYPED)
    return Environment.objects.get(pk=run.environment_id).notes


def _note(user: User, run: Run) -> str:
    case = case_work.open_by_hand(user, run.team, title="It fails", cause="unknown", environment=run.environment)
    return cases.add_note(user, case, TYPED).text


def _resolution(user: User, run: Run) -> str:
    case = case_work.open_by_hand(user, run.team, title="It fails", cause="unknown", environment=run.environment)
    cases.close(user, case, TYPED, TYPED)
    return case.what_fixed + case.what_it_was


def _why(user: User, run: Run) -> str:
    return judging.contradict(user, run, "unknown", TYPED).why


def _senders(user: User, run: Run) -> str:
    return handoffs.create(user, run, "network", 7, note=TYPED).note


def _receivers(user: User, run: Run) -> str:
    made = handoffs.changed(handoffs.create(user, run, "network", 7), "\u202eada", TYPED)
    return made.by + made.note


def _kept(user: User, run: Run) -> str:
    return texts.keep(user, run.team, f"curl: (6) Could not resolve host: x\n{TYPED}").text


@pytest.mark.parametrize("write", [_notes, _note, _resolution, _why, _senders, _receivers, _kept])
def test_nobody_reads_more_of_a_key_than_whose_it_is(
    write: Callable[[User, Run], str], colleague: User, run: Run
) -> None:
    kept = write(colleague, run)
    assert "sk-ant-api03-\u2026" in kept
    assert [word for word in (SHAPE[-4:], "characters)", "hunter2", "\u202e") if word in kept] == []


def test_what_was_written_before_stays_as_it_is() -> None:
    once = written(TYPED)
    assert written(once) == once
    assert written("Wait\u2026 then ask Bearer of bad news\u2026") == "Wait\u2026 then ask Bearer of bad news\u2026"


@pytest.mark.parametrize("typed", [factories.KEY, f"Ours {factories.KEY}", "gpj\u202etxt"])
def test_a_name_that_everybody_reads_is_no_key_and_reads_as_it_is(typed: str, owner: User, team: Team) -> None:
    invitation = invitations.invite(owner, team, "", "member")
    ways: list[Callable[[], object]] = [
        lambda: teams.rename(owner, team, typed),
        lambda: accounts.create_team(owner, typed),
        lambda: accounts.rename_person(owner, typed),
        lambda: tokens.make(owner, team, typed, ["read"], 7),
        lambda: invitations.accept_as_new(invitation, False, "new@example.com", typed, "a long enough phrase"),
        lambda: environments.register(owner, team, name=typed, client="claude-code"),
    ]
    for way in ways:
        with pytest.raises(InvalidInput) as refused:
            way()
        assert set(refused.value.errors) == {"name"}
    assert not Environment.objects.filter(team=team).exists()
    assert Membership.objects.filter(team=team).count() == 1


def test_a_name_that_will_not_do_is_told_in_its_form(member: Client) -> None:
    answer = member.post("/account/", {"name": KEY})
    assert answer.status_code == 422
    assert "looks like a key" in answer.content.decode()
