"""A wizard's walk as its pages show it: what is asked, the steps that apply, how far each is, and what was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.http import Http404, QueryDict

from diagnostics import selectors
from diagnostics.engine import playbooks
from diagnostics.engine.library import load
from diagnostics.engine.playbooks.asking import Asked, named_today
from diagnostics.models import Environment, Membership, Run, WizardCheck, WizardWalk
from diagnostics.services import proving, sharing
from diagnostics.views import standing
from diagnostics.views.reading import changes
from diagnostics.views.trail import Trail
from diagnostics.views.walk_items import Ask, Step, says_of


@dataclass(frozen=True)
class Walk:
    """All of a walk; `proof` is its last step, the client's whole path again, which has a page of its own.

    `gone`: steps of which something is known here, and which the knowledge of today need not have any more.
    """

    walk: WizardWalk
    run: Run
    trail: Trail
    report: Mapping[str, Any]
    answers: Mapping[str, str]
    pulse: str
    items: tuple[Ask | Step, ...]
    proof: playbooks.Walked
    gone: frozenset[str] = frozenset()

    @property
    def title(self) -> str:
        """What is to be fixed."""
        return self.run.title

    @property
    def query(self) -> str:
        """The answers, for links and forms."""
        return self.trail.query

    @property
    def end_href(self) -> str:
        """The page of the proof."""
        return self.trail.url("wizard_end")

    @property
    def steps(self) -> tuple[Step, ...]:
        """What there is to do, without the questions and the proof."""
        return tuple(one for one in self.items if isinstance(one, Step))

    @property
    def first_open(self) -> Ask | Step | None:
        """Where to go on: the first step without an end, or the question before it; None when only the proof is left."""
        return next((one for one in self.items if one.is_open), None)

    @property
    def length(self) -> int:
        """How many steps there are, the proof included."""
        return len(self.steps) + 1

    @property
    def is_run_here(self) -> bool:
        """Whether a worker makes the runs, so that a step may edit the registered settings."""
        return self.run.environment.runs_from == Environment.RunsFrom.WORKER

    @property
    def what_was_done(self) -> str:
        """The steps that were carried out and change something, in one text: a first draft of what fixed it."""
        done = [
            step.walked.do
            for step in self.steps
            if step.state == "done" and step.changes_something and step.stands.run_id != self.run.pk
        ]
        return " ".join(sentence if sentence.endswith(".") else f"{sentence}." for sentence in done)

    @property
    def doubtful(self) -> Step | None:
        """The step to look at again where the full run meets the same fault: the first that nothing measured has proven."""
        unproven = (step for step in self.steps if step.stands.run_id is None and not step.aside)
        return next((step for step in unproven if not (step.said and step.state == "done")), None)

    def get(self, name: str) -> Step:
        """The step of that name, or 404."""
        for step in self.steps:
            if step.name == name:
                return step
        raise Http404("There is no such step.")

    def leaves_out(self, name: str) -> bool:
        """Whether the playbook has or had a step of that name, and it is not on this way."""
        known = any(step.name == name for step in load().playbooks[self.walk.playbook].steps[:-1])
        return (known or name in self.gone) and all(step.name != name for step in self.steps)

    def own_href(self, name: str) -> str:
        """A step's address with every answer that leads to it, for whoever opens it elsewhere."""
        return replace(self.trail, chosen=self.answers).url("wizard_step", name)

    def get_question(self, name: str) -> Ask:
        """The question that has or had that name, or 404 where facts decide it."""
        for one in self.items:
            if isinstance(one, Ask) and name in (one.name, one.asked.question.formerly):
                return one
        raise Http404("There is no such question.")

    def after(self, name: str) -> Ask | Step | None:
        """What follows a step or a question and is still open; None where only the proof is left."""
        at = next((place for place, one in enumerate(self.items) if one.name == name), -1)
        return next((one for one in self.items[at + 1 :] if one.is_open), None)


