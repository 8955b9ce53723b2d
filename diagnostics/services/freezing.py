"""The end of a run: its report frozen once, or one true sentence why there is none."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import structlog
from django.db import transaction
from django.utils import timezone

from diagnostics.drawing.stations import stations_of
from diagnostics.engine import report as reports
from diagnostics.engine.records import Report
from diagnostics.models import Run
from diagnostics.services import cases, environments, redaction, wizards

log = structlog.get_logger(__name__)

# What a run keeps of each station, and of its state.
_LAYER_OF = {
    "machine": "config",
    "network": "network",
    "name": "dns",
    "proxy": "proxy",
    "connection": "tcp",
    "tls": "tls",
    "edge": "http",
    "api": "auth",
    "answer": "request",
}
_WORD_OF = {"works": "ok", "warning": "ok", "broken": "problem", "unknown": "unknown", "unreached": "skipped"}


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
        path=strip(json.loads(text)),
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


def strip(report: Mapping[str, Any]) -> list[list[str]]:
    """The path in a few words for lists: [layer, word] for each station of the large drawing; both say the same."""
    return [[_LAYER_OF[station.key], _WORD_OF[station.state]] for station in stations_of(report)]
