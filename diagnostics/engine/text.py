"""The report for a terminal: what it is, what to do, and what it rests on, for somebody who is tired."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import Optional

from diagnostics.engine.phrases import FACTORS, PHRASES
from diagnostics.engine.records import Candidate, Finding, Report
from diagnostics.engine.vocabulary import HEALTHY, UNKNOWN
from diagnostics.engine.wording import one_line

_WIDTH = 92
_EVIDENCE_MOST = 4
_HIDDEN_MOST = 4
_SURE = ((0.95, "almost certain"), (0.8, "very likely"), (0.5, "likely"))


def render(report: Report) -> str:
    """The verdict in a few lines, then its evidence, what stands beside it, and what was not checked."""
    return "\n".join(line.rstrip() for line in _lines(report)) + "\n"


def _lines(report: Report) -> Iterator[str]:
    verdict = report.verdict
    yield ""
    yield f"{_sign(verdict.cause)} {verdict.title}"
    yield from _wrapped(verdict.summary)
    yield ""
    if report.next_step is not None:
        yield from _wrapped(report.next_step.do, "Do next: ")
    if verdict.undecided is not None and verdict.undecided.probe:
        yield from _wrapped(f"{verdict.undecided.probe} would decide.", "Open: ")
    yield f"  Cause {verdict.cause}{_certainty(verdict.ranked[0])}{_place(verdict.side, verdict.layer)}."
    yield from _evidence(report)
    yield from _experiments(report)
    for also in verdict.also:
        yield from _wrapped(one_line(also.says, 400), "Also: " if also.cause is None else f"Also ({also.cause}): ")
    yield from _neighbours(verdict.ranked)
    yield from _unchecked(report)
    yield from _hidden(report)
    if report.run.get("error"):
        yield from _wrapped(str(report.run["error"]), "Our own fault: ")
    yield ""


def _sign(cause: str) -> str:
    return {HEALTHY: "[ok]", UNKNOWN: "[?]"}.get(cause, "[!]")


def _certainty(first: Candidate) -> str:
    if first.cause == UNKNOWN:
        return ""
    word = next((word for least, word in _SURE if first.confidence >= least), "possible")
    return f", {word} ({first.confidence:.0%})"


def _place(side: Optional[str], layer: Optional[str]) -> str:
    return f", on the {side} side, at {layer}" if side and layer else ""


def _evidence(report: Report) -> Iterator[str]:
    said = {finding.code: finding for finding in report.findings}
    because = [said[code] for code in report.verdict.ranked[0].because if code in said]
    shown: Sequence[Finding] = because or [finding for finding in report.findings if finding.level == "problem"]
    for finding in shown[:_EVIDENCE_MOST]:
        yield from _wrapped(one_line(finding.says, 400), "- ")


def _experiments(report: Report) -> Iterator[str]:
    for one in report.experiments:
        before, after = (PHRASES.get(word, word) for word in (one.before, one.after))
        changed = f"{FACTORS.get(one.changed, one.changed)}: {one.origin} -> {one.to}"
        yield from _wrapped(one_line(f"{changed}. Before: {before}. After: {after}.", 400), "Changed only ")


def _neighbours(ranked: Sequence[Candidate]) -> Iterator[str]:
    others = [
        f"{one.cause} ({one.confidence:.0%})" for one in ranked[1:] if one.cause != UNKNOWN and one.confidence >= 0.05
    ]
    if others:
        yield from _wrapped(", ".join(others), "Nearest: " if ranked[0].cause == UNKNOWN else "Less likely: ")


def _unchecked(report: Report) -> Iterator[str]:
    groups: dict[str, list[str]] = {}
    for one in report.verdict.not_checked:
        groups.setdefault(one.why, []).append(one.probe)
    told = "; ".join(f"{', '.join(probes)} ({why})" for why, probes in groups.items())
    if told:
        yield from _wrapped(told, "Not checked: ")


def _hidden(report: Report) -> Iterator[str]:
    """What was left out, so that nobody looks for it here: where, of what kind, how long."""
    told = [
        f"{one['kind']} in {one['where']}, {one['length']:.0f} characters"
        for one in report.environment.get("hidden", ())
    ]
    more = f"; and {len(told) - _HIDDEN_MOST} more" if len(told) > _HIDDEN_MOST else ""
    if told:
        yield from _wrapped(one_line("; ".join(told[:_HIDDEN_MOST]) + more, 600), "Left out: ")


def _wrapped(text: str, label: str = "") -> Iterator[str]:
    """Lines of at most 92 columns, two in from the edge, further ones under the label's end."""
    indent = "  " + " " * (len(label) if label == "- " else 0)
    yield from textwrap.wrap(
        label + text,
        _WIDTH,
        initial_indent="  ",
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
