"""What stands beside the verdict: other faults, warnings, and what was not checked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Optional

from diagnostics.engine.library import Cause, Knowledge
from diagnostics.engine.records import Also, Attempt, Candidate, Finding, NotChecked
from diagnostics.engine.vocabulary import NOT_NEEDED, PROBE_NAMES

_OURS = {
    "guard": "refused by the address guard (setting ALLOWED_NETWORKS)",
    "deadline": "the run's time was over",
    "ended_early": "no answer yet when the client's own way had worked, and not waited for any longer",
    "cancelled": "the run was stopped",
    "internal_error": "our own fault: this check broke",
}
_BILLED = "api.message"
_IF_GIVEN = ("request", "client.running")  # nothing is missing where none was given, or none can run


def beside(
    nearest: Sequence[Candidate],
    faults: Sequence[tuple[Cause, tuple[str, ...]]],
    findings: Sequence[Finding],
    knowledge: Knowledge,
) -> tuple[Also, ...]:
    """Faults of their own (cause, its findings) first, then every other finding that is not mere information.

    ``nearest``: the verdict; where it is undecided, the candidates as well, whose findings are told with them.
    """
    verdict = nearest[0]
    by_code = {finding.code: finding for finding in findings}
    told = {code for one in nearest for code in one.because}
    told |= knowledge.causes[verdict.cause].explained(verdict.because)
    entries = []
    for cause, codes in faults:
        entries.append(Also(cause.code, codes[0], by_code[codes[0]].says))
        told |= {*codes, *cause.explained(codes)}
    entries += _left_over(verdict, [finding for finding in findings if finding.code not in told], knowledge)
    return tuple(entries)


def _left_over(verdict: Candidate, findings: Sequence[Finding], knowledge: Knowledge) -> Iterator[Also]:
    stands_for = {sign.code: sign.cause for sign in knowledge.signatures}
    for finding in findings:
        if finding.level != "info" and (stands_for[finding.code] is None or stands_for[finding.code] != verdict.cause):
            yield Also(stands_for[finding.code], finding.code, finding.says)


def not_checked(attempts: Sequence[Attempt]) -> tuple[NotChecked, ...]:
    """Every probe that gave no answer where one was wanted, in path order, with the reason."""
    tried = {attempt.probe: attempt for attempt in attempts if not attempt.variant}
    return tuple(NotChecked(name, why) for name in PROBE_NAMES if (why := _why_not(name, tried)) is not None)


def _why_not(name: str, tried: dict[str, Attempt]) -> Optional[str]:
    attempt = tried.get(name)
    if attempt is None and name in _IF_GIVEN:
        return None
    if attempt is None:
        return "it is billed, and runs only when asked to" if name == _BILLED else "not part of this run"
    if (attempt.reason or "").startswith(NOT_NEEDED):
        return None
    if attempt.status == "skipped":
        return _OURS.get(attempt.reason or "", attempt.reason or "skipped")
    return _OURS.get(attempt.reason or "") if attempt.status == "failed" else None
