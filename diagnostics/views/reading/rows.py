"""The check rows of a run: one per probe, in path order, that keep their place while the run goes on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from diagnostics.drawing.states import STATES
from diagnostics.engine.probes import Probe
from diagnostics.engine.vocabulary import LAYERS
from diagnostics.views.reading import words

Attempt = Mapping[str, Any]  # as a report writes it
Finding = Mapping[str, Any]

_OTHERS = "client"  # the layer under which probes of another version are shown
_PATIENCE = 2.0  # seconds a running check may take before the page says for how long it is waited for
_WORDS: Mapping[str, str] = {"unreached": "Not run", "waiting": "To do"}


@dataclass(frozen=True)
class Fact:
    """A fact as it is shown: `name` is the engine's, `title` says what it is, `value` is text."""

    name: str
    title: str
    value: str


@dataclass(frozen=True)
class Row:
    """A probe's line: `state` is a name of `states.STATES`, `line` its outcome in one sentence.

    `seconds` is how long it took, or how long it has been waited for while it runs; `reason` is the failure word.
    """

    probe: str
    layer: str
    title: str
    state: str
    line: str = ""
    seconds: float | None = None
    limit: float = 0.0
    facts: tuple[Fact, ...] = ()
    reason: str = ""

    @property
    def word(self) -> str:
        """The state in words: colour and shape never stand alone."""
        if self.state == "unknown":
            return words.outcome(self.reason)
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
    probes: Iterable[Probe],
    attempts: Sequence[Attempt],
    findings: Sequence[Finding],
    elapsed: float | None,
) -> tuple[Row, ...]:
    """Rows of all `probes`, of those that are billed only where they were made; attempts and findings as in the report.

    `elapsed` is seconds since the run began, None when it is over; below zero it has not begun.
    """
    tried = {attempt["probe"]: attempt for attempt in attempts if not attempt.get("variant")}
    known = {probe.name: probe for probe in probes}
    said = _said(findings, tried)
    rows = [
        _ended(tried[name], probe, said[name], known) if name in tried else _pending(probe, tried, elapsed)
        for name, probe in known.items()
        if name in tried or not probe.billed
    ]
    rows += [_ended(attempt, None, said[name], known) for name, attempt in tried.items() if name not in known]
    return tuple(rows)


def _said(findings: Sequence[Finding], tried: Mapping[str, Attempt]) -> Mapping[str, list[Finding]]:
    """Statements by the probe they are about: those that measured its facts; settings only if nothing else did."""
    answer: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        about = [name for name, one in tried.items() if any(fact in one["facts"] for fact in finding["facts"])]
        for name in [name for name in about if name != "config"] or about:
            answer[name].append(finding)
    return answer


def grouped(rows: Sequence[Row]) -> tuple[Group, ...]:
    """Rows by layer; layers in path order, rows in theirs."""
    order = sorted(
        {row.layer for row in rows}, key=lambda layer: LAYERS.index(layer) if layer in LAYERS else len(LAYERS)
    )
    return tuple(Group(layer, tuple(row for row in rows if row.layer == layer)) for layer in order)


def focused(groups: Iterable[Group], probes: Iterable[str]) -> tuple[Row, ...]:
    """The rows of these probes, in the order asked for."""
    known = {row.probe: row for group in groups for row in group.rows}
    return tuple(known[name] for name in probes if name in known)


def why_not(reason: str | None, probes: Mapping[str, Probe]) -> str:
    """Why a probe was not tried, as part of a sentence: "needs proxy.connect" becomes "needs the proxy first"."""
    word, _, need = (reason or "").partition(" ")
    if word == "needs" and need in probes:
        return f"needs {_NEEDED.get(probes[need].layer, need)} first"
    return words.reason(reason)


_NEEDED: Mapping[str, str] = {
    "config": "the settings",
    "network": "the network",
    "dns": "the name",
    "proxy": "the proxy",
    "tcp": "a connection",
    "tls": "TLS",
}


def _pending(probe: Probe, tried: Mapping[str, Attempt], elapsed: float | None) -> Row:
    """A probe without an attempt: the run is over, or it waits for others, or it is under way."""
    row = Row(probe.name, probe.layer, probe.title, "waiting", limit=probe.limit)
    if elapsed is None:
        return replace(row, state="unreached", line="The run ended before this check.")
    began = _began(probe, tried)
    if elapsed < 0 or began is None:
        return row
    waited = elapsed - began
    if waited < _PATIENCE:
        return replace(row, state="running")
    return replace(row, state="running", line="Still waiting.", seconds=min(waited, probe.limit))


def _began(probe: Probe, tried: Mapping[str, Attempt]) -> float | None:
    """When all that this probe waits for had come, in seconds since the run began; None while something is missing."""
    if "config" not in tried:
        return 0.0 if probe.name == "config" else None
    facts = tried["config"].get("facts") or {}
    proxied = facts.get("config.proxy.present") and not facts.get("config.proxy.bypassed")
    groups = probe.through_proxy if proxied and probe.through_proxy is not None else probe.ways
    moments = [_end(tried["config"])]
    for group in (*groups, *((name,) for name in probe.after)):
        ends = [_end(tried[name]) for name in group if name in tried]
        if not ends:
            return None
        moments.append(min(ends))
    return max(moments)


def _end(attempt: Attempt) -> float:
    return float(attempt["started"] + attempt["seconds"])


def _ended(attempt: Attempt, probe: Probe | None, about: Sequence[Finding], known: Mapping[str, Probe]) -> Row:
    """The outcome of an attempt; `probe` is None for one that this version of the engine does not have."""
    name, facts = attempt["probe"], attempt.get("facts") or {}
    state = _state(attempt, about)
    return Row(
        probe=name,
        layer=probe.layer if probe else _OTHERS,
        title=probe.title if probe else name,
        state=state,
        line=_line(attempt, state, about, known),
        seconds=None if state == "skipped" else attempt["seconds"],
        limit=probe.limit if probe else 0.0,
        facts=tuple(Fact(name, words.fact_title(name), words.fact_value(name, value)) for name, value in facts.items()),
        reason=attempt.get("reason") or "",
    )


def _state(attempt: Attempt, about: Sequence[Finding]) -> str:
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


def _line(attempt: Attempt, state: str, about: Sequence[Finding], known: Mapping[str, Probe]) -> str:
    reason = attempt.get("reason")
    if state == "skipped":
        return words.first_upper(why_not(reason, known) or "not needed here") + "."
    if state == "fault":
        return "This check broke on our side. It says nothing about your connection."
    if about:
        rank = {"problem": 0, "warning": 1, "info": 2}
        return str(min(about, key=lambda finding: rank[finding["level"]])["says"])
    if state == "unknown":
        return words.first_upper(words.reason(reason) or "this check did not come through") + "."
    return ""
