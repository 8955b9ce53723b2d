"""Handing a run's packet to somebody outside the team, and trying again when they say that they changed something."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction
from django.db.models import DateTimeField, F, Q, Value
from django.db.models.functions import Coalesce
from django.http import Http404
from django.urls import reverse
from django.utils import timezone

from diagnostics.exceptions import Conflict, InvalidInput
from diagnostics.handoffs import outcomes
from diagnostics.models import Action, Environment, HandOff, HandOffChange, Membership, Run, ShareLink, User
from diagnostics.services import audit, cases, environments, link_tokens, locks, mail, outsiders, runs, watching
from diagnostics.services.access import require
from diagnostics.services.redaction import written
from diagnostics.services.sharing import LONGEST

if TYPE_CHECKING:
    from diagnostics.handoff_schema import Receiver

NOTE_MOST, NAME_MOST = 1_000, 80  # characters
NOTES_MOST = 3_000  # of all that receivers write while one change is tried
EVERY = timedelta(minutes=1)
A_DAY = 20  # presses of one link
_SALT = "diagnostics.hand-off"
NO_ID = UUID(int=0)
"""Of no row."""
_FAILED = "The checks could not be carried out. That is no sign of your change: try again in a few minutes."
_CALLED_OFF = "failed"
_CAME = {
    "works": "it works now",
    "moved": "their part works now",
    "still": "it is still stopped",
    "undecided": "it does not work yet",
}
"""What the sender reads of an outcome in a subject; the receiver's own words are in their file of the knowledge."""
ARCHIVED = "This environment is archived: restore it before you make a link, since whoever gets it could not have it run again."


def receivers(run: Run) -> tuple[Receiver, ...]:
    """Who can act on a finished run's verdict, the likeliest first; nobody on a healthy one or one without a report."""
    from diagnostics.handoffs import choosing  # as in _named

    return () if run.report is None else choosing.fitting(json.loads(run.report))


def receiver_of(run: Run, name: str) -> Receiver:
    """The receiver of that name, if the run has something for them; else Http404."""
    for one in receivers(run):
        if one.name == name:
            return one
    raise Http404("There is no such packet for this run.")