def read(walk: WizardWalk, run: Run, place: Membership, query: QueryDict, pulse: str = "") -> Walk:
    """The walk as this member sees it. Steps come from the knowledge of today; their words from the run's facts.

    `pulse` was read before the walk: what comes in between is news for the page that shows it.
    """
    report, trail = sharing.report_seen_by(place, run), Trail.of(run, query)
    rows = selectors.walk_checks(walk)
    answered = [row for row in rows if row.mark == WizardCheck.Mark.ANSWERED]
    raw = proving.facts_of(selectors.report(run) or {})
    playbook = load().playbooks[walk.playbook]
    for row in answered:
        (row.step,) = named_today(playbook, {row.step: row.says})
    stored = {row.step: row.says for row in reversed(answered)}
    trail = replace(trail, chosen=named_today(playbook, trail.chosen))
    facts, answers = proving.facts_of(report), {**stored, **trail.chosen}
    *walked, proof = playbooks.walk(walk.playbook, facts, load(), answers)
    measured = standing.measured(walk, proving.told_by(walk.playbook, raw), rows)
    steps = [
        _step(one, number, [row for row in rows if row.step == one.step.name and row not in answered], measured, trail)
        for number, one in enumerate(walked, 1)
    ]
    steps = [_seen_by(place, run, step, raw) for step in steps]
    if run.environment.runs_from == Environment.RunsFrom.WORKER:
        steps = _aside(steps)
    asks = [_ask(one, answered, trail) for one in playbooks.questions(walk.playbook, facts, load())]
    asks = [replace(one, settled=_is_settled(one, steps)) for one in asks]
    items, gone = _in_order(walk.playbook, asks, steps), frozenset(row.step for row in rows if row not in answered)
    made = Walk(walk, run, trail, report, answers, pulse, items, proof, gone)
    return replace(made, items=tuple(_with_next(one, made) for one in made.items))


def _step(
    walked: playbooks.Walked,
    number: int,
    rows: Sequence[WizardCheck],
    measured: Sequence[standing.Measured],
    trail: Trail,
) -> Step:
    name = walked.step.name
    glance = next((row for row in rows if row.automatic and row.passed is False), None)
    return Step(name, number, walked, standing.of(walked, rows, measured), glance, "", trail.url("wizard_step", name))


def _seen_by(place: Membership, run: Run, step: Step, red: Mapping[str, Any]) -> Step:
    """With the outcomes as this member may see them; `red` are the red run's facts, with nothing left out."""
    check = step.check if step.check is not None and step.check.passed is False else None
    green, decides = step.walked.step.green, step.walked.decides
    still = changes.still_off(red, check.after, green, decides, step.fix) if check is not None else ""
    old = check is not None and changes.settings_unchanged(red, check.after)
    for row in {id(row): row for row in (step.check, step.glance) if row is not None}.values():
        row.says = sharing.seen_by(place, run, row.says)
        row.before, row.after = sharing.seen_by(place, run, [row.before, row.after])
    return replace(step, still=sharing.seen_by(place, run, still), still_old=old)


def _aside(steps: Sequence[Step]) -> list[Step]:
    """Where registered settings are to be changed, looking around on a machine helps nobody who stands at the dashboard."""
    fixed_here = any(step.fix is not None for step in steps)
    return [
        replace(step, elsewhere=fixed_here and bool(step.said and step.walked.commands) and not step.changes_something)
        for step in steps
    ]


def _ask(asked: Asked, answered: Sequence[WizardCheck], trail: Trail) -> Ask:
    """What this address has chosen counts; what somebody answered since elsewhere is told beside it."""
    row = next((row for row in answered if row.step == asked.name and says_of(asked, row.says)), None)
    own = trail.chosen.get(asked.name, "")
    own = own if says_of(asked, own) else ""
    stored = row.says if row is not None else ""
    theirs = says_of(asked, stored) if own and own != stored else ""
    href, other = trail.url("wizard_ask", asked.name), trail.with_answer(asked.name, stored)
    return Ask(asked, own or stored, row, href, theirs, other.url("wizard") if theirs else "")


def _is_settled(ask: Ask, steps: Sequence[Step]) -> bool:
    hanging = [step for step in steps if step.walked.step.when and step.walked.step.when.question == ask.name]
    return not any(step.is_open for step in hanging or steps)  # an answer that no step hangs on rules others out


def _in_order(code: str, asks: Sequence[Ask], steps: Sequence[Step]) -> tuple[Ask | Step, ...]:
    """Each question before its step; one whose step the answer has ruled out, at the place where that step would stand."""
    order = [step.name for step in load().playbooks[code].steps]
    found: list[Ask | Step] = []
    waiting = list(asks)
    for name in order:
        found += [ask for ask in waiting if ask.asked.before == name]
        waiting = [ask for ask in waiting if ask.asked.before != name]
        found += [step for step in steps if step.name == name]
    return (*found, *waiting)


def _with_next(one: Ask | Step, walk: Walk) -> Ask | Step:
    if not isinstance(one, Step):
        return one
    following = walk.after(one.name)
    if following is None:
        return replace(one, next_href=walk.end_href, next_title=walk.proof.do)
    title = following.walked.do if isinstance(following, Step) else following.asked.ask
    return replace(one, next_href=following.href, next_title=title)
