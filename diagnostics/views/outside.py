"""What people without an account see of one report, in every form. The preview and the shared address both come from here.

Everything is made of `sharing.outsiders_report`, so what is hidden there is on no page, in no file and in no picture.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponse
from django.utils.safestring import SafeString

from diagnostics.drawing import card
from diagnostics.models import Run, ShareLink
from diagnostics.services import sharing
from diagnostics.services.canonical import canonical
from diagnostics.templatetags.troubleshooter import in_words, percent
from diagnostics.views import reports
from diagnostics.views.http import look
from diagnostics.views.reading.report import Reading

FORMS: Mapping[str, str] = {
    "json": "application/json",
    "html": "text/html; charset=utf-8",
    "md": "text/markdown; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
}
"""The files to download, and their types."""

NOT_MADE = "(the link is made when you share)"
"""Stands in a preview where the address will stand."""


@dataclass(frozen=True)
class Outside:
    """One report as outsiders get it. `address` is absolute; `base` and `query` make the addresses of its files."""

    run: Run
    hides: tuple[str, ...]
    card_tells: bool
    address: str
    base: str
    query: str = ""

    def read(self) -> tuple[Reading, SafeString]:
        """The report without what is hidden, and the part of its page that never changes."""
        return reports.frozen(sharing.outsiders_text(self.run, self.hides), look())

    def page(self) -> dict[str, Any]:
        """What `sharing/shared.html` shows."""
        reading, body = self.read()
        shown = self.card()
        return {
            "reading": reading,
            "report": reading.report,
            "body": body,
            "hides": [str(ShareLink.Hides(kind).label) for kind in self.hides],
            "share": self.texts(reading) | {f"{form}_href": self.file(f"report.{form}") for form in FORMS},
            "card": shown,
            "card_says": " ".join(shown.lines),
            "card_href": self.file("card.png"),
        }

    def texts(self, reading: Reading) -> dict[str, str]:
        """The report to paste elsewhere, and the line that measures the same on one's own machine."""
        command = outsiders_command(reading.report)
        return reports.texts(reading, self.address) | {"link": self.address, "command": command}

    def card(self) -> card.Card:
        """The picture of a link preview."""
        report = sharing.card_report(self.run, self.hides, self.card_tells)
        reading, _ = reports.frozen(canonical(report), look())
        sure = f"{in_words(reading.confidence)}, {percent(reading.confidence)}. " if reading.names_cause else ""
        client = "" if ShareLink.Hides.SETTINGS in self.hides else f" with {reading.client},"
        measured = f"{sure}Measured{client} {reading.started_at} UTC."
        return card.card_of(report, reading.title, reading.state, (reading.who, measured))

    def file(self, name: str) -> str:
        """The address of one of its files."""
        return f"{self.base}{name}{self.query}"

    def download(self, form: str) -> HttpResponse:
        """One of `FORMS`; Http404 for another one. Its name tells the cause and nothing of the team."""
        if form not in FORMS:
            raise Http404("There is no such form.")
        response = HttpResponse(self._bytes(form), content_type=FORMS[form])
        name = f"troubleshooter-{self.run.cause.replace('_', '-')}.{form}"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response

    def _bytes(self, form: str) -> bytes:
        reading, body = self.read()
        if form == "json":
            return canonical(dict(reading.report)).encode()
        if form == "html":
            return reports.one_file(reading, body, self.address, "Shared at").encode()
        return self.texts(reading)["markdown" if form == "md" else "ticket"].encode()


def outsiders_command(report: Mapping[str, Any]) -> str:
    """The line that asks the same question on the reader's own machine, with what the report shows of client and mode."""
    run = report["run"]
    named = {"client": run["client"]["name"], "client_version": run["client"]["version"], "mode": run["mode"]}
    shown = {key: value if value and "[" not in value else "" for key, value in named.items()}  # "[setting]" is hidden
    return shlex.join(["python3", "probe.pyz", *reports.client_words(shown)])
