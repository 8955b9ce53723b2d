"""A team's data: how long runs stay, deletion that deletes, an export that another installation takes in."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.http import Http404
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from diagnostics.exceptions import Conflict, InvalidInput, NotAllowed
from diagnostics.models import (
    Attempt,
    AuditEvent,
    Case,
    CaseEvent,
    Environment,
    Membership,
    Run,
    Team,
    User,
    WizardWalk,
)
from diagnostics.models.base import TeamRow
from diagnostics.services import (
    case_work,
    cases,
    deletion,
    environments,
    exporting,
    handoffs,
    importing,
    locks,
    proving,
    retention,
    sharing,
    sweep,
    texts,
    tokens,
    wizards,
)
from diagnostics.services.portable import KINDS, STAYS
from tests import factories

LONG_AGO = timedelta(days=100)


def _tables() -> list[type[TeamRow]]:
    return [model for model in apps.get_app_config("diagnostics").get_models() if issubclass(model, TeamRow)]


def _counts() -> dict[str, int]:
    return {"Team": Team.objects.count()} | {model.__name__: model._default_manager.count() for model in _tables()}


def _old(environment: Environment, cause: str = "healthy", **columns: Any) -> Run:
    report = factories.make_report(cause)
    return factories.make_finished_run(environment, report, **{"queued_at": timezone.now() - LONG_AGO} | columns)


def _attempt(run: Run) -> Attempt:
    return Attempt.objects.create(
        team_id=run.team_id, run=run, try_number=1, position=1, probe="config", status="done", started=0, seconds=0.1,
        facts={"config.key.present": True}, events=[{"at": 0.1, "what": "connected", "detail": "::1"}],
    )  # fmt: skip


# -- How long runs stay ----------------------------------------------------------------------


def test_runs_past_their_time_go_and_the_last_healthy_one_stays(
    owner: User, team: Team, environment: Environment
) -> None:
    gone, last = _old(environment, queued_at=timezone.now() - 2 * LONG_AGO), _old(environment)
    young = factories.make_finished_run(environment, factories.make_report("unknown"))
    expired = factories.make_run(environment, status="expired", queued_at=timezone.now() - LONG_AGO)
    _attempt(gone)
    retention.keep_for(owner, team, 90)
    sweep.sweep()
    assert set(Run.objects.values_list("pk", flat=True)) == {last.pk, young.pk}
    assert expired.pk not in Run.objects.values_list("pk", flat=True)
    assert not Attempt.objects.exists()


def test_nothing_goes_while_a_team_keeps_runs_for_ever(environment: Environment) -> None:
    _old(environment)
    _old(environment)
    sweep.sweep()
    assert Run.objects.count() == 2


def test_what_somebody_still_looks_at_is_kept(owner: User, team: Team, environment: Environment) -> None:
    shared, revoked, in_case, public = (_old(environment, "unknown") for _ in range(4))
    handed, taken_back = (_old(environment, "proxy_auth_required") for _ in range(2))
    handoffs.create(owner, handed, "it", days=7)
    handoffs.revoke(owner, handoffs.create(owner, taken_back, "it", days=7))
    sharing.create(owner, shared, days=7)
    sharing.create(owner, public, None, seal=sharing.seal(owner, public, []))
    sharing.revoke(owner, sharing.create(owner, revoked, days=7))
    cases.record(in_case)
    proof = _old(environment, queued_at=timezone.now() - 2 * LONG_AGO)
    _old(environment)
    WizardWalk.objects.create(team=team, run=in_case, playbook="unknown", started_at=timezone.now(), proof=proof)
    under_way = factories.make_run(environment, queued_at=timezone.now() - LONG_AGO)
    kept = {shared.pk, public.pk, handed.pk, in_case.pk, proof.pk, under_way.pk}
    retention.keep_for(owner, team, 30)
    retention.clean()
    left = set(Run.objects.values_list("pk", flat=True))
    assert kept <= left
    assert not {revoked.pk, taken_back.pk} & left


def test_what_is_shared_at_the_last_moment_stays(
    owner: User, team: Team, environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared, gone = (_old(environment, "unknown") for _ in range(2))
    retention.keep_for(owner, team, 30)
    hold = locks.hold_environments

    def as_soon_as_it_is_free(environments: locks.Ids) -> None:
        monkeypatch.setattr(locks, "hold_environments", hold)
        sharing.create(owner, shared, days=7)
        hold(environments)

    monkeypatch.setattr(locks, "hold_environments", as_soon_as_it_is_free)
    assert retention.clean() == 1
    assert list(Run.objects.values_list("pk", flat=True)) == [shared.pk]
    with pytest.raises(Http404):
        sharing.create(owner, gone, days=7)


def test_a_beat_removes_a_bounded_number_and_the_next_goes_on(
    owner: User, team: Team, environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "MOST", 3)
    for _ in range(7):
        _old(environment, "unknown")
    retention.keep_for(owner, team, 30)
    assert [retention.clean() for _ in range(4)] == [3, 3, 1, 0]


def test_other_teams_runs_are_not_touched(owner: User, team: Team, stranger: User) -> None:
    theirs = _old(factories.make_environment(Membership.objects.get(user=stranger).team), "unknown")
    retention.keep_for(owner, team, 30)
    retention.clean()
    assert Run.objects.filter(pk=theirs.pk).exists()


@pytest.mark.parametrize("days", [0, -1, 31, 100_000])
def test_only_the_offered_times_are_taken(owner: User, team: Team, days: int) -> None:
    with pytest.raises(InvalidInput, match="Choose for ever"):
        retention.keep_for(owner, team, days)


# -- Deletion --------------------------------------------------------------------------------


def _furnish(owner: User, team: Team) -> Environment:
    """A row in as many tables as one service call each can fill."""
    environment = factories.make_environment(team, name="Olga's laptop", credential=factories.KEY)
    run = factories.make_finished_run(environment)
    _attempt(run)
    cases.record(run)
    run.refresh_from_db()
    assert run.case is not None
    cases.add_note(owner, run.case, "Looked at the proxy.")
    walk = wizards.begin(owner, run)
    wizards.mark(owner, walk, proving.steps(walk, {})[0].step.name, "skipped")
    sharing.create(owner, run, days=7)
    texts.keep(owner, team, "Failed to connect to api.anthropic.com: ERR_BAD_REQUEST")
    return environment


def test_a_deleted_team_leaves_no_row_and_no_way_in(client: Client, owner: User, team: Team) -> None:
    _furnish(owner, team)
    link = reverse("shared", args=[sharing.token(sharing.create(owner, Run.objects.get(), days=1))])
    assert deletion.delete_team(owner, team, team.name)
    assert {model.__name__: model._default_manager.filter(team_id=team.pk).count() for model in _tables()} == {
        model.__name__: 0 for model in _tables()
    }
    assert not Team.objects.filter(pk=team.pk).exists()
    assert client.get(link).status_code == 404


@pytest.mark.optional
@pytest.mark.skipif(connection.vendor != "sqlite", reason="a setting of SQLite")
def test_what_is_deleted_is_overwritten_in_the_file(db: None) -> None:
    with connection.cursor() as cursor:
        assert cursor.execute("PRAGMA secure_delete").fetchone() == (1,)


@pytest.mark.optional
@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL writes over it by itself")
@pytest.mark.django_db(transaction=True)
def test_the_words_of_what_is_deleted_leave_the_index_and_the_file(owner: User, team: Team) -> None:
    environment = factories.make_environment(team, name="Xylophone")
    run = factories.make_finished_run(environment)
    cases.record(run)
    run.refresh_from_db()
    assert run.case is not None
    note = cases.add_note(owner, run.case, "Quetzalcoatlus looked at it.")
    assert _in_the_file("quetzalcoatlus")
    case_work.delete_note(owner, note)
    assert not _in_the_file("quetzalcoatlus")
    assert _in_the_file("xylophone")
    assert deletion.delete_team(owner, team, team.name)
    assert not _in_the_file("xylophone")


def _in_the_file(word: str) -> bool:
    """Whether the word, in small letters as it is searched for, stands in SQLite's index, file or journal."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM diagnostics_casefts_data WHERE instr(block, %s)", [word.encode()])
        found = bool(cursor.fetchone()[0])
    files = [Path(f"{connection.settings_dict['NAME']}{end}") for end in ("", "-wal")]
    return found or any(word.encode() in file.read_bytes() for file in files if file.exists())


