"""A stored report as its page shows it, made from the report alone: the page never changes afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from diagnostics.drawing.states import state_of_cause, state_of_level
from diagnostics.drawing.stations import passes
from diagnostics.engine.phrases import DIFFERENCES, FACTORS
from diagnostics.engine.probes import Probe
from diagnostics.engine.proofs import counting
from diagnostics.engine.vocabulary import UNKNOWN
from diagnostics.views.reading import rows, words

_OUTLOOKS = {"passes": ("works", "Would pass"), "fails": ("broken", "Would fail"), "unknown": ("unknown", "Not known")}
_EXPERIMENT = "experiment"  # stands for its probe in the evidence, and for the section that a link leads to


@dataclass(frozen=True)
class Measured:
    """A fact in the evidence: `source` is the check that measured it, `href` its row on the page."""

    name: str
    title: str
    value: str
    source: str
    href: str


@dataclass(frozen=True)
class Proof:
    """A statement and the facts that made it; `again` are those that stand with one above. `decided`: the verdict rests on it."""

    says: str
    state: str
    decided: bool
    facts: tuple[Measured, ...]
    again: tuple[Measured, ...] = ()


@dataclass(frozen=True)
class RunnerUp:
    """A cause that is less likely: what speaks against it, and the check that would settle it."""

    cause: str
    words: str
    confidence: float
    against: tuple[str, ...]
    settled_by: str


@dataclass(frozen=True)
class Changed:
    """One thing changed and nothing else: what, from what to what, what came before and after, as a state and its word."""

    what: str
    origin: str
    to: str
    before: str
    after: str
    state: str
    word: str


@dataclass(frozen=True)
class Other:
    """Another client on the machine: its name with the version, its outlook as a state and its word, in what it differs, and why."""

    name: str
    state: str
    word: str
    differs: str
    says: str


@dataclass(frozen=True)
class Reading:
    """The parts of the report page, in its order. `error` is a fault of our own in the middle of the run."""

    report: Mapping[str, Any]
    state: str
    title: str
    summary: str
    who: str
    error: str
    runners_up: tuple[RunnerUp, ...]
    evidence: tuple[Proof, ...]
    groups: tuple[rows.Group, ...]
    not_checked: tuple[tuple[str, str], ...]

    @property
    def cause(self) -> str:
        """The verdict's cause code."""
        return str(self.report["verdict"]["cause"])

    @property
    def confidence(self) -> float:
        """From 0 to 1."""
        return float(self.report["verdict"]["confidence"])

    @property
    def side(self) -> str:
        """Who has to act; empty for healthy and unknown."""
        return str(self.report["verdict"]["side"] or "")

    @property
    def layer(self) -> str:
        """Where on the path it is; empty for healthy and unknown."""
        return str(self.report["verdict"]["layer"] or "")

    @property
    def healthy(self) -> bool:
        """Whether nothing stops the client."""
        return self.state == "works"

    @property
    def names_cause(self) -> bool:
        """Whether it says what is wrong. Only then does its confidence say how sure that is."""
        return not self.healthy and self.cause != UNKNOWN

    @property
    def telling(self) -> tuple[Proof, ...]:
        """What decided or speaks of a fault."""
        return tuple(proof for proof in self.evidence if proof.decided or proof.state != "info")

    @property
    def quiet(self) -> tuple[Proof, ...]:
        """What is as it should be."""
        return tuple(proof for proof in self.evidence if proof not in self.telling)

    @property
    def decided(self) -> tuple[Measured, ...]:
        """The facts the verdict rests on, each once."""
        facts = {fact.name: fact for proof in self.evidence if proof.decided for fact in proof.facts}
        return tuple(facts.values())

    @property
    def decided_by(self) -> int:
        """How many they are."""
        return len(self.decided)

    @property
    def also(self) -> Sequence[Mapping[str, Any]]:
        """Faults beside the verdict."""
        return list(self.report["verdict"]["also"])

    @property
    def experiments(self) -> tuple[Changed, ...]:
        """What was tried with one factor changed."""
        return tuple(_changed(one) for one in self.report["experiments"])

    @property
    def others(self) -> tuple[Other, ...]:
        """The other clients on the machine; reports of before have none."""
        return tuple(_other(one) for one in self.report.get("clients") or ())

    @property
    def settings(self) -> Sequence[Mapping[str, Any]]:
        """What was found configured; a shared report may come without."""
        return list(self.report["environment"].get("settings") or ())

    @property
    def hidden(self) -> Sequence[Mapping[str, Any]]:
        """What was left out of it: where, of what kind, how many characters."""
        return list(self.report["environment"].get("hidden") or ())

    @property
    def checks(self) -> int:
        """How many checks there are."""
        return sum(len(group.rows) for group in self.groups)

    @property
    def from_dashboard(self) -> bool:
        """Whether a worker stood in for the machine."""
        return bool(self.report["run"]["vantage"]["kind"] == "worker")

    @property
    def vantage(self) -> str:
        """From where it was measured."""
        return "the dashboard's network" if self.from_dashboard else "the machine itself"

    @property
    def client(self) -> str:
        """Whose rules counted."""
        client = self.report["run"]["client"]
        told = (str(word) for word in (client["name"], client["version"]) if word)
        return " ".join(dict.fromkeys(told))  # where both are hidden they are one word

    @property
    def started_at(self) -> str:
        """When it began, for people: UTC to the second."""
        return str(self.report["run"]["started_at"])[:19].replace("T", " ")


