"""A packet as text, as Markdown, as a mail and as the files that go with it. The same packet gives the same bytes."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from email.message import EmailMessage
from email.policy import SMTP
from urllib.parse import quote

from diagnostics.handoffs.records import Packet, Section
from diagnostics.pasteable import cell, code, line, plain

CERTIFICATE, HOSTS = "certificate.pem", "allow-list.csv"
MAILTO_MOST = 1_800
"""Characters of a mailto: address. Windows passes on about 2,000, and what is longer opens nothing at all."""
_TURN = 'When it is changed, open the link and press "I changed it": the same checks are made again, and the page says what came.'
_LEFT_OUT = "The sender left out"
_TURN_FOR_MORE = 'All that was measured stands at the link. When it is changed, press "I changed it" there: the same checks are made again.'
_MORE = "This is the part of what was measured that fits here. Ask for the whole of it as a file."
_BREAK = len(quote("\r\n"))
_NOT_MEASURED = "Not measured"
_ASKED = "What we ask you to do"


def text(packet: Packet, note: str = "", link: str = "") -> str:
    """The packet for a ticket or a plain mail. ``note`` is the sender's, ``link`` opens the packet."""
    lines = [f"Subject: {line(packet.subject)}", "", *_body(packet, note, link)]
    return "\n".join(lines).rstrip() + "\n"


def markdown(packet: Packet, note: str = "", link: str = "") -> str:
    """The packet for a chat or an issue."""
    lines = [f"## {plain(packet.subject)}", ""]
    lines += [plain(note), ""] if note else []
    lines += [plain(packet.opening), "", plain(packet.found), ""]
    for section in packet.sections:
        lines += [f"### {plain(section.title)}", "", *_marked(section), ""]
    lines += [f"### {_ASKED}", "", *(f"{number}. {plain(ask)}" for number, ask in enumerate(packet.asks, 1)), ""]
    if packet.not_measured:
        lines += [f"**{_NOT_MEASURED}:** {plain('; '.join(packet.not_measured))}.", ""]
    if packet.left_out:
        lines += [f"**{_LEFT_OUT}:** {plain(', '.join(packet.left_out))}.", ""]
    lines += [f"Measured {packet.measured}."]
    lines += ["", link, "", plain(_TURN)] if link else []
    return "\n".join(lines).rstrip() + "\n"


def mailto(packet: Packet, note: str = "", link: str = "") -> str:
    """An address that opens a mail with the packet in it; where that is too long, with what it is about and as many facts as fit."""
    head = f"mailto:?subject={quote(line(packet.subject)[:150])}&body="
    room = MAILTO_MOST - len(head)
    whole = _quoted("\n".join(_body(packet, note, link)))
    if len(whole) <= room:
        return head + whole
    # The sender's words stand at the link as well, so they give way before what was measured does.
    shorter = (_shortened(packet, words, link, room) for words in dict.fromkeys((note, "")))
    return next((head + body for body in shorter if body), head + _quoted(f"{link}\n{_TURN}" if link else ""))


def _shortened(packet: Packet, note: str, link: str, room: int) -> str:
    """The packet without the facts that do not fit, quoted; "" where none would, since its opening and its requests speak of them."""
    begin = [*([note, ""] if note else []), line(packet.opening), "", line(packet.found), ""]
    end = ["", f"{_ASKED.upper()}", *_numbered(packet.asks), "", *_closing(packet)]
    end += ["", link, _TURN_FOR_MORE] if link else [_MORE]
    room -= len(_quoted("\n".join([*begin, *end]))) + _BREAK
    facts: dict[int, list[str]] = {}
    # What is to be let through goes first: the requests name it. A certificate takes a file.
    for place, section in sorted(enumerate(packet.sections), key=lambda one: one[1].shows != "hosts"):
        for told in () if section.block else (section.title.upper(), *_briefly(section)):
            room -= len(_quoted(told)) + _BREAK
            if room < 0:
                break
            facts.setdefault(place, []).append(told)
    shown = [text for _, lines in sorted(facts.items()) if len(lines) > 1 for text in lines]
    return _quoted("\n".join([*begin, *shown, *end])) if shown or not packet.sections else ""


