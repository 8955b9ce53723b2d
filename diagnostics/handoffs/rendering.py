"""From a report to a packet. Nothing is invented: a row stands only where its facts were measured and are shown to the receiver."""

from __future__ import annotations

import base64
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from diagnostics.drawing.states import STATES
from diagnostics.drawing.stations import plain_attempts, stations_of
from diagnostics.engine import library
from diagnostics.engine.calls import meant
from diagnostics.engine.facts import HTTP_PROBES
from diagnostics.engine.matching import holds
from diagnostics.engine.phrases import ANSWERERS, PHRASES, TRUST_SETS
from diagnostics.engine.probes import PROBES
from diagnostics.engine.records import Facts
from diagnostics.engine.wording import one_line, slots, spoken
from diagnostics.handoff_schema import Receiver, RowTable, SectionTable
from diagnostics.handoffs.choosing import asked, facts_of
from diagnostics.handoffs.records import Host, Line, Packet, Section

HIDDEN = "[hidden]"
"""What stands in place of a fact that the sender left out."""
_LONGEST = 600
_MOST_WORDS = 30
_PEM = "tls.chain.top.pem"
_PAST_THE_GATEWAY = ("hello.api", "hello.platform", "service.status")
"""Calls to fixed hosts, wherever the base URL leads."""


def render(
    receiver: Receiver,
    report: Mapping[str, Any],
    shown: Mapping[str, Any],
    hosts: Sequence[Host] = (),
    left_out: Sequence[str] = (),
) -> Packet:
    """The packet of a report. ``shown`` is the same report without what the receiver is not to see: conditions are asked of the
    whole one, and every word comes from the other."""
    facts, told = facts_of(report), facts_of(shown)
    missing: list[str] = []
    sections = [made for one in receiver.section if (made := _section(one, facts, told, shown, hosts, missing))]
    verdict = shown["verdict"]
    return Packet(
        receiver=receiver.name,
        title=receiver.title,
        to=receiver.to,
        subject=_sentence(_first("subject", receiver, facts), told),
        opening=_sentence(_first("opening", receiver, facts), told),
        found=" ".join((f"{verdict['title'].rstrip('.')}.", verdict["summary"])),
        sections=tuple(sections),
        asks=tuple(_sentence(ask.text, told) for ask in asked(receiver, verdict, facts)),
        not_measured=tuple(missing),
        measured=_measured(shown),
        left_out=tuple(left_out),
        pem=_pem(told) if _shows(receiver, "certificate") else "",
        hosts=tuple(hosts) if _shows(receiver, "hosts") else (),
    )


def _first(name: str, receiver: Receiver, facts: Facts) -> str:
    """The words of the first ``where`` that holds and has them, else those that hold for every run."""
    held = (str(getattr(one, name)) for one in receiver.where if holds(one.when, facts) is True)
    return next(filter(None, held), str(getattr(receiver, name)))


def _shows(receiver: Receiver, what: str) -> bool:
    return any(section.shows == what for section in receiver.section)


def _section(
    one: SectionTable,
    facts: Facts,
    told: Facts,
    shown: Mapping[str, Any],
    hosts: Sequence[Host],
    missing: list[str],
) -> Section | None:
    """A section with what it has to show; None where that is nothing. What was not measured goes into ``missing``."""
    if one.shows == "certificate":
        pem = _pem(told)
        return Section(one.title, one.lead, block=pem, shows=one.shows) if pem else None
    if one.shows is not None:
        head, rows = _TABLES[one.shows](shown, told, hosts)
        return Section(one.title, one.lead, head=head, table=tuple(rows), shows=one.shows) if rows else None
    lines = []
    for row in one.row:
        if row.when is not None and holds(row.when, facts) is not True:
            continue
        value = _value(row, told)
        if value:
            lines.append(Line(row.label, value))
        elif row.missing and not any(meant(fact, facts) in facts for fact, _ in slots(row.value)):
            missing.append(row.missing)
    return Section(one.title, one.lead, lines=tuple(lines)) if lines else None


def _value(row: RowTable, told: Facts) -> str:
    """The row's words, "" where a fact without words in its place is missing or left out."""
    for fact, otherwise in slots(row.value):
        name = meant(fact, told)
        if told.get(name) == HIDDEN or (otherwise is None and told.get(name, ()) == ()):
            return ""
    return " ".join(_sentence(row.value, told).split())


def _sentence(template: str, told: Facts) -> str:
    """The words with their facts; what is missing or left out gives way to the words after ``|``."""
    answer = template
    for fact, otherwise in slots(template):
        name = meant(fact, told)
        value = told.get(name, ())
        words = _words(name, value) if value not in ((), HIDDEN) else (otherwise or "")
        answer = answer.replace(f"{{{fact}}}" if otherwise is None else f"{{{fact}|{otherwise}}}", words, 1)
    return answer.strip()


