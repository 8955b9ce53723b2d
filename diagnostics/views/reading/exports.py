"""A report as text to paste: Markdown for a chat or an issue, and a ticket for whoever has to act."""

from __future__ import annotations

import re

from diagnostics.templatetags.troubleshooter import in_words, percent
from diagnostics.views.reading.report import Reading

_MARKS = {ord(mark): f"\\{mark}" for mark in "\\`[]<>"}


def markdown(reading: Reading, link: str) -> str:
    """The verdict, the facts that decided and what was not checked, as Markdown."""
    lines = [
        f"## {_plain(reading.title)}",
        "",
        _plain(reading.summary),
        "",
        f"`{reading.cause}`{_how_sure(reading)}",
    ]
    if reading.decided:
        lines += ["", "**Decided by**", ""]
        lines += [f"- {proof.title}: {_code(proof.value)} ({proof.source})" for proof in reading.decided]
    if reading.also:
        lines += ["", "**Also seen**", ""]
        lines += [f"- {_plain(other['says'])}" for other in reading.also]
    if reading.not_checked:
        lines += ["", "**Not checked**", ""]
        lines += [f"- {_plain(probe)}: {_plain(why)}" for probe, why in reading.not_checked]
    run = reading.report["run"]
    lines += ["", f"Run {run['id']}, {run['started_at']}, {run['seconds']} s. {link}".rstrip()]
    return "\n".join(lines) + "\n"


def ticket(reading: Reading, link: str) -> str:
    """Plain text for a ticket system: subject first, then what whoever acts must know."""
    run = reading.report["run"]
    lines = [f"Subject: {reading.title}", "", reading.summary]
    if reading.who:
        lines.append(reading.who)
    lines += ["", "What was measured:"]
    lines += [f"  * {proof.title}: {_line(proof.value)}" for proof in reading.decided]
    lines += [
        "",
        f"Cause code: {reading.cause}{_how_sure(reading)}",
        f"Measured at: {run['started_at']} (UTC), from {_line(run['vantage']['name'] or run['vantage']['kind'])}",
        f"Report: {link}" if link else f"Run: {run['id']}",
    ]
    return "\n".join(lines) + "\n"


def _how_sure(reading: Reading) -> str:
    """Nothing where nothing is wrong."""
    return "" if reading.healthy else f", {in_words(reading.confidence).lower()} ({percent(reading.confidence)})"


def _plain(text: str) -> str:
    """Foreign words that open no link, picture, code or tag of their own and stay on their line."""
    return _line(text).translate(_MARKS)


def _line(text: str) -> str:
    """Foreign words that begin no line of their own."""
    return " ".join(text.split())


def _code(value: str) -> str:
    """Inline code that foreign text cannot break out of (CommonMark 6.1: the fence is longer than any run inside)."""
    value = _line(value)
    longest = max((len(run) for run in re.findall("`+", value)), default=0)
    fence, pad = "`" * (longest + 1), " " if longest else ""
    return f"{fence}{pad}{value}{pad}{fence}"
