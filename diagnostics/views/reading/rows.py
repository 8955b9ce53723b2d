"""The check rows of a run: one per probe, in path order, that keep their place while the run goes on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from diagnostics.drawing.states import STATES
from diagnostics.engine.vocabulary import LAYERS
from diagnostics.views.reading import words

_WORDS: Mapping[str, str] = {"unknown": "No answer", "unreached": "Not run", "waiting": "To do"}


class ProbeLike(Protocol):
    """What is read of an entry of `probes.PROBES`."""

    name: str
    layer: str
    title: str
    needs: tuple[str, ...]
    limit: float


@dataclass(frozen=True)
class Fact:
    """A fact as it is shown: `name` is the engine's, `title` says what it is, `value` is text."""

    name: str
    title: str
    value: str


@dataclass(frozen=True)
class Row:
    """A probe's line: `state` is a name of `states.STATES`, `line` its outcome in one sentence.

    `seconds` is how long it took, or how long it has been waited for while it runs.
    """

    probe: str
    layer: str
    title: str
    state: str
    line: str = ""
    seconds: float | None = None
    limit: float = 0.0
    facts: tuple[Fact, ...] = ()

    @property
    def word(self) -> str:
        """The state in words: colour and shape never stand alone."""
        return _WORDS.get(self.state) or STATES[self.state].word

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen here."""
        return self.state not in ("waiting", "running")

    @property
    def slug(self) -> str:
        """The probe's name as part of an element's id."""
        return self.probe.replace(".", "-")

    @property
    def anchor(self) -> str:
        """The id that the path drawing and the waterfall link to."""
        return f"probe-{self.slug}"

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Facts as name and value."""
        return [(fact.title, fact.value) for fact in self.facts]

    @property
    def milestone(self) -> str:
        """What is worth saying aloud: that something broke, never every tick."""
        return f"{self.title}: {self.line}" if self.state in ("broken", "fault") else ""


@dataclass(frozen=True)
class Group:
    """The rows of one layer."""

    layer: str
    rows: tuple[Row, ...]


def build(
    probes: Iterable[ProbeLike],
    attempts: Sequence[Mapping[str, Any]],
    findings: Sequence[Mapping[str, Any]],
    elapsed: float | None,
) -> tuple[Row, ...]:
    """Rows of all `probes`; attempts and findings as in the report.

    `elapsed` is seconds since the run began, None when it is over.
    """
    tried = {attempt["probe"]: attempt for attempt in attempts if not attempt.get("variant")}
    known = list(probes)
    rows = [_row(probe, tried.get(probe.name), findings, tried, elapsed) for probe in known]
    names = {probe.name for probe in known}
    rows += [
        _ended(attempt, attempt["probe"].partition(".")[0], attempt["probe"], 0.0, findings)
        for name, attempt in tried.items()
        if name not in names
    ]
    return tuple(rows)


def grouped(rows: Sequence[Row]) -> tuple[Group, ...]:
    """Rows by layer; layers in path order, rows in theirs."""
    order = sorted(
        {row.layer for row in rows}, key=lambda layer: LAYERS.index(layer) if layer in LAYERS else len(LAYERS)
    )
    return tuple(Group(layer, tuple(row for row in rows if row.layer == layer)) for layer in order)


def _row(
    probe: ProbeLike,
    attempt: Mapping[str, Any] | None,
    findings: Sequence[Mapping[str, Any]],
    tried: Mapping[str, Mapping[str, Any]],
    elapsed: float | None,
) -> Row:
    if attempt is not None:
        return _ended(attempt, probe.layer, probe.title, probe.limit, findings)
    if elapsed is None:
        return Row(
            probe.name, probe.layer, probe.title, "unreached", "The run ended before this check.", limit=probe.limit
        )
    open_needs = [need for need in probe.needs if need not in tried]
    if open_needs:
        return Row(probe.name, probe.layer, probe.title, "waiting", limit=probe.limit)
    began = max((tried[need]["started"] + tried[need]["seconds"] for need in probe.needs), default=0.0)
    waited = max(0.0, elapsed - began)
    if waited < 2:
        return Row(probe.name, probe.layer, probe.title, "running", limit=probe.limit)
    return Row(
        probe.name, probe.layer, probe.title, "running", "Still waiting.", min(waited, probe.limit), limit=probe.limit
    )


def _ended(
    attempt: Mapping[str, Any], layer: str, title: str, limit: float, findings: Sequence[Mapping[str, Any]]
) -> Row:
    facts = attempt.get("facts") or {}
    about = [finding for finding in findings if any(name in facts for name in finding["facts"])]
    state = _state(attempt, about)
    return Row(
        probe=attempt["probe"],
        layer=layer,
        title=title,
        state=state,
        line=_line(attempt, state, about),
        seconds=None if state == "skipped" else attempt["seconds"],
        limit=limit,
        facts=tuple(Fact(name, words.fact_title(name), words.fact_value(name, value)) for name, value in facts.items()),
    )


def _state(attempt: Mapping[str, Any], about: Sequence[Mapping[str, Any]]) -> str:
    """A probe that failed is broken only if a finding says so: a resolver that cannot be asked is no fault."""
    if attempt["status"] == "skipped":
        return "skipped"
    if attempt["status"] == "failed" and attempt.get("reason") in words.OUR_FAULTS:
        return "fault"
    levels = {finding["level"] for finding in about}
    for level, state in (("problem", "broken"), ("warning", "warning")):
        if level in levels:
            return state
    return "works" if attempt["status"] == "done" else "unknown"


def _line(attempt: Mapping[str, Any], state: str, about: Sequence[Mapping[str, Any]]) -> str:
    reason = attempt.get("reason")
    if state == "skipped":
        return _first_upper(words.reason(reason) or "not needed here") + "."
    if state == "fault":
        return "This check broke on our side. It says nothing about your connection."
    if about:
        rank = {"problem": 0, "warning": 1, "info": 2}
        return str(min(about, key=lambda finding: rank[finding["level"]])["says"])
    if state == "unknown":
        return _first_upper(words.reason(reason) or "no answer") + "."
    return ""


def _first_upper(text: str) -> str:
    return text[:1].upper() + text[1:]