def seen(run: Run, receiver: Receiver, hides: Sequence[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The run's report, and what of it the receiver is shown: never a secret, and the key's shape only where it is theirs to know."""
    if run.report is None:
        raise Http404("There is no report.")
    report: dict[str, Any] = json.loads(run.report)
    kinds = frozenset(kind for kind in hides if kind in ShareLink.Hides.values)
    describes = receiver.describes_key and not {HandOff.Hides.CREDENTIAL, HandOff.Hides.SETTINGS} & set(hides)
    shown = outsiders.without(report, run.snapshot, kinds, describes_key=describes)
    return report, shown


def require_making(user: User, run: Run) -> None:
    """Whether this person may make links of this run; NotAllowed says why not. Whoever has one may have it run again."""
    require(user, run.team, Action.SHARE)
    require(user, run.team, Action.RUN)


@transaction.atomic
def create(user: User, run: Run, name: str, days: int, hides: Sequence[str] = (), note: str = "") -> HandOff:
    """A link to the receiver's packet for `days`; its receiver may have the run repeated. Raises Conflict, InvalidInput."""
    require_making(user, run)
    if run.report is None:
        raise Conflict("There is no report to hand over yet.")
    locks.hold_environment(run.environment_id)  # whoever archives it at this moment comes before or after
    if not Environment.objects.filter(pk=run.environment_id, archived_at=None).exists():
        raise Conflict(ARCHIVED)
    receiver = receiver_of(run, name)
    if not 1 <= days <= LONGEST.days:
        raise InvalidInput({"days": f"Choose from 1 to {LONGEST.days} days."})
    if not set(hides) <= set(HandOff.Hides.values):
        raise InvalidInput({"hides": f"Choose from {', '.join(HandOff.Hides.values)}."})
    now = timezone.now()
    made = HandOff.objects.create(
        team_id=run.team_id,
        run=run,
        receiver=receiver.name,
        hides=sorted(set(hides)),
        note=_clean(run, note, NOTE_MOST, "note"),
        created_by=user,
        created_at=now,
        expires_at=now + timedelta(days=days),
        touched_at=now,
    )
    audit.record(run.team, user, "hand_off_made", _about(run, receiver.title), reverse("run", args=[run.pk]))
    cases.tell_handed(run.case, f"Handed over to: {receiver.title}.", user)
    return made


@transaction.atomic
def revoke(user: User, hand_off: HandOff) -> None:
    """Nobody can open it from now on."""
    require(user, hand_off.team, Action.SHARE)
    now = timezone.now()
    if HandOff.objects.filter(pk=hand_off.pk, revoked_at=None).update(revoked_at=now, touched_at=now):
        about = _about(hand_off.run, hand_off.receiver)
        audit.record(hand_off.team, user, "hand_off_revoked", about, reverse("run", args=[hand_off.run_id]))
    hand_off.refresh_from_db(fields=["revoked_at"])


def token(hand_off: HandOff) -> str:
    """What stands in the URL."""
    return link_tokens.make(hand_off.pk, _SALT)


def open_link(text: str, light: bool = False) -> HandOff:
    """The hand-off of a token with its run, `light` without the report. Http404 when it is wrong, expired or revoked."""
    row_id = link_tokens.read(text, _SALT)
    alive = HandOff.objects.filter(HandOff.working(timezone.now()), pk=row_id or NO_ID)
    left = ("run__report", "run__snapshot") if light else ()
    found = (
        alive.select_related("run", "run__environment", "run__case", "created_by").defer("run__upload", *left).first()
    )
    if found is None:
        raise Http404("This link is not valid.")
    return found


def viewed(hand_off: HandOff) -> None:
    """Its receiver has opened it."""
    now = timezone.now()
    opened = Coalesce("opened_at", Value(now, output_field=DateTimeField()))
    HandOff.objects.filter(pk=hand_off.pk).update(views=F("views") + 1, opened_at=opened, touched_at=now)


@transaction.atomic
def changed(hand_off: HandOff, by: str = "", note: str = "") -> HandOffChange:
    """The receiver says that they changed something: the run is repeated, or its machine or that one's people are asked to.

    A press while an earlier one is tried answers with that one, to which its words are added. Raises Conflict with the receiver's words.
    """
    now = timezone.now()
    locks.hold_environment(hand_off.run.environment_id)  # of two who press at once the second finds the first one's
    if not HandOff.objects.filter(HandOff.working(now), pk=hand_off.pk).exists():
        raise Http404("This link is not valid.")
    found = latest_change(hand_off)
    run = hand_off.run
    clean_by, clean_note = " ".join(_clean(run, by, NAME_MOST, "by").split()), _clean(run, note, NOTE_MOST, "note")
    if found is not None and found.answered_at is None:
        if _state(found) != _CALLED_OFF:
            return _added(hand_off, found, clean_by, clean_note)
        HandOffChange.objects.filter(pk=found.pk).update(answered_at=now, outcome=_CALLED_OFF, says=_FAILED)
    if found is not None and now - found.at < EVERY:
        raise Conflict("It was tried less than a minute ago. Wait a minute, then press again.")
    if HandOffChange.objects.filter(hand_off=hand_off, at__gt=now - timedelta(days=1)).count() >= A_DAY:
        raise Conflict(f"It was tried {A_DAY} times today. Write to whoever sent you this link.")
    by_machine = run.vantage_kind == "probe" and _asked_of_machine(run)
    again = None if run.vantage_kind == "probe" else _start(run)
    made = HandOffChange.objects.create(
        team_id=hand_off.team_id,
        hand_off=hand_off,
        environment_id=run.environment_id,
        at=now,
        by=clean_by,
        note=clean_note,
        run=again,
    )
    HandOff.objects.filter(pk=hand_off.pk).update(changed_at=now, proven_at=None, touched_at=now)
    cases.tell_handed(run.case, _pressed(hand_off, made, asks=again is None and not by_machine), None)
    if again is None and not by_machine:
        transaction.on_commit(lambda: _ask(hand_off, made))
    return made


def _added(hand_off: HandOff, change: HandOffChange, by: str, note: str) -> HandOffChange:
    """The open change with what another one of the receivers wrote meanwhile."""
    if note and note not in change.note and len(change.note) + len(note) <= NOTES_MOST:
        change.note = "\n".join(part for part in (change.note, f"{by}: {note}" if by else note) if part)
        change.save(update_fields=["note"])
        HandOff.objects.filter(pk=hand_off.pk).update(touched_at=timezone.now())
        cases.tell_handed(hand_off.run.case, f"{_titled(hand_off, by)} adds: {note}", None)
    return change


def _ask(hand_off: HandOff, change: HandOffChange) -> None:
    """Tell the sender that their machine is to run it again."""
    _write(hand_off, change, "run it again", "hand_off_asked", {"run": hand_off.run})


def _write(hand_off: HandOff, change: HandOffChange, what: str, template: str, context: dict[str, Any]) -> None:
    """Mail the sender; one who left the team is told nothing."""
    sender = hand_off.created_by
    if (
        sender is None
        or not Membership.objects.filter(user=sender, team=hand_off.team_id, user__is_active=True).exists()
    ):
        return
    who = _who(hand_off, change)
    mail.send(sender.email, f"{who} changed it: {what}", template, {"who": who, "change": change, **context})


def _asked_of_machine(run: Run) -> bool:
    """Whether the machine itself listens and was asked. The change goes on waiting for any run of it: it may fall silent."""
    if watching.listening(run.environment) is None:
        return False
    try:
        runs.start_for_hand_off(run.environment, on_machine=True)
    except Conflict:  # its people are told
        return False
    return True


def _start(run: Run) -> Run:
    try:
        return runs.start_for_hand_off(run.environment)
    except Conflict:  # its words are the team's
        raise Conflict(
            "It cannot be tried just now. Try again later, or write to whoever sent you this link."
        ) from None


def latest_change(hand_off: HandOff) -> HandOffChange | None:
    """What the receiver said last, with its run."""
    found = HandOffChange.objects.filter(hand_off=hand_off).select_related("run").defer("run__report", "run__upload")
    return found.order_by("-at", "-id").first()


def state_of(change: HandOffChange | None) -> str:
    """Where a change is: "" for none, trying, asked (its machine's people are), or an outcome."""
    return "" if change is None else _state(change)


def _state(change: HandOffChange) -> str:
    if change.answered_at is not None:
        return change.outcome
    if change.run is None:
        return "asked"
    return "trying" if change.run.is_open or change.run.status == Run.Status.FINISHED else _CALLED_OFF


def says_of(change: HandOffChange) -> str:
    """The outcome in a sentence; "" while there is none."""
    return change.says or (_FAILED if _state(change) == _CALLED_OFF else "")


def record(run: Run) -> None:
    """Answer the changes that wait for this run; part of the transaction that freezes it.

    One that the machine's people were asked to repeat is answered by the environment's next full run.
    """
    if run.kind != Run.Kind.FULL:
        return
    mine = Q(run=run) | Q(run=None, at__lte=run.queued_at)
    waiting = HandOffChange.objects.filter(mine, environment=run.environment_id, answered_at=None)
    for change in waiting.select_related("hand_off__run__case", "hand_off__created_by"):
        _answer(change, run)


def _answer(change: HandOffChange, run: Run) -> None:
    hand_off, now = change.hand_off, timezone.now()
    receiver = _named(hand_off.receiver)
    if receiver is None or hand_off.run.report is None:
        return
    _, was = seen(hand_off.run, receiver, hand_off.hides)
    _, found = seen(run, receiver, hand_off.hides)
    told = outcomes.told(receiver, was["verdict"], found["verdict"])
    open_one = HandOffChange.objects.filter(pk=change.pk, answered_at=None)
    if not open_one.update(run=run, answered_at=now, outcome=told.word, says=told.says[:600]):
        return
    HandOff.objects.filter(pk=hand_off.pk).update(proven_at=now if told.proven else None, touched_at=now)
    says = f"{receiver.title} pressed \u201cI changed it\u201d. {told.says}"
    cases.tell_handed(hand_off.run.case, says, None, run)
    context = {"outcome": told.word, "run": run, "before": hand_off.run}
    transaction.on_commit(lambda: _write(hand_off, change, _CAME[told.word], "hand_off_outcome", context))


def _named(name: str) -> Receiver | None:
    """A receiver of the knowledge. Its forms are pydantic's, which a worker loads only when a hand-off waits for its run."""
    from diagnostics.handoffs import choosing

    return choosing.named(name)


def _who(hand_off: HandOff, change: HandOffChange) -> str:
    return _titled(hand_off, change.by)


def _titled(hand_off: HandOff, by: str) -> str:
    receiver = _named(hand_off.receiver)
    title = receiver.title if receiver is not None else hand_off.receiver
    return f"{title} ({by})" if by else title


def _pressed(hand_off: HandOff, change: HandOffChange, asks: bool) -> str:
    note = f": {change.note}" if change.note else "."
    request = " Run it again on its machine, so that they hear what came of it." if asks else ""
    note += "." if asks and not note.endswith((".", "!", "?")) else ""
    return f"{_who(hand_off, change)} says that they changed it{note}{request}"


def _about(run: Run, receiver: str) -> str:
    return f"{run.title} to {receiver}"


def _clean(run: Run, text: str, most: int, field: str) -> str:
    """Words of somebody, without secrets."""
    text = text.strip()
    if len(text) > most:
        raise InvalidInput({field: f"This is too long: at most {most} characters."})
    return written(text, environments.secrets_of(run.environment))[:most]