def test_a_large_team_is_out_of_sight_at_once_and_goes_by_the_beat(
    owner: User, team: Team, environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deletion, "BATCH", 2)
    monkeypatch.setattr(deletion, "AT_ONCE", 1)
    for _ in range(5):
        cases.record(factories.make_finished_run(environment))
    assert not deletion.delete_team(owner, team, team.name)
    with pytest.raises(Http404):
        deletion.delete_team(owner, team, team.name)
    assert Run.objects.filter(team=team).exists()
    for _ in range(10):
        sweep.sweep()
    assert not Team.objects.filter(pk=team.pk).exists()
    assert not Run.objects.exists()


def test_an_environment_goes_with_all_it_holds_once_archived(owner: User, team: Team) -> None:
    environment, other = _furnish(owner, team), factories.make_environment(team, name="Another")
    with pytest.raises(Conflict, match="Archive"):
        deletion.delete_environment(owner, environment, environment.name)
    environment.archived_at = timezone.now()
    environment.save()
    with pytest.raises(InvalidInput, match="Type its name"):
        deletion.delete_environment(owner, environment, "another name")
    assert deletion.delete_environment(owner, environment, " Olga's laptop ")
    assert list(Environment.objects.all()) == [other]
    assert not Run.objects.exists()
    assert not Case.objects.exists()
    assert not CaseEvent.objects.exists()
    assert AuditEvent.objects.get(action="environment_deleted").about == "Olga's laptop"


