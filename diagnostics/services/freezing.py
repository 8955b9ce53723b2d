"""The end of a run: its report frozen once, or one true sentence why there is none."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import structlog
from django.db import transaction
from django.utils import timezone

from diagnostics.engine import report as reports
from diagnostics.engine.probes import PROBES
from diagnostics.engine.records import Report
from diagnostics.engine.vocabulary import LAYERS
from diagnostics.models import Run
from diagnostics.services import cases, environments, redaction, wizards

log = structlog.get_logger(__name__)


@transaction.atomic
def freeze(run: Run, report: Report) -> bool:
    """Write the report, its sha256 and what lists show of it; open or join cases; close the wizard's check.

    One transaction, bound to the lease: False when another worker or the sweep has this run, and nothing is written.
    """
    text = canonical(report, run)
    verdict = report.verdict
    held = Run.objects.filter(pk=run.pk, status=Run.Status.RUNNING, lease_owner=run.lease_owner, report=None)
    written = held.update(
        status=Run.Status.FINISHED,
        finished_at=timezone.now(),
        lease_owner="",
        lease_until=None,
        upload="",
        report=text,
        report_sha256=hashlib.sha256(text.encode()).hexdigest(),
        cause=verdict.cause,
        confidence=verdict.confidence,
        side=verdict.side or "",
        layer=verdict.layer or "",
        title=verdict.title[:200],
        path=strip(report),
    )
    if not written:
        log.warning("the lease was lost, the report is dropped")
        return False
    run.refresh_from_db()
    cases.record(run)
    wizards.record(run)
    return True


@transaction.atomic
def give_up(run: Run, status: str, sentence: str) -> bool:
    """End a run without a report, if it is still held by this lease."""
    held = Run.objects.filter(pk=run.pk, status=Run.Status.RUNNING, lease_owner=run.lease_owner)
    values: dict[str, Any] = {"lease_owner": "", "lease_until": None, "upload": "", "error": sentence}
    return bool(held.update(status=status, finished_at=timezone.now(), **values))


def canonical(report: Report, run: Run) -> str:
    """The canonical JSON. A stored secret that slipped through the engine is blacked out here, and the log told."""
    text = reports.dumps(report).decode()
    known = environments.secrets_of(run.environment)
    clean = redaction.scrub(json.loads(text), known)
    if clean == json.loads(text):
        return text
    log.error("a stored secret stood in a report and was blacked out")
    return json.dumps(clean, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def strip(report: Report) -> list[list[str]]:
    """The path in a few words for lists: [layer, state] in path order; the verdict's layer is the broken one."""
    layer_of = {probe.name: probe.layer for probe in PROBES}
    states: dict[str, str] = {}
    for attempt in report.attempts:
        layer = layer_of.get(attempt.probe)
        if layer is not None:
            states[layer] = _better(states.get(layer, ""), attempt.status)
    if report.verdict.layer:
        states[report.verdict.layer] = "problem"
    return [[layer, states[layer]] for layer in LAYERS if layer in states]


def _better(known: str, status: str) -> str:
    """A layer works where any of its probes does; it is skipped where all of them were."""
    order = ("", "skipped", "unknown", "ok")
    state = {"done": "ok", "failed": "unknown", "skipped": "skipped"}[status]
    return max(known, state, key=order.index)
