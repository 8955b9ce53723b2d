"""Who may do what: one table, checked before every write; strangers find nothing at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise

import pytest
from django.http import Http404

from diagnostics import selectors
from diagnostics.exceptions import Conflict, NotAllowed
from diagnostics.models import PERMISSIONS, Action, Case, Environment, Membership, Role, Run, Team, User, WizardWalk
from diagnostics.services import cases, environments, invitations, runs, sharing, teams, uploads, wizards
from diagnostics.services.access import require
from tests import factories


@pytest.fixture
def run(environment: Environment) -> Run:
    made = factories.make_finished_run(environment)
    cases.record(made)
    return made


@pytest.fixture
def case(run: Run) -> Case:
    return Case.objects.get(runs=run)


@pytest.fixture
def walk(owner: User, run: Run) -> WizardWalk:
    return wizards.begin(owner, run)


def test_each_role_can_do_all_the_next_lower_one_can() -> None:
    roles = [Role.READONLY, Role.MEMBER, Role.MANAGER, Role.OWNER]
    assert list(PERMISSIONS) == roles
    for lower, higher in pairwise(roles):
        assert PERMISSIONS[lower] < PERMISSIONS[higher]
    assert PERMISSIONS[Role.OWNER] == set(Action)


@pytest.mark.parametrize("action", list(Action))
def test_a_reader_may_look_and_nothing_else(reader: User, team: Team, action: Action) -> None:
    if action == Action.VIEW:
        assert require(reader, team, action).role == Role.READONLY
    else:
        whom = "an owner" if action == Action.MANAGE_TEAM else "an owner or manager"
        with pytest.raises(NotAllowed, match=f"ask {whom}\\.$"):
            require(reader, team, action)


@pytest.mark.parametrize("action", list(Action))
def test_a_stranger_finds_no_team(stranger: User, owner: User, team: Team, action: Action) -> None:
    with pytest.raises(Http404):
        require(stranger, team, action)


def test_somebody_who_was_locked_out_is_a_stranger(owner: User, team: Team) -> None:
    owner.is_active = False
    with pytest.raises(Http404):
        require(owner, team, Action.VIEW)


Write = Callable[[User, Environment, Run, Case, WizardWalk], object]

WRITES: dict[str, Write] = {
    "register": lambda user, environment, *_: environments.register(user, environment.team, name="New"),
    "edit": lambda user, environment, *_: environments.edit(user, environment, notes="x"),
    "archive": lambda user, environment, *_: environments.archive(user, environment),
    "restore": lambda user, environment, *_: environments.restore(user, environment),
    "start": lambda user, environment, *_: runs.start(user, environment),
    "paste": lambda user, environment, *_: uploads.paste(user, environment, json.dumps(factories.make_report())),
    "cancel": lambda user, _, run, *__: runs.cancel(user, run),
    "note": lambda user, _, __, case, ___: cases.add_note(user, case, "x"),
    "close": lambda user, _, __, case, ___: cases.close(user, case, "x"),
    "reopen": lambda user, _, __, case, ___: cases.reopen(user, case),
    "share": lambda user, _, run, *__: sharing.create(user, run, 7),
    "check": lambda user, _, __, ___, walk: wizards.check(user, walk, "x"),
    "mark": lambda user, _, __, ___, walk: wizards.mark(user, walk, "x", "done"),
    "look": lambda user, _, __, ___, walk: wizards.look(user, walk, "x"),
    "answer": lambda user, _, __, ___, walk: wizards.answer(user, walk, "x", "y"),
    "lines": lambda user, environment, *_: wizards.choose_lines(user, environment, {"system": "macos"}),
    "prove": lambda user, _, __, ___, walk: wizards.prove(user, walk),
    "invite": lambda user, environment, *_: invitations.invite(user, environment.team, "a@b.example", "member"),
    "rename team": lambda user, environment, *_: teams.rename(user, environment.team, "x"),
}


@pytest.mark.parametrize("name", WRITES)
def test_no_write_of_a_reader_or_stranger_goes_through(
    name: str, reader: User, stranger: User, environment: Environment, run: Run, case: Case, walk: WizardWalk
) -> None:
    with pytest.raises(NotAllowed):
        WRITES[name](reader, environment, run, case, walk)
    with pytest.raises(Http404):
        WRITES[name](stranger, environment, run, case, walk)


def test_selectors_answer_members_and_tell_strangers_that_nothing_is_there(
    reader: User, stranger: User, owner: User, environment: Environment, run: Run, case: Case, walk: WizardWalk
) -> None:
    link = sharing.create(owner, run, 7)
    member = Membership.objects.get(user=owner, team=environment.team)
    reads: list[Callable[[User], object]] = [
        lambda viewer: selectors.get_environment_or_404(viewer, environment.pk),
        lambda viewer: selectors.get_run_or_404(viewer, run.pk),
        lambda viewer: selectors.pulse_or_404(viewer, run.pk),
        lambda viewer: selectors.get_case_or_404(viewer, case.pk),
        lambda viewer: selectors.get_share_link_or_404(viewer, link.pk),
        lambda viewer: selectors.get_member_or_404(viewer, member.pk),
        lambda viewer: selectors.get_membership_or_404(viewer, environment.team),
        lambda viewer: selectors.environments(viewer, environment.team),
        lambda viewer: selectors.runs(viewer, environment.team),
        lambda viewer: selectors.cases(viewer, environment.team),
        lambda viewer: selectors.open_cases(viewer, environment),
        lambda viewer: selectors.similar_cases(viewer, environment.team, run.cause),
        lambda viewer: selectors.members(viewer, environment.team),
        lambda viewer: selectors.share_links(viewer, run),
    ]
    for read in reads:
        assert read(reader) is not None
        with pytest.raises(Http404):
            read(stranger)


def test_a_walk_has_no_pulse_for_a_stranger(reader: User, stranger: User, walk: WizardWalk) -> None:
    assert selectors.walk_pulse(reader, walk.run_id)
    assert selectors.walk_pulse(stranger, walk.run_id) == ""


def test_only_an_owner_makes_owners_and_the_last_one_stays(owner: User, team: Team, colleague: User) -> None:
    manager = factories.make_member(team, Role.MANAGER)
    place = Membership.objects.get(user=colleague)
    with pytest.raises(NotAllowed, match="Only an owner"):
        teams.change_role(manager, place, Role.OWNER)
    teams.change_role(manager, place, Role.READONLY)
    assert Membership.objects.get(user=colleague).role == Role.READONLY
    mine = Membership.objects.get(user=owner)
    with pytest.raises(NotAllowed, match="Only an owner"):
        teams.remove_member(manager, mine)
    with pytest.raises(Conflict, match="last owner"):
        teams.remove_member(owner, mine)
    with pytest.raises(Conflict, match="last owner"):
        teams.change_role(owner, mine, Role.MEMBER)
    teams.change_role(owner, place, Role.OWNER)
    teams.remove_member(owner, mine)
    assert not Membership.objects.filter(user=owner).exists()