def test_a_large_environment_is_out_of_sight_at_once_and_goes_by_the_beat(
    client: Client, owner: User, team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deletion, "BATCH", 1)
    monkeypatch.setattr(deletion, "AT_ONCE", 1)
    environment, kept = _furnish(owner, team), factories.make_environment(team, name="Another")
    for one in (environment, kept):
        cases.record(factories.make_finished_run(one))
    environments.archive(owner, environment)
    client.force_login(owner)
    program = {"Authorization": f"Bearer {tokens.make(owner, team, 'a script', ['read'], 7).secret}"}
    assert not deletion.delete_environment(owner, environment, environment.name)
    run, case = (
        Run.objects.filter(environment=environment).latest("queued_at"),
        Case.objects.get(environment=environment),
    )
    gone = [
        reverse(name, args=[run.pk]) for name in ("run", "run_json", "run_html", "run_progress", "share", "compare")
    ]
    gone += [reverse("case", args=[case.pk]), reverse("environment", args=[environment.pk]), f"/api/v1/runs/{run.pk}"]
    for address in gone:
        assert client.get(address, headers=program).status_code == 404, address
    for address in (
        "/",
        "/runs/",
        "/cases/",
        "/cases/?q=proxy",
        "/cases/times/",
        "/api/v1/runs",
        "/api/v1/cases",
        "/sharing/",
    ):
        page = client.get(address, headers=program).content.decode()
        assert environment.name not in page.replace("&#x27;", "'"), address
        assert str(run.pk) not in page
        assert str(case.pk) not in page
    assert kept.name in client.get("/runs/").content.decode()
    assert client.get(f"/cases/?q=%23{case.number}").status_code == 200
    for _ in range(10):
        sweep.sweep()
    assert list(Environment.objects.all()) == [kept]
    assert list(Run.objects.values_list("environment", flat=True)) == [kept.pk]


def test_a_run_goes_but_not_while_it_is_under_way(owner: User, environment: Environment) -> None:
    done, going = factories.make_finished_run(environment), factories.make_run(environment)
    deletion.delete_run(owner, done)
    with pytest.raises(Conflict, match="stop it first"):
        deletion.delete_run(owner, going)
    assert list(Run.objects.all()) == [going]


def test_members_may_not_delete_and_managers_no_team(colleague: User, team: Team, environment: Environment) -> None:
    run = factories.make_finished_run(environment)
    manager = factories.make_member(team, "manager")
    with pytest.raises(NotAllowed):
        deletion.delete_run(colleague, run)
    with pytest.raises(NotAllowed):
        deletion.delete_environment(colleague, environment, environment.name)
    with pytest.raises(NotAllowed):
        deletion.delete_team(manager, team, team.name)
    with pytest.raises(NotAllowed):
        exporting.export(colleague, team)


# -- Out and in ------------------------------------------------------------------------------


