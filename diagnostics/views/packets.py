"""From a run and a receiver to the packet and everything that pages and downloads show of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse
from django.urls import reverse

from diagnostics.handoff_schema import Receiver
from diagnostics.handoffs import rendering, writing
from diagnostics.handoffs.choosing import facts_of
from diagnostics.handoffs.records import Host, Packet
from diagnostics.models import HandOff, Run
from diagnostics.services import handoffs
from diagnostics.views.knowing.hosts import PORT, Choice, rows

_KINDS = dict(HandOff.Hides.choices)
_TYPES = {
    "txt": "text/plain",
    "md": "text/markdown",
    "eml": "message/rfc822",
    "pem": "application/x-pem-file",
    "csv": "text/csv",
}


def packet_of(run: Run, receiver: Receiver, hides: Sequence[str]) -> Packet:
    """The packet without what is hidden."""
    report, shown = handoffs.seen(run, receiver, hides)
    hosts = () if HandOff.Hides.HOSTS in hides else _hosts(report)
    left_out = [
        _KINDS[kind].lower() for kind in hides if kind in _KINDS and (kind != "credential" or receiver.describes_key)
    ]
    return rendering.render(receiver, report, shown, hosts, left_out)


def address(hand_off: HandOff) -> str:
    """Where its receiver opens it."""
    return f"{settings.PUBLIC_URL}{reverse('handed', args=[handoffs.token(hand_off)])}"


def texts(packet: Packet, note: str = "", link: str = "") -> dict[str, str]:
    """The packet in the forms that are copied."""
    return {
        "text": writing.text(packet, note, link),
        "markdown": writing.markdown(packet, note, link),
        "mailto": writing.mailto(packet, note, link),
    }


def files(packet: Packet) -> list[tuple[str, str]]:
    """(name, label) of the files that go with it."""
    found = [
        ("packet.txt", "Text (.txt)"),
        ("packet.md", "Markdown (.md)"),
        ("packet.eml", "Mail with attachments (.eml)"),
    ]
    found += [(writing.CERTIFICATE, "Certificate (PEM)")] if packet.pem else []
    found += [(writing.HOSTS, "Allow-list (CSV)")] if packet.hosts else []
    return found


def download(packet: Packet, name: str, note: str = "", link: str = "") -> HttpResponse:
    """One of its files; Http404 for any that it does not have."""
    made: dict[str, Any] = {
        "packet.txt": writing.text(packet, note, link),
        "packet.md": writing.markdown(packet, note, link),
        "packet.eml": writing.mail(packet, note, link),
    }
    made |= {writing.CERTIFICATE: f"{packet.pem}\n"} if packet.pem else {}
    made |= {writing.HOSTS: writing.allow_list(packet)} if packet.hosts else {}
    if name not in made:
        raise Http404("There is no such file.")
    kind = _TYPES[name.rpartition(".")[2]]
    response = HttpResponse(made[name], content_type=f"{kind}; charset=utf-8" if kind.startswith("text/") else kind)
    response["Content-Disposition"] = f'attachment; filename="{packet.receiver}-{name}"'
    return response


def _hosts(report: dict[str, Any]) -> tuple[Host, ...]:
    """The allow-list of this client and provider; a gateway's own host stands in the packet's rows."""
    facts = facts_of(report)
    client = str(report["run"]["client"].get("name") or "")
    choice = Choice.of(client, [str(facts.get("config.base_url.vendor", ""))], optional=False)
    return tuple(Host(row.name, PORT, row.need, row.purpose, row.addresses) for row in rows(choice))