def read(report: Mapping[str, Any], probes: Iterable[Probe]) -> Reading:
    """The page of a report as `contract` has it; `probes` gives the titles and the order of the checks."""
    verdict = report["verdict"]
    known = {probe.name: probe for probe in probes}
    titles = {_EXPERIMENT: "an experiment"} | {name: probe.title for name, probe in known.items()}
    return Reading(
        report=report,
        state=state_of_cause(verdict["cause"]),
        title=verdict["title"],
        summary=verdict["summary"],
        who=words.WHO.get(verdict["side"] or "", ""),
        error=str(report["run"].get("error") or ""),
        runners_up=_runners_up(report, titles),
        evidence=_evidence(report, titles),
        groups=rows.grouped(rows.build(known.values(), report["attempts"], report["findings"], elapsed=None)),
        not_checked=tuple(
            (titles.get(left["probe"], left["probe"]), rows.why_not(left["why"], known))
            for left in verdict["not_checked"]
        ),
    )


def _changed(one: Mapping[str, str]) -> Changed:
    worked = passes(one["after"])
    return Changed(
        what=FACTORS.get(one["changed"], one["changed"]),
        origin=one["from"],
        to=one["to"],
        before=words.reason(one["before"]),
        after=words.reason(one["after"]),
        state="works" if worked else "info",
        word="Passes" if worked else "Fails too",
    )


def _other(one: Mapping[str, Any]) -> Other:
    state, word = _OUTLOOKS.get(one["outlook"], _OUTLOOKS["unknown"])
    return Other(
        name=" ".join(str(part) for part in (one["name"], one["version"]) if part),
        state=state,
        word=word,
        differs=", ".join(DIFFERENCES.get(each, each) for each in one["differs"]),
        says=one["says"],
    )


def _evidence(report: Mapping[str, Any], titles: Mapping[str, str]) -> tuple[Proof, ...]:
    """Every statement with its facts, those that decided first."""
    measured = measured_facts(report)
    deciding = set(report["verdict"]["ranked"][0]["because"])
    rank = {"problem": 0, "warning": 1, "info": 2}
    ordered = sorted(report["findings"], key=lambda one: (one["code"] not in deciding, rank[one["level"]]))
    made: list[Proof] = []
    told: set[str] = set()
    for finding in ordered:
        facts = [_measured(name, *measured[name], titles) for name in finding["facts"] if name in measured]
        proof = Proof(
            says=finding["says"],
            state=state_of_level(finding["level"]),
            decided=finding["code"] in deciding,
            facts=tuple(fact for fact in facts if fact.name not in told),
            again=tuple(fact for fact in facts if fact.name in told),
        )
        told.update(fact.name for fact in facts)
        made.append(proof)
    return tuple(made)


def _measured(name: str, value: Any, probe: str, titles: Mapping[str, str]) -> Measured:
    return Measured(
        name=name,
        title=words.fact_title(name),
        value=words.fact_value(name, value),
        source=titles.get(probe, probe),
        href=f"#probe-{probe.replace('.', '-')}",
    )


def measured_facts(report: Mapping[str, Any]) -> dict[str, tuple[Any, str]]:
    """Fact name -> (value, probe that measured it). A later probe's value wins, as it did for the verdict."""
    facts: dict[str, Any] = {}
    probes: dict[str, str] = {}
    for attempt in report["attempts"]:
        added = counting(attempt.get("variant", ""), attempt["facts"], facts)
        facts.update(added)
        probes.update(dict.fromkeys(added, _EXPERIMENT if attempt.get("variant") else attempt["probe"]))
    return {name: (value, probes[name]) for name, value in facts.items()}


def _runners_up(report: Mapping[str, Any], titles: Mapping[str, str]) -> tuple[RunnerUp, ...]:
    says = {finding["code"]: finding["says"] for finding in report["findings"]}
    verdict = report["verdict"]
    undecided = verdict["undecided"] or {}
    deciding_probe = titles.get(undecided.get("probe") or "", undecided.get("probe") or "")
    return tuple(
        RunnerUp(
            cause=candidate["cause"],
            words=words.cause_words(candidate["cause"]),
            confidence=candidate["confidence"],
            against=_sentences(candidate["against"], says),
            settled_by=deciding_probe if candidate["cause"] in undecided.get("candidates", ()) else "",
        )
        for candidate in [other for other in verdict["ranked"][1:] if other["cause"] != UNKNOWN][:3]
    )


def _sentences(codes: Sequence[str], says: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(says.get(code, code) for code in codes))