def _quoted(body: str) -> str:
    return quote(body.replace("\n", "\r\n"))


def _briefly(section: Section) -> Iterator[str]:
    """A section's lines as short as they can be said."""
    if section.shows == "hosts":
        groups: dict[str, list[str]] = {}  # a line each, what must be first: a group cut off would pass for the whole
        for name, port, need, *_ in section.table:
            groups.setdefault(f"  {need}, port {port}: ", []).append(name)
        yield from (head + ", ".join(names) for head, names in groups.items())
    elif section.shows == "path":  # on one line: cut off before the broken step, it would tell of a path that works
        yield f"  {'; '.join(', '.join(line(cell) for cell in row if cell) for row in section.table)}"
    elif section.table:
        yield from (f"  {', '.join(line(cell) for cell in row if cell)}" for row in section.table)
    else:
        yield from _plainly(section)


def mail(packet: Packet, note: str = "", link: str = "") -> bytes:
    """The packet as a draft (.eml) that mail programs open for sending, with its files attached."""
    message = EmailMessage(policy=SMTP)
    message["Subject"] = line(packet.subject)
    message["X-Unsent"] = "1"
    message.set_content("\n".join(_body(packet, note, link)) + "\n", cte="quoted-printable")
    if packet.pem:
        message.add_attachment(
            f"{packet.pem}\n".encode(), maintype="application", subtype="x-pem-file", filename=CERTIFICATE
        )
    if packet.hosts:
        message.add_attachment(allow_list(packet), subtype="csv", filename=HOSTS)
    if message.is_multipart():
        message.set_boundary("hand-off-packet")  # no line of the parts begins so: they are encoded
    return message.as_bytes()


def allow_list(packet: Packet) -> str:
    """The hosts as CSV (RFC 4180) with a heading."""
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(("Host", "Port", "Protocol", "Need", "For", "Addresses"))
    rows.writerows(
        (one.name, one.port, "HTTPS", one.need, one.purpose, " ".join(one.addresses)) for one in packet.hosts
    )
    return out.getvalue()


def _body(packet: Packet, note: str, link: str) -> Iterator[str]:
    yield from ([note, ""] if note else [])
    yield from (line(packet.opening), "", line(packet.found), "")
    for section in packet.sections:
        yield section.title.upper()
        yield from ([section.lead] if section.lead else [])
        yield from _plainly(section)
        yield ""
    yield f"{_ASKED.upper()}"
    yield from _numbered(packet.asks)
    yield ""
    if packet.not_measured:
        yield f"{_NOT_MEASURED}: {'; '.join(packet.not_measured)}."
    yield from _closing(packet)
    yield from (["", link, _TURN] if link else [])


def _closing(packet: Packet) -> Iterator[str]:
    if packet.left_out:
        yield f"{_LEFT_OUT}: {', '.join(packet.left_out)}."
    yield f"Measured {packet.measured}."


def _numbered(asks: Sequence[str]) -> Iterator[str]:
    return (f"{number}. {line(ask)}" for number, ask in enumerate(asks, 1))


def _plainly(section: Section) -> Iterator[str]:
    if section.block:
        yield section.block
    yield from (f"  {one.label}: {line(one.value)}" for one in section.lines)
    for row in section.cells:
        (_, first), *rest = row
        told = [f"{head}: {line(value)}" for head, value in rest if value]
        yield f"  * {line(first)}" + (f" | {' | '.join(told)}" if told else "")


def _marked(section: Section) -> Iterator[str]:
    if section.lead:
        yield from (plain(section.lead), "")
    if section.block:
        yield from ("```", section.block, "```")
    yield from (f"- {plain(one.label)}: {code(one.value)}" for one in section.lines)
    if section.table:
        yield f"| {' | '.join(map(cell, section.head))} |"
        yield f"|{' --- |' * len(section.head)}"
        yield from (f"| {' | '.join(map(cell, row))} |" for row in section.table)