def test_every_table_of_a_team_is_exported_or_said_why_not() -> None:
    assert {kind.model for kind in KINDS} | set(STAYS) == set(_tables())


def test_an_export_holds_every_row_and_no_secret(owner: User, team: Team) -> None:
    environment = _furnish(owner, team)
    environment.proxy_url = None
    lines = [json.loads(line) for line in exporting.lines(team)]
    assert [line["is"] for line in lines[:1]] == ["team"]
    assert lines[-1]["lines"] == len(lines) - 1
    for kind in KINDS:
        told = [line for line in lines if line["is"] == kind.word]
        assert len(told) == kind.model._default_manager.filter(team=team).count()
    whole = "\n".join(json.dumps(line) for line in lines)
    assert factories.KEY not in whole
    assert "upload_token" not in whole
    assert "fingerprint_salt" not in whole
    assert team.fingerprint_salt not in whole


def test_what_is_exported_comes_back_as_a_team_that_works(client: Client, owner: User, team: Team) -> None:
    _furnish(owner, team)
    newcomer = factories.make_user("nina@example.com")
    made = importing.import_team(newcomer, exporting.lines(team))
    assert made.team.name == team.name
    assert made.team.pk != team.pk
    for kind in KINDS:
        if kind.comes_back:
            here = kind.model._default_manager.filter(team=made.team).count()
            assert here == kind.model._default_manager.filter(team=team).count() == made.rows.get(kind.word, 0)
    run, before = Run.objects.get(team=made.team), Run.objects.get(team=team)
    assert json.loads(run.report or "")["verdict"] == json.loads(before.report or "")["verdict"]
    assert run.case is not None
    assert run.case.number == Case.objects.get(team=team).number
    assert Environment.objects.get(team=made.team).credential is None
    client.force_login(newcomer)
    for page in (
        reverse("run", args=[run.pk]),
        reverse("case", args=[run.case.pk]),
        reverse("environments"),
        reverse("runs"),
    ):
        assert client.get(page).status_code == 200
    assert cases.record(factories.make_finished_run(Environment.objects.get(team=made.team))) is None


@pytest.mark.parametrize(("said", "comes"), [("zz=1", "zz=1"), ("zz=2", "a=1"), ("", "a=1")])
def test_the_most_telling_trait_comes_along_if_it_is_one(owner: User, team: Team, said: str, comes: str) -> None:
    """A database keeps traits in an order of its own, so it cannot always be found out anew."""
    case = case_work.open_by_hand(owner, team, title="Broken", cause="dns_failure")
    Case.objects.filter(pk=case.pk).update(traits={"a": 1, "zz": 1}, telling=said)
    made = importing.import_team(owner, exporting.lines(team))
    assert Case.objects.get(team=made.team).telling == comes


def _sealed(lines: list[dict[str, Any]]) -> list[bytes]:
    """The lines with a last one that fits: what an attacker who knows the form would write."""
    import hashlib

    body = [json.dumps(line).encode() + b"\n" for line in lines]
    digest = hashlib.sha256(b"".join(body)).hexdigest()
    return [*body, json.dumps({"is": "end", "lines": len(body), "sha256": digest}).encode()]