def _words(name: str, value: Any) -> str:
    """A fact as a packet says it: all of its words, and longer texts than a page's sentence would take."""
    titles = library.load().titles
    if name == "config.trust.sets" and isinstance(value, tuple):
        return ", ".join(TRUST_SETS.get(str(word), one_line(str(word))) for word in value[:_MOST_WORDS])
    if isinstance(value, tuple):
        return ", ".join(spoken(name, (word,), titles) for word in value[:_MOST_WORDS])
    short = spoken(name, value, titles)
    return one_line(value, _LONGEST) if isinstance(value, str) and short.endswith("…") else short


def _known(told: Facts, name: str) -> str:
    value = told.get(name, "")
    return value if isinstance(value, str) and value != HIDDEN else ""


def _pem(told: Facts) -> str:
    """The certificate that was shown, "" where there is none; whole or not at all, such as where hiding took a part of it."""
    found = told.get(_PEM, ())
    lines = [str(line) for line in found] if isinstance(found, tuple) else []
    marked = len(lines) > 2 and lines[0].startswith("-----BEGIN CERT") and lines[-1].startswith("-----END CERT")
    try:
        base64.b64decode("".join(lines[1:-1]), validate=True)
    except ValueError:
        return ""
    return "\n".join(lines) if marked else ""


def _measured(report: Mapping[str, Any]) -> str:
    run = report["run"]
    start = datetime.fromisoformat(run["started_at"])
    where = "from the network of our diagnosis tool" if run["vantage"]["kind"] == "worker" else "on the machine itself"
    return f"{start:%Y-%m-%d %H:%M:%S} UTC, {where}"


# -- Tables ----------------------------------------------------------------------------------

_Table = tuple[tuple[str, ...], list[tuple[str, ...]]]


def _path(report: Mapping[str, Any], told: Facts, hosts: Sequence[Host]) -> _Table:
    rows: list[tuple[str, ...]] = [
        (one.label, STATES[one.state].word, one.code or one.note) for one in stations_of(report)
    ]
    return ("Step", "Result", "Seen"), rows


def _failures(report: Mapping[str, Any], told: Facts, hosts: Sequence[Host]) -> _Table:
    """Checks that failed: the words for it, and the error as the system or the library gave it."""
    titles = {probe.name: probe.title for probe in PROBES}
    rows: list[tuple[str, ...]] = []
    for attempt in plain_attempts(report):
        if attempt["status"] == "failed":
            word = str(attempt["reason"] or "")
            details = [event["detail"] for event in attempt.get("events", ()) if event["what"] == word]
            name = titles.get(attempt["probe"], attempt["probe"])
            rows.append((name, PHRASES.get(word, word.replace("_", " ")), one_line(str((details or [""])[-1]))))
    return ("Check", "What came", "Error"), rows


def _calls(report: Mapping[str, Any], told: Facts, hosts: Sequence[Host]) -> _Table:
    """Every call that was answered or failed, with the time it began."""
    return _table_of_calls(report, told, HTTP_PROBES)


def _table_of_calls(report: Mapping[str, Any], told: Facts, probes: Collection[str]) -> _Table:
    rows: list[tuple[str, ...]] = []
    began = datetime.fromisoformat(report["run"]["started_at"])
    for attempt in plain_attempts(report):
        probe, facts = attempt["probe"], attempt["facts"]
        if probe not in probes or attempt["status"] == "skipped":
            continue
        at = began + timedelta(seconds=attempt.get("started") or 0)
        status = facts.get(f"{probe}.status")
        failure = str(facts.get(f"{probe}.failure") or attempt["reason"] or "")
        came = str(status) if status is not None else PHRASES.get(failure, failure)
        who = ANSWERERS.get(str(facts.get(f"{probe}.answerer")), "")
        ids = [str(facts.get(f"{probe}.{name}") or "") for name in ("request_id", "edge_id")]
        rows.append((f"{at:%H:%M:%S.%f}"[:-3], _asked(probe, told), came, who, *map(one_line, ids)))
    return ("UTC", "Asked", "Came", "From", "Request id", "Edge id"), rows


def _gateway_calls(report: Mapping[str, Any], told: Facts, hosts: Sequence[Host]) -> _Table:
    """Those that went to the base URL: of the others nothing stands in a gateway's log."""
    return _table_of_calls(report, told, [name for name in HTTP_PROBES if name not in _PAST_THE_GATEWAY])


def _asked(probe: str, told: Facts) -> str:
    base = _known(told, "config.base_url.value").rstrip("/")
    return HTTP_PROBES[probe].partition(" with ")[0].partition(", which")[0].replace("{base}", base)


def _hosts(report: Mapping[str, Any], told: Facts, hosts: Sequence[Host]) -> _Table:
    rows: list[tuple[str, ...]] = [
        (one.name, str(one.port), one.need, one.purpose, " ".join(one.addresses)) for one in hosts
    ]
    return ("Host", "Port", "Need", "For", "Addresses"), rows


_TABLES = {"path": _path, "failures": _failures, "calls": _calls, "gateway_calls": _gateway_calls, "hosts": _hosts}
