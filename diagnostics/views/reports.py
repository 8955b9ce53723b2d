"""The report page's context and the report's other forms. Everything comes from the stored report."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from diagnostics import selectors
from diagnostics.engine import probes
from diagnostics.engine.library import load
from diagnostics.handoffs.choosing import fitting
from diagnostics.models import Action, Membership, Run, ShareLink
from diagnostics.services import sharing
from diagnostics.services.canonical import canonical
from diagnostics.views import current
from diagnostics.views.http import SignedInRequest, look
from diagnostics.views.reading import exports
from diagnostics.views.reading.report import Reading, read
from diagnostics.views.reading.rows import focused

_STYLES = ("tokens", "base", "components", "pages")  # as base.html loads them
_FROM_ROOT = re.compile(r'(href)="/')


def page(request: SignedInRequest, run: Run, share_id: UUID | None) -> dict[str, Any]:
    """What `runs/_report.html` shows of a finished run to this person; `share_id` is the newest link to it that works."""
    place = current.membership_in(request, run.team_id)
    reading, body = frozen(_text_for(place, run), look())
    shared = selectors.get_share_link_or_404(request.user, share_id) if share_id else None
    return {
        "run": run,
        "reading": reading,
        "report": reading.report,
        "body": body,
        "focus": focused(reading.groups, run.focus.get("probes", ())),
        "receivers": fitting(reading.report),
        "has_wizard": not reading.healthy and reading.cause in load().playbooks,
        "share": _to_paste(run, reading, shared) | {"link": permalink(run), "command": replay_command(run)},
        "shared": shared,
    }


def _text_for(place: Membership, run: Run) -> str:
    """The report as this member may see it: the stored text, where that is all of it. Http404 while there is none."""
    if run.report is not None and place.allows(Action.SEE_CREDENTIALS):
        return run.report
    return canonical(sharing.report_seen_by(place, run))


def _to_paste(run: Run, reading: Reading, shared: ShareLink | None) -> dict[str, str]:
    """Texts travel: where the report is shown to outsiders they say what these see, with the link that these can open."""
    if shared is None:
        return texts(reading, permalink(run))
    theirs, _ = frozen(sharing.outsiders_text(run, shared.hides), look())
    return texts(theirs, share_address(shared)) | {"shared": share_address(shared)}


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
    text = _text_for(place, run)
    response = HttpResponse(text.encode(), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="troubleshooter-{run.pk}.json"'
    if text == run.report:
        response["ETag"] = f'"{run.report_sha256}"'
    return response


def as_html(run: Run, place: Membership) -> HttpResponse:
    """The report in one file that needs no server: for tickets, mail and machines without a way to the dashboard."""
    reading, body = frozen(_text_for(place, run), look())
    page = one_file(reading, body, permalink(run), "For members of the team")
    response = HttpResponse(page.encode(), content_type="text/html; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="troubleshooter-{run.pk}.html"'
    return response


def one_file(reading: Reading, body: SafeString, link: str, link_says: str) -> str:
    """A report's page with everything that it needs; `link` leads to where it came from."""
    context = {
        "reading": reading,
        "report": reading.report,
        "body": body,
        "css": _styles(look()),
        "link": link,
        "link_says": link_says,
    }
    return _FROM_ROOT.sub(rf'\1="{settings.PUBLIC_URL}/', render_to_string("runs/export.html", context))


@lru_cache(maxsize=1)
def _styles(_look: float) -> SafeString:
    """Every rule of the pages; our own files, in which no tag can stand."""
    folder = Path(settings.BASE_DIR) / "static" / "css"
    rules = "".join((folder / f"{name}.css").read_text(encoding="utf-8") for name in _STYLES)
    return mark_safe(rules.replace("</", ""))  # noqa: S308


def permalink(run: Run) -> str:
    """The run's address as others can open it."""
    return absolute(reverse("run", args=[run.pk]))


def share_address(link: ShareLink) -> str:
    """A link's address as anybody can open it."""
    return absolute(reverse("shared", args=[sharing.token(link)]))


def absolute(path: str) -> str:
    """A page's address as others can open it."""
    return f"{settings.PUBLIC_URL}{path}"


def fetch_command(windows: bool = False) -> str:
    """The line that brings the probe to a machine; in PowerShell plain ``curl`` is another program."""
    return shlex.join(["curl.exe" if windows else "curl", "-fsSLO", f"{settings.PUBLIC_URL}{reverse('probe')}"])


def replay_command(run: Run) -> str:
    """The line that measures the same once more, as the environment stood then, without this dashboard's pages."""
    if run.vantage_kind == "probe":
        return shlex.join(["python3", "probe.pyz", *client_words(run.snapshot)])
    return shlex.join(["python", "manage.py", "diagnose", "--like", str(run.pk)])


def client_words(snapshot: Mapping[str, Any]) -> list[str]:
    """The client as registered, unless it is the probe's own default; `snapshot` is that of a run or an environment."""
    client, version = snapshot.get("client", ""), snapshot.get("client_version", "")
    named = f"{client}@{version}" if version else client
    mode = snapshot.get("mode", "auto")
    words = ["--client", named] if named and named != "claude-code" else []
    return words + (["--mode", mode] if mode not in ("", "auto") else [])