def _spoil(change: Callable[[dict[str, Any]], object]) -> Callable[[list[dict[str, Any]]], list[dict[str, Any]]]:
    def spoiled(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
        change(next(line for line in lines if line["is"] == "run"))
        return lines

    return spoiled


def _last_number(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [line | {"number": 2**63 - 1} if line["is"] == "case" else line for line in lines]


def _endless(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [line | {"seconds": float("inf")} if line["is"] == "attempt" else line for line in lines]


def _well(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Deep enough for us, and not too deep for the reader of JSON."""
    deep: Any = "water"
    for _ in range(700):
        deep = [deep]
    return [line | {"traits": {"a": deep}} if line["is"] == "case" else line for line in lines]


def _nameless(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [line | {"name": ""} if line["is"] == "environment" else line for line in lines]


SPOILED: dict[str, tuple[Callable[[list[dict[str, Any]]], list[dict[str, Any]]], str]] = {
    "no export": (lambda lines: [{"is": "cat"}], "no export of a team"),
    "empty": (lambda lines: [], "no export of a team"),
    "unknown kind": (lambda lines: [*lines, {"is": "cat"}], "unknown to this version"),
    "wrong order": (lambda lines: [lines[0], *reversed(lines[1:])], "another order|does not stand before"),
    "report of another form": (_spoil(lambda run: run.update(report='{"verdict": 1}')), "report is none of ours"),
    "report longer than any": (_spoil(lambda run: run.update(report='"' + "a" * 2_000_001 + '"')), "longer than any"),
    "report that is no JSON": (_spoil(lambda run: run.update(report="{")), "does not read"),
    "status nobody knows": (_spoil(lambda run: run.update(status="<script>")), "does not read"),
    "snapshot of another shape": (_spoil(lambda run: run.update(snapshot={"name": {"a": 1}})), "does not read"),
    "a date that is none": (_spoil(lambda run: run.update(queued_at="tomorrow")), "does not read"),
    "an id that is none": (_spoil(lambda run: run.update(id="../etc")), "none that an export writes"),
    "an id that is a number": (_spoil(lambda run: run.update(id=7)), "none that an export writes"),
    "a row as deep as a well": (_well, "no JSON|does not read"),
    "an environment without a name": (_nameless, "name is empty"),
    "a time before there was one": (
        _spoil(lambda run: run.update(queued_at="0001-01-01T00:00:00+14:00")),
        "no time from",
    ),
    "a time after the last": (_spoil(lambda run: run.update(queued_at="9999-12-31T23:59:59-14:00")), "no time from"),
    "a report as deep as a well": (_spoil(lambda run: run.update(report="[" * 50_000)), "nested too deeply"),
    "a case with the last number there is": (_last_number, "none that a case gets|less than or equal to"),
    "a number without an end": (_endless, "no number"),
    "points outside": (_spoil(lambda run: run.update(environment="0" * 32)), "does not stand before"),
    "the same row twice": (
        lambda lines: [one for line in lines for one in ([line, line] if line["is"] == "environment" else [line])],
        "two lines say the same|Nothing",
    ),
}


@pytest.mark.parametrize("name", SPOILED)
def test_a_file_that_was_meddled_with_is_refused_whole(owner: User, team: Team, name: str) -> None:
    _furnish(owner, team)
    change, told = SPOILED[name]
    before = _counts()
    lines = _sealed(change([json.loads(line) for line in exporting.lines(team)][:-1]))
    with pytest.raises(InvalidInput, match=told):
        importing.import_team(owner, lines)
    assert before == _counts()


def test_texts_that_no_database_holds_are_made_fit(owner: User, team: Team) -> None:
    """Half a surrogate pair, NUL and what turns a line around: in a name, a note, a fact and its key."""
    _furnish(owner, team)
    odd = "a\x00b\ud800c\u202e"
    lines = [json.loads(line) for line in exporting.lines(team)][:-1]
    lines[0]["name"] = odd
    for line in lines:
        if line["is"] == "case_event":
            line["text"] = odd
        if line["is"] == "attempt":
            line["facts"] = {odd: [odd]}
    made = importing.import_team(owner, _sealed(lines)).team
    fit = made.name
    assert fit.replace("\ufffd", "?") in ("a?b?c?", "a?b??c?")
    assert set(CaseEvent.objects.filter(team=made).values_list("text", flat=True)) == {fit}
    assert Attempt.objects.get(team=made).facts == {fit: [fit]}


def _later(lines: list[dict[str, Any]], value: Any = "h3") -> list[dict[str, Any]]:
    """The same lines as a later version would write them: facts and a column that this one does not know."""
    for line in lines:
        if line["is"] == "run":
            report = json.loads(line["report"])
            report["attempts"][0]["facts"] |= {"quic.version": value, "quic.words": ["a", "b"]}
            line["report"] = json.dumps(report)
        if line["is"] == "case":
            line["severity"] = "high"
    return lines


def test_what_a_later_version_wrote_is_kept_or_told(boss: Client, owner: User, team: Team) -> None:
    _furnish(owner, team)
    lines = _sealed(_later([json.loads(line) for line in exporting.lines(team)][:-1]))
    made = importing.import_team(owner, lines)
    run = Run.objects.get(team=made.team)
    assert json.loads(run.report or "")["attempts"][0]["facts"]["quic.version"] == "h3"
    page = boss.get(reverse("run", args=[run.pk])).content.decode().replace("<wbr>", "")
    assert "quic.version" in page
    assert "h3" in page
    for name in ("share_preview", "run_html", "compare", "wizard"):
        assert boss.get(reverse(name, args=[run.pk]), follow=True).status_code == 200
    assert made.notes == [
        "Kept with no words for them, since they are a later version's: the facts quic.version, quic.words.",
        "Left out, since this version has no place for it: case.severity (1 row).",
    ]
    sent = SimpleUploadedFile("team.jsonl", b"".join(lines))
    told = boss.post(reverse("team_import"), {"file": sent}, follow=True).content.decode()
    assert "case.severity (1 row)" in told
    assert importing.import_team(owner, exporting.lines(made.team)).left == {}


@pytest.mark.parametrize("value", [{"a": 1}, None, [1], [["a"]]])
def test_a_later_fact_has_the_form_of_ours(owner: User, team: Team, value: Any) -> None:
    _furnish(owner, team)
    lines = _sealed(_later([json.loads(line) for line in exporting.lines(team)][:-1], value))
    with pytest.raises(InvalidInput, match="report is none of ours"):
        importing.import_team(owner, lines)


def test_a_system_that_nobody_knows_breaks_no_wizard(client: Client, owner: User, team: Team) -> None:
    _furnish(owner, team)
    lines = [json.loads(line) for line in exporting.lines(team)][:-1]
    odd = {"lines_system": "beos", "lines_shell": "tcsh"}
    made = importing.import_team(owner, _sealed([x | odd if x["is"] == "environment" else x for x in lines])).team
    client.force_login(owner)
    page = client.get(reverse("wizard", args=[Run.objects.get(team=made).pk]), follow=True)
    assert page.status_code == 200


def test_what_is_being_deleted_does_not_leave_the_house(owner: User, team: Team) -> None:
    going, staying = _furnish(owner, team), factories.make_environment(team, name="Staying")
    run = factories.make_finished_run(staying)
    cases.record(run)
    Environment.objects.filter(pk=going.pk).update(doomed_at=timezone.now())
    lines = list(exporting.lines(team))
    whole = b"".join(lines).decode()
    assert "Staying" in whole
    assert str(run.pk) in whole
    assert not [word for word in ("Olga", str(going.pk), "Looked at the proxy") if word in whole]
    made = importing.import_team(owner, lines)
    assert [one.name for one in Environment.objects.filter(team=made.team)] == ["Staying"]


def test_a_file_cannot_bring_what_is_deleted_at_once(owner: User, team: Team) -> None:
    _furnish(owner, team)
    lines = [json.loads(line) for line in exporting.lines(team)][:-1]
    doomed = [
        line | {"doomed_at": "2026-11-29T00:00:00+00:00"} if line["is"] == "environment" else line for line in lines
    ]
    made = importing.import_team(owner, _sealed(doomed))
    assert Environment.objects.get(team=made.team).doomed_at is None


def test_a_file_that_was_cut_or_changed_is_refused(owner: User, team: Team) -> None:
    _furnish(owner, team)
    whole = list(exporting.lines(team))
    with pytest.raises(InvalidInput, match="ends before its last line"):
        importing.import_team(owner, whole[:-1])
    changed = [line.replace(b"Olga", b"Otto") for line in whole]
    with pytest.raises(InvalidInput, match="changed or cut"):
        importing.import_team(owner, changed)
    with pytest.raises(InvalidInput, match="no JSON"):
        importing.import_team(owner, [whole[0], b"[" * 100_000])


def test_authors_do_not_come_along_but_the_importer(owner: User, colleague: User, team: Team) -> None:
    _furnish(owner, team)
    cases.add_note(colleague, Case.objects.get(team=team), "Mine.")
    made = importing.import_team(owner, exporting.lines(team))
    notes = CaseEvent.objects.filter(team=made.team, kind="note")
    assert {note.author_id for note in notes} == {owner.pk, None}
    assert set(Membership.objects.filter(team=made.team).values_list("user", flat=True)) == {owner.pk}


# -- The pages -------------------------------------------------------------------------------


@pytest.fixture
def boss(client: Client, owner: User) -> Client:
    client.force_login(owner)
    return client


def test_the_page_saves_how_long_runs_are_kept(boss: Client, team: Team, environment: Environment) -> None:
    _old(environment, "unknown")
    assert "30 days" in boss.post(reverse("data_keep"), {"keep_days": "30"}, follow=True).content.decode()
    page = boss.get(reverse("team_data")).content.decode()
    assert "1 run is past its time" in page
    assert boss.post(reverse("data_keep"), {"keep_days": "12"}).status_code == 422
    boss.post(reverse("data_keep"), {"keep_days": "ever"})
    team.refresh_from_db()
    assert team.keep_days is None


def test_an_export_from_the_page_goes_back_in(boss: Client, owner: User, team: Team) -> None:
    _furnish(owner, team)
    answer = boss.post(reverse("data_export"))
    packed = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    assert answer["Content-Disposition"].endswith('.jsonl.gz"')
    assert gzip.decompress(packed).splitlines()[0].startswith(b'{"is":"team"')
    file = SimpleUploadedFile("team.jsonl.gz", packed)
    page = boss.post(reverse("team_import"), {"file": file}, follow=True)
    assert "1 environments" in page.content.decode() or "1 environment" in page.content.decode()
    assert Team.objects.filter(name__in=(team.name, f"{team.name} (2)")).count() == 2


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\x1f\x8bnot really", "does not unpack"),
        (b"hello", "no JSON"),
        (gzip.compress(b"{}\n", mtime=0), "no export of a team"),
    ],
)
def test_a_file_that_is_no_export_is_told_in_the_form(boss: Client, content: bytes, told: str) -> None:
    answer = boss.post(reverse("team_import"), {"file": SimpleUploadedFile("x.jsonl", content)})
    assert answer.status_code == 422
    assert told in answer.content.decode()


def test_a_bomb_is_not_unpacked(boss: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from diagnostics.views import data

    monkeypatch.setattr(data, "MOST_UNPACKED", 1_000_000)
    bomb = gzip.compress(b" " * 20_000_000)
    answer = boss.post(reverse("team_import"), {"file": SimpleUploadedFile("x.jsonl.gz", bomb)})
    assert answer.status_code == 422
    assert "300 MB" in answer.content.decode() or "longer than any row" in answer.content.decode()


def test_deleting_the_team_from_the_page_asks_for_its_name(boss: Client, team: Team) -> None:
    refused = boss.post(reverse("team_delete"), {"team-name": "Platfrom"})
    assert refused.status_code == 422
    assert "Type its name" in refused.content.decode()
    assert "Platfrom" in refused.content.decode()
    boss.post(reverse("team_delete"), {"team-name": "Platform"})
    assert not Team.objects.filter(pk=team.pk).exists()
    assert boss.get(reverse("team_data")).status_code == 404


def test_an_environment_and_a_run_are_deleted_from_their_pages(boss: Client, environment: Environment) -> None:
    run = factories.make_finished_run(environment)
    boss.post(reverse("run_delete", args=[run.pk]))
    assert not Run.objects.exists()
    page = reverse("environment_delete", args=[environment.pk])
    assert boss.post(page, {"name": environment.name}).status_code == 422
    boss.post(reverse("environment_archive", args=[environment.pk]))
    assert boss.post(page, {"name": environment.name}).status_code == 302
    assert not Environment.objects.exists()


# -- The commands ----------------------------------------------------------------------------


def test_an_operator_moves_a_team(owner: User, team: Team, tmp_path: Path, capsysbinary: Any) -> None:
    _furnish(owner, team)
    call_command("export_team", team.slug)
    file = tmp_path / "team.jsonl"
    file.write_bytes(capsysbinary.readouterr().out)
    told = io.StringIO()
    call_command("import_team", file, owner=owner.email, stdout=told)
    assert "1 environment" in told.getvalue()
    with pytest.raises(CommandError, match="There is no team"):
        call_command("export_team", "nowhere")
    with pytest.raises(CommandError, match="Nobody here"):
        call_command("import_team", file, owner="nobody@example.com")
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_team", tmp_path / "missing", owner=owner.email)


def test_an_export_asks_a_constant_number_of_queries_a_batch(
    owner: User, team: Team, environment: Environment, django_assert_max_num_queries: Any
) -> None:
    for _ in range(30):
        cases.record(factories.make_finished_run(environment))
    with django_assert_max_num_queries(2 * len(KINDS) + 4, connection=connection):
        list(exporting.lines(team))
