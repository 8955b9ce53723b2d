"""A scenario: facts in a few lines, and what must follow from them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from diagnostics.engine import pipeline
from diagnostics.engine.records import Attempt, Facts, FactValue, Report
from diagnostics.engine.vocabulary import PROBE_NAMES

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Scenario:
    """``cause`` is the folder's name. ``neighbour``: the nearest wrong cause, which must rank lower. ``role``: of
    ``networks.declaring``.

    ``findings`` must be among those derived, ``absent`` must not; ``also`` are causes beside the verdict, exactly.
    """

    name: str
    cause: str
    facts: Facts
    findings: tuple[str, ...]
    neighbour: str | None
    step: str | None
    absent: tuple[str, ...] = ()
    also: tuple[str, ...] | None = None
    candidates: tuple[str, ...] | None = None
    probe: str | None = None
    least: float = 0.8
    role: str = "variant"


def judged(facts: Facts) -> Report:
    """The report of these facts, as if the probes named in them had run."""
    run = {"id": "scenario", "error": None}
    return pipeline.conclude(run, {}, attempts_of(facts))


def attempts_of(facts: Facts) -> tuple[Attempt, ...]:
    """One attempt per probe, with the facts that are its own; a probe without facts was not run."""
    given: dict[str, dict[str, FactValue]] = {}
    proved: dict[str, dict[str, FactValue]] = {}
    for fact, value in facts.items():
        if fact.startswith("experiment."):
            proved.setdefault(fact.split(".")[1], {})[fact] = value
        else:
            given.setdefault(probe_of(fact), {})[fact] = value
    experiments = [Attempt("hello.api", "done", facts=told, variant=factor) for factor, told in proved.items()]
    return (*(_attempt(probe, given[probe]) for probe in PROBE_NAMES if probe in given), *experiments)


def _attempt(probe: str, facts: Facts) -> Attempt:
    word = facts.get(f"{probe}.failure")
    return Attempt(probe, "done" if word is None else "failed", None if word is None else str(word), facts=facts)


def probe_of(fact: str) -> str:
    """The probe that gives a fact."""
    given = {
        "control": "control.hosts",
        "network": "control.hosts",
        "hello.ok": "hello.platform",
        "tcp.connected": "tcp.v4",
        "tcp.failure": "tcp.v4",
    }
    given |= {
        "dns.agrees": "dns.independent",
        "dns.literal": "dns.system",
        "tls.chain": "tls.handshake",
        "api.model": "api.models",
    }
    for start, probe in given.items():
        if fact == start or fact.startswith(start + "."):
            return probe
    return max((probe for probe in PROBE_NAMES if fact.startswith(probe + ".")), key=len)


def scenarios() -> list[Scenario]:
    """All of them, by cause and name."""
    return [_read(file) for file in sorted(HERE.glob("*/*.toml"))]


def _read(file: Path) -> Scenario:
    table = tomllib.loads(file.read_text())
    expect = table["expect"]
    return Scenario(
        name=f"{file.parent.name}/{file.stem}",
        cause=file.parent.name,
        facts=changed(baseline(table["from"]), table.get("without", ()), table["facts"]),
        findings=tuple(expect["findings"]),
        neighbour=expect.get("neighbour"),
        step=expect.get("step"),
        absent=tuple(expect.get("absent", ())),
        also=tuple(expect["also"]) if "also" in expect else None,
        candidates=tuple(expect["candidates"]) if "candidates" in expect else None,
        probe=expect.get("probe"),
        least=expect.get("least", 0.8),
        role=table.get("role", "variant"),
    )


def changed(facts: Facts, without: Any, given: Mapping[str, Any]) -> dict[str, FactValue]:
    """Facts without those that begin so, and with others put in."""
    kept = {name: value for name, value in facts.items() if not name.startswith(tuple(without))}
    return kept | {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}


@cache
def baseline(name: str) -> Facts:
    """The facts of a run that went well."""
    table = dict(tomllib.loads((HERE / "baselines.toml").read_text())[name])
    start = table.pop("from", None)
    return changed(baseline(start) if start else {}, table.pop("without", ()), table)
