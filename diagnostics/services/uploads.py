"""Reports that machines send: taken once, judged by a worker with our knowledge."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from diagnostics import selectors
from diagnostics.engine import library, pasting, pipeline
from diagnostics.engine import report as reports
from diagnostics.engine.records import Report
from diagnostics.engine.secrets import Secret
from diagnostics.exceptions import Conflict, UploadRefused
from diagnostics.models import AccessToken, Action, Environment, Membership, Run, Team, User
from diagnostics.services import environments, fingerprints, locks, redaction, runs, tokens, watching
from diagnostics.services.access import require
from diagnostics.services.canonical import canonical, sha256_of
from diagnostics.services.throttle import Limit

LARGEST = 1024 * 1024  # bytes of a report

_UNKNOWN_TOKEN = "This token belongs to no run that waits for a report. Copy the command from the run's page again."  # noqa: S105  a sentence
_NO_LONGER = "Whoever started this run may start none in its team now: ask somebody there to start a new one."
_ARCHIVED = "This environment is archived: restore it, or end this probe."
_FUTURE = timedelta(days=10 * 366)
"""How far ahead a report's date may lie: a machine's clock may be wrong, which is a cause of its own, but not by any number."""
_BEATS = Limit("watched", 120, 3600)  # a probe sends what changed, at most three a minute
_OVER = {
    Run.Status.CANCELLED: "This run was stopped. Start a new one and copy its command.",
    Run.Status.EXPIRED: "This run waited for a day and expired. Start a new one and copy its command.",
}


def receive(token: str, run_id: UUID | None, report: Any) -> Run:
    """Take the report of the waiting run that `token` was made for; a worker judges it.

    `report` is the parsed JSON. The same report again changes nothing; another one is refused. Raises CallRefused.
    """
    if token.startswith(tokens.BEGINS):
        return _receive_watched(tokens.open_token(token), run_id, report)
    run = _run_of(token, run_id)
    _refuse_who_left(run)
    return _take(run, _checked(run.environment.team, report, environments.secrets_of(run.environment)))


def _refuse_who_left(run: Run) -> None:
    """A run's token may do what whoever asked for the run may do in the team at this moment."""
    place = Membership.objects.filter(team=run.team_id, user=run.requested_by_id, user__is_active=True).first()
    if place is None or not place.allows(Action.RUN):
        raise UploadRefused(403, _NO_LONGER)


def _receive_watched(token: AccessToken, run_id: UUID | None, report: Any) -> Run:
    """A report of the one environment that the token answers for: of a run that waits there, else of a run of its own."""
    place, environment = tokens.use(token, [AccessToken.Scope.WATCH]), token.environment
    if environment is None or environment.archived_at is not None:
        raise UploadRefused(410, _ARCHIVED)
    environment.team = token.team
    text = _checked(token.team, report, environments.secrets_of(environment))
    watching.note_report(token, _vantage_name(text))  # whether or not another machine was quicker
    if run_id is not None:
        run = Run.objects.filter(pk=run_id, environment=environment, vantage_kind="probe").first()
        if run is None:
            raise UploadRefused(404, "This environment has no such run that waits for its machine.")
        return _take(run, text)
    if not _BEATS.take(str(token.pk)):
        raise UploadRefused(429, "This machine sends too many reports: one more is taken in an hour at the latest.")
    with transaction.atomic():
        locks.hold_environment(environment.pk)
        known = _taken(environment, text)
        try:
            return _take(known or runs.start(place.user, environment, on_machine=True).run, text)
        except Conflict as refused:
            raise UploadRefused(409, str(refused)) from None


@transaction.atomic
def paste(user: User, environment: Environment, pasted: str, run: Run | None = None) -> Run:
    """Take the report that a person pasted: for `run`, else for the waiting run that it names, else as a run of its own.

    `pasted` is the block that `probe.pyz --paste` prints, or JSON. What is pasted twice is one run. Raises UploadRefused.
    """
    require(user, environment.team, Action.RUN)
    text = _checked(environment.team, _unpacked(pasted), environments.secrets_of(environment))
    locks.hold_environment(environment.pk)
    meant = run or _named(environment, text) or _taken(environment, text)
    return _take(meant or runs.start(user, environment, on_machine=True).run, text)


@transaction.atomic
def paste_new(user: User, team: Team, pasted: str) -> Run:
    """Take a pasted report as the first run of an environment that is made from it: named as its machine.

    A report that the team has already is its run, whoever pasted it and wherever. Raises UploadRefused.
    """
    require(user, team, Action.EDIT_ENVIRONMENTS)
    locks.hold_team(team.pk)  # two posts of one report come one after the other
    told = reports.parse(look(pasted))
    digest = sha256_of(_checked(team, _unpacked(pasted)))
    known = Run.objects.filter(team=team, upload_sha256=digest).order_by("queued_at").first()
    if known is not None:
        return known
    client = told.run["client"]["name"]
    name = str(told.run["vantage"]["name"]).strip()[:70] or "A machine"
    taken = {row.environment.name for row in selectors.environments(user, team)}
    free = next(one for number in count(1) if (one := name if number == 1 else f"{name} {number}") not in taken)
    values = {"client": client} if client in library.load().clients else {}
    environment = environments.register(user, team, name=free, runs_from=Environment.RunsFrom.MACHINE, **values)
    return paste(user, environment, pasted)


