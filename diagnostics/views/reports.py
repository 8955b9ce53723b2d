"""The report page's context and the report's other forms. Everything comes from the stored report."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString

from diagnostics.engine import probes
from diagnostics.engine.library import load
from diagnostics.models import Action, Membership, Run
from diagnostics.services import sharing
from diagnostics.services.freezing import canonical
from diagnostics.views import current
from diagnostics.views.http import SignedInRequest, look
from diagnostics.views.reading import exports
from diagnostics.views.reading.report import Reading, read
from diagnostics.views.reading.rows import focused


def page(request: SignedInRequest, run: Run) -> dict[str, Any]:
    """What `runs/_report.html` shows of a finished run to this person."""
    place = current.membership_in(request, run.team_id)
    text = run.report if place.allows(Action.SEE_CREDENTIALS) else None
    reading, body = frozen(text or canonical(sharing.report_seen_by(place, run)), look())
    link = permalink(run)
    return {
        "run": run,
        "reading": reading,
        "report": reading.report,
        "body": body,
        "focus": focused(reading.groups, run.focus.get("probes", ())),
        "has_wizard": not reading.healthy and reading.cause in load().playbooks,
        "share": texts(reading, link) | {"link": link, "command": replay_command(run)},
    }


@lru_cache(maxsize=24)  # each holds some 350 kB
def frozen(text: str, _look: float) -> tuple[Reading, SafeString]:
    """A report as read, and the part of its page that is the same for everybody: it never changes, so it is kept."""
    return passing(json.loads(text))


def passing(report: Mapping[str, Any]) -> tuple[Reading, SafeString]:
    """The same of a report that is not stored, and kept nowhere."""
    reading = read(report, probes.PROBES)
    return reading, render_to_string("runs/_body.html", {"reading": reading, "report": reading.report})


def texts(reading: Reading, link: str) -> dict[str, str]:
    """The report to paste elsewhere."""
    return {"markdown": exports.markdown(reading, link), "ticket": exports.ticket(reading, link)}


def as_json(run: Run, place: Membership) -> HttpResponse:
    """The stored bytes, for download; without what describes a credential for those who may not see that."""
    whole = place.allows(Action.SEE_CREDENTIALS) and run.report is not None
    text = run.report if whole else canonical(sharing.report_seen_by(place, run))
    response = HttpResponse(str(text).encode(), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="troubleshooter-{run.pk}.json"'
    if whole:
        response["ETag"] = f'"{run.report_sha256}"'
    return response


def permalink(run: Run) -> str:
    """The run's address as others can open it."""
    return absolute(reverse("run", args=[run.pk]))


def absolute(path: str) -> str:
    """A page's address as others can open it."""
    return f"{settings.PUBLIC_URL}{path}"


def fetch_command() -> str:
    """The line that brings the probe to a machine."""
    return shlex.join(["curl", "-fsSLO", f"{settings.PUBLIC_URL}{reverse('probe')}"])


def replay_command(run: Run) -> str:
    """The line that measures the same once more, without this dashboard's pages."""
    if run.vantage_kind == "probe":
        return shlex.join(["python3", "probe.pyz", *client_words(run.snapshot)])
    return shlex.join(["python", "manage.py", "diagnose", str(run.environment_id)])


def client_words(snapshot: Mapping[str, Any]) -> list[str]:
    """The client as registered, unless it is the probe's own default; `snapshot` is that of a run or an environment."""
    client, version = snapshot.get("client", ""), snapshot.get("client_version", "")
    named = f"{client}@{version}" if version else client
    mode = snapshot.get("mode", "auto")
    words = ["--client", named] if named and named != "claude-code" else []
    return words + (["--mode", mode] if mode not in ("", "auto") else [])
