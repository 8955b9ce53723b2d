"""The end of a run: its report frozen once, or one true sentence why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog
from django.db import transaction
from django.utils import timezone

from diagnostics.drawing.stations import stations_of
from diagnostics.engine import report as reports
from diagnostics.engine.records import Report
from diagnostics.models import Run
from diagnostics.services import cases, environments, handoffs, proving, redaction
from diagnostics.services.canonical import canonical, sha256_of

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
    data = _clean(report, run)
    text = canonical(data)
    cases.hold_for(run, data["verdict"]["cause"])
    held = Run.objects.filter(pk=run.pk, status=Run.Status.RUNNING, lease_owner=run.lease_owner, report=None)
    written = held.update(
        status=Run.Status.FINISHED,
        finished_at=timezone.now(),
        lease_owner="",
        lease_until=None,
        upload="",
        report=text,
        report_sha256=sha256_of(text),
        **shown_of(data),
    )
    if not written:
        log.warning("the lease was lost, the report is dropped")
        return False
    run.refresh_from_db()
    cases.record(run)
    proving.record(run)
    handoffs.record(run)
    return True


@transaction.atomic
def give_up(run: Run, status: str, sentence: str) -> bool:
    """End a run without a report, if it is still held by this lease."""
    held = Run.objects.filter(pk=run.pk, status=Run.Status.RUNNING, lease_owner=run.lease_owner)
    values: dict[str, Any] = {"lease_owner": "", "lease_until": None, "upload": "", "error": sentence[:300]}
    return bool(held.update(status=status, finished_at=timezone.now(), **values))


def _clean(report: Report, run: Run) -> dict[str, Any]:
    """The report's data. A stored secret that slipped through the engine is blacked out here, and the log told."""
    data = reports.to_json(report)
    clean: dict[str, Any] = redaction.scrub(data, environments.secrets_of(run.environment))
    if clean != data:
        log.error("something that must not be stored stood in a report and was blacked out")
    return clean


def shown_of(report: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a run that lists show in place of its report."""
    verdict = report["verdict"]
    return {
        "cause": verdict["cause"],
        "confidence": verdict["confidence"],
        "side": verdict["side"] or "",
        "layer": verdict["layer"] or "",
        "title": verdict["title"][:200],
        "path": strip(report),
        "vantage_name": report["run"]["vantage"]["name"][:120],
    }


def strip(report: Mapping[str, Any]) -> list[list[str]]:
    """The path in a few words for lists: [layer, word] for each station of the large drawing; both say the same."""
    return [[_LAYER_OF[station.key], _WORD_OF[station.state]] for station in stations_of(report)]
