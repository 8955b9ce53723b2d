"""Rows are held in one order: what happens at once waits, and neither side is thrown out (on PostgreSQL; SQLite lets one write)."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from django.db import transaction

from diagnostics.exceptions import Conflict
from diagnostics.models import Case, CaseEvent, Environment, Membership, Role, Run, Team, User
from diagnostics.services import (
    account_deletion,
    case_words,
    case_work,
    cases,
    deletion,
    freezing,
    invitations,
    judging,
    locks,
    newcomers,
    teams,
)
from tests import factories
from tests.web import engines

SERVICES = Path(locks.__file__).parent
AT_ONCE = 0.6  # seconds in which the other one has come to where it waits


@pytest.fixture
def place(colleague: User) -> Membership:
    return Membership.objects.get(user=colleague)


def opened(team: Team, owner: User, environment: Environment | None, *, of: User, cause: str = "dns_failure") -> Case:
    case = case_work.open_by_hand(owner, team, title="Broken", cause=cause, environment=environment)
    case_work.assign(owner, case, of)
    return case


def together(first: Callable[[], Any], reached: Event, second: Callable[[], Any]) -> None:
    """`second` begins when the other has come to its middle; whatever either raises is raised."""
    raised: list[BaseException] = []

    def act() -> None:
        try:
            first()
        except BaseException as problem:
            raised.append(problem)
            reached.set()

    thread = engines.in_thread(act)
    assert reached.wait(60)
    second()
    thread.join(100)
    assert not thread.is_alive()
    if raised:
        raise raised[0]


def paused(monkeypatch: pytest.MonkeyPatch, where: Any, name: str) -> Event:
    """What comes to this function stays a while before it goes on."""
    reached, real = Event(), getattr(where, name)

    def slow(*args: Any, **values: Any) -> Any:
        reached.set()
        time.sleep(AT_ONCE)
        return real(*args, **values)

    monkeypatch.setattr(where, name, slow)
    return reached


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("change", ["role", "removal"])
def test_a_note_is_written_while_its_person_loses_the_case(
    team: Team, owner: User, colleague: User, place: Membership, change: str
) -> None:
    case, written = opened(team, owner, None, of=colleague), Event()

    def write() -> None:
        with transaction.atomic():
            cases.add_note(owner, case, "Seen it.")
            written.set()
            time.sleep(AT_ONCE)

    def lose() -> None:
        if change == "role":
            teams.change_role(owner, place, Role.READONLY)
        else:
            teams.remove_member(owner, place)

    together(write, written, lose)
    case.refresh_from_db()
    assert case.assignee is None
    assert CaseEvent.objects.filter(case=case, kind="note").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_run_opens_a_case_while_somebody_loses_another_one(
    team: Team,
    owner: User,
    colleague: User,
    place: Membership,
    environment: Environment,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case = opened(team, owner, environment, of=colleague)
    run = factories.make_finished_run(environment)
    reached = paused(monkeypatch, cases, "open_new")
    together(lambda: cases.record(run), reached, lambda: teams.change_role(owner, place, Role.READONLY))
    case.refresh_from_db()
    assert case.assignee is None
    assert Case.objects.filter(environment=environment).count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_run_ends_while_who_asked_for_it_deletes_the_account(
    team: Team, owner: User, colleague: User, environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = opened(team, owner, environment, of=colleague)
    columns = {
        "status": Run.Status.RUNNING,
        "lease_owner": "x",
        "lease_until": engines.past(-60),
        "requested_by": colleague,
    }
    run = factories.make_run(environment, **columns)
    reached = paused(monkeypatch, cases, "open_new")
    report = engines.concluded(engines.CONFIG, engines.CONNECT)
    together(
        lambda: freezing.freeze(run, report),
        reached,
        lambda: account_deletion.delete_account(colleague, colleague.email),
    )
    run.refresh_from_db()
    case.refresh_from_db()
    assert (run.status, run.requested_by, case.assignee) == (Run.Status.FINISHED, None, None)


@pytest.mark.django_db(transaction=True)
def test_a_run_ends_while_a_case_is_opened_from_it(
    team: Team, owner: User, environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = factories.make_run(environment, status=Run.Status.RUNNING, lease_owner="x", lease_until=engines.past(-60))
    reached = paused(monkeypatch, cases, "open_new")
    report = engines.concluded(engines.CONFIG, engines.CONNECT)

    def by_hand() -> None:
        with pytest.raises(Conflict, match="go on there"):
            case_work.open_by_hand(owner, team, title="Broken", cause="dns_failure", run=run)

    together(lambda: freezing.freeze(run, report), reached, by_hand)
    assert Case.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_note_is_written_while_its_case_is_deleted(
    team: Team, owner: User, environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = opened(team, owner, environment, of=owner)
    reached = paused(monkeypatch, case_words, "renew")
    together(lambda: cases.add_note(owner, case, "Seen it."), reached, lambda: deletion._delete_cases([case.pk]))
    assert not Case.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_case_is_opened_again_while_its_verdict_is_contradicted(
    owner: User, environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = factories.make_finished_run(environment)
    cases.record(run)
    case = Case.objects.get()
    cases.close(owner, case, "A password.")
    reached = paused(monkeypatch, judging, "withdraw_confirmation")
    together(
        lambda: cases.reopen(owner, case),
        reached,
        lambda: judging.contradict(owner, run, "dns_failure", "Its resolver was dead."),
    )
    case.refresh_from_db()
    assert case.state == Case.State.OPEN


@pytest.mark.django_db(transaction=True)
def test_who_accepts_two_invitations_at_once_is_in_once(team: Team, owner: User, stranger: User) -> None:
    one, two = (invitations.invite(owner, team, "", Role.MEMBER) for _ in range(2))
    accepted = Event()

    def accept() -> None:
        with transaction.atomic():
            invitations.accept(stranger, one)
            accepted.set()
            time.sleep(AT_ONCE)

    def too() -> None:
        with pytest.raises(Conflict, match="You are in Platform already"):
            invitations.accept(stranger, two)

    together(accept, accepted, too)
    assert Membership.objects.filter(user=stranger, team=team).count() == 1
    two.refresh_from_db()
    assert two.used_at is None


@pytest.mark.django_db(transaction=True)
def test_who_accepts_an_invitation_while_single_sign_on_brings_them_is_in_once(
    team: Team, owner: User, stranger: User, settings: Any
) -> None:
    settings.OIDC_AUTO_TEAM, settings.OIDC_DOMAINS = team.slug, ()
    one, accepted = invitations.invite(owner, team, "", Role.MEMBER), Event()

    def accept() -> None:
        with transaction.atomic():
            invitations.accept(stranger, one)
            accepted.set()
            time.sleep(AT_ONCE)

    together(accept, accepted, lambda: newcomers.join_team_of_newcomers(stranger))
    assert Membership.objects.filter(user=stranger, team=team).count() == 1


def test_whatever_holds_more_than_one_kind_does_so_in_the_one_order(
    team: Team,
    owner: User,
    colleague: User,
    place: Membership,
    environment: Environment,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ranks, held = {"team": 0, "environment": 1, "case": 2}, list[tuple[str, frozenset[Any]]]()
    real = locks._hold

    def noted(rows: Any) -> None:
        held.append((rows.model._meta.model_name, frozenset(rows.values_list("pk", flat=True))))
        real(rows)

    monkeypatch.setattr(locks, "_hold", noted)
    run = factories.make_finished_run(environment)
    for act in (
        lambda: cases.record(run),
        lambda: opened(team, owner, environment, of=colleague),
        lambda: teams.change_role(owner, place, Role.READONLY),
        lambda: teams.change_role(owner, place, Role.MEMBER),
        lambda: case_work.assign(owner, Case.objects.earliest("number"), colleague),
        lambda: account_deletion.delete_account(colleague, colleague.email),
        lambda: deletion.delete_team(owner, team, team.name),
    ):
        held.clear()
        act()
        top, seen = 0, frozenset[Any]()
        for kind, ids in held:
            assert ids <= seen or ranks[kind] >= top
            top, seen = max(top, ranks[kind]), seen | ids


def test_nobody_locks_a_team_an_environment_or_a_case_in_another_way() -> None:
    own_rows = {"locks.py", "case_words.py", "key_rotation.py"}
    files = [file for file in SERVICES.parent.rglob("*.py") if "migrations" not in file.parts]
    found = {file.name for file in files if "select_for_update" in file.read_text()}
    assert found <= own_rows
    assert not re.search(r"select_for_update\((?!no_key=True)", Path(locks.__file__).read_text())