def look(pasted: str) -> dict[str, Any]:
    """A pasted report judged by our knowledge and stored nowhere; what looks like a secret in it is blacked out. Raises UploadRefused."""
    try:
        parsed = reports.parse(_unpacked(pasted))
        _check_date(parsed)
        judged = pipeline.judge(parsed)
    except reports.ReportError as problem:
        raise UploadRefused(422, str(problem)) from None
    clean: dict[str, Any] = redaction.scrub(reports.to_json(judged), (), unknown=True)
    return clean


def _unpacked(pasted: str) -> Any:
    """The report as JSON values; what it holds is looked at later, by `_checked`."""
    try:
        return json.loads(pasting.read(pasted))
    except (ValueError, RecursionError) as problem:
        raise UploadRefused(422, _sentence(problem)) from None


def _sentence(problem: Exception) -> str:
    told = "This is no report. Paste what `probe.pyz --paste` prints, or its JSON."
    return str(problem) if isinstance(problem, reports.ReportError) else told


def _named(environment: Environment, text: str) -> Run | None:
    """The waiting run whose number the report bears: it was made by that run's own command."""
    try:
        number = UUID(reports.parse(text).run["id"])
    except ValueError:
        return None
    return Run.objects.filter(pk=number, environment=environment, status=Run.Status.WAITING).first()


def _taken(environment: Environment, text: str) -> Run | None:
    """The run that has this very report already."""
    return Run.objects.filter(environment=environment, upload_sha256=sha256_of(text)).order_by("queued_at").first()


def _vantage_name(text: str) -> str:
    """What the machine of a report calls itself, as far as its column holds it."""
    return str(reports.parse(text).run["vantage"]["name"])[:120]


@transaction.atomic
def _take(run: Run, text: str) -> Run:
    digest, vantage = sha256_of(text), _vantage_name(text)
    waiting = Run.objects.filter(pk=run.pk, status=Run.Status.WAITING, environment__archived_at=None)
    if waiting.update(status=Run.Status.QUEUED, upload=text, upload_sha256=digest, vantage_name=vantage):
        transaction.on_commit(lambda: runs.wake(run.pk))
        run.refresh_from_db(fields=["status"])
        return run
    run.refresh_from_db(fields=["status", "upload_sha256"])
    if run.upload_sha256 == digest:
        return run
    if run.status == Run.Status.WAITING:
        raise UploadRefused(410, _ARCHIVED)
    if run.status in _OVER:
        raise UploadRefused(410, _OVER[Run.Status(run.status)])
    raise UploadRefused(409, "This run has its report already. Start a new run to send another one.")


def _run_of(token: str, run_id: UUID | None) -> Run:
    """The run by the digest of its token: looked up by index, so its time tells nothing about the token itself."""
    found = Run.objects.select_related("environment").filter(upload_token_sha256=runs.token_sha256(token)).first()
    if found is None or run_id not in (None, found.pk):
        raise UploadRefused(401, _UNKNOWN_TOKEN)
    return found


def _check_date(parsed: reports.Upload) -> None:
    """Refuse a date that no clock has come by honestly."""
    try:
        told = datetime.fromisoformat(parsed.run["started_at"])
    except ValueError:
        raise UploadRefused(422, "This report was made on a day that no calendar has: run the probe again.") from None
    if told - timezone.now() > _FUTURE:
        sentence = (
            "This report says that it was made in the year {}. Set that machine's clock right, and run the probe again."
        )
        raise UploadRefused(422, sentence.format(told.year))


def _checked(team: Team, report: Any, secrets: Sequence[Secret] = ()) -> str:
    """The report as canonical JSON, its form checked and the environment's stored secrets blacked out."""
    try:
        _check_date(reports.parse(report))
        text = canonical(redaction.scrub(fingerprints.within(team, report), secrets))
        reports.parse(text)  # what was blacked out may have made a text too long
    except reports.ReportError as problem:
        raise UploadRefused(422, str(problem)) from None
    except ValueError:
        raise UploadRefused(422, "The report holds a number that JSON does not have.") from None
    if len(text.encode()) > LARGEST:
        raise UploadRefused(413, "This report is over 1 MB, which no run of the probe writes.")
    return text


def judge(run: Run) -> Report:
    """An uploaded report's facts ranked by our knowledge, under our run's id; its own verdict is not looked at.

    Whatever it says of itself, it was measured on a machine and not by a worker of ours.
    """
    upload = reports.parse(run.upload)
    vantage = {**upload.run["vantage"], "kind": "probe"}
    return pipeline.judge(replace(upload, run={**upload.run, "id": str(run.pk), "vantage": vantage}))
