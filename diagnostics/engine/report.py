"""The report as ``troubleshooter.report/1``: written canonically, so that its sha256 means something, and read back with suspicion."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from diagnostics.engine.records import Attempt, Experiment, Facts, Outlook, Ranking, Report
from diagnostics.engine.uploads import ReportError, Upload, parse
from diagnostics.engine.vocabulary import SCHEMA

__all__ = ["ReportError", "Upload", "dumps", "facts_to_json", "parse", "to_json"]


def to_json(report: Report) -> dict[str, Any]:
    """The report as JSON values, to the letter of the contract."""
    step = report.next_step
    return {
        "schema": SCHEMA,
        "run": dict(report.run),
        "environment": dict(report.environment),
        "attempts": [_attempt(attempt) for attempt in report.attempts],
        "findings": [
            {"code": one.code, "level": one.level, "says": one.says, "facts": list(one.facts)}
            for one in report.findings
        ],
        "experiments": [_experiment(one) for one in report.experiments],
        "verdict": _verdict(report.verdict),
        "next_step": None if step is None else {"playbook": step.playbook, "step": step.step, "do": step.do},
        "clients": [_outlook(one) for one in report.clients],
    }


def dumps(report: Report) -> bytes:
    """Canonical bytes: sorted keys, no spaces, UTF-8."""
    return json.dumps(to_json(report), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode(
        "utf-8", "backslashreplace"
    )


def _attempt(attempt: Attempt) -> dict[str, Any]:
    made: dict[str, Any] = {
        "probe": attempt.probe,
        "status": attempt.status,
        "reason": attempt.reason,
        "started": round(attempt.started, 4),
        "seconds": round(attempt.seconds, 4),
        "facts": facts_to_json(attempt.facts),
        "events": [{"at": round(event.at, 4), "what": event.what, "detail": event.detail} for event in attempt.events],
    }
    if attempt.variant:
        made["variant"] = attempt.variant
    return made


def facts_to_json(facts: Facts) -> dict[str, Any]:
    """Facts as JSON values: several words are a list."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in facts.items()}


def _outlook(one: Outlook) -> dict[str, Any]:
    client = one.client
    return {
        "name": client.name,
        "version": client.version,
        "source": client.source,
        "outlook": one.outlook,
        "differs": list(one.differs),
        "says": one.says,
        "facts": facts_to_json(client.facts),
        "without": list(client.without),
    }


def _experiment(one: Experiment) -> dict[str, str]:
    return {"changed": one.changed, "from": one.origin, "to": one.to, "before": one.before, "after": one.after}


def _verdict(verdict: Ranking) -> Mapping[str, Any]:
    undecided = verdict.undecided
    return {
        "cause": verdict.cause,
        "confidence": verdict.confidence,
        "side": verdict.side,
        "layer": verdict.layer,
        "title": verdict.title,
        "summary": verdict.summary,
        "ranked": [
            {
                "cause": one.cause,
                "confidence": one.confidence,
                "because": list(one.because),
                "against": list(one.against),
            }
            for one in verdict.ranked
        ],
        "undecided": None
        if undecided is None
        else {"candidates": list(undecided.candidates), "probe": undecided.probe},
        "also": [{"cause": one.cause, "finding": one.finding, "says": one.says} for one in verdict.also],
        "not_checked": [{"probe": one.probe, "why": one.why} for one in verdict.not_checked],
    }
