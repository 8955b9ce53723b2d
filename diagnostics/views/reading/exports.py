"""A report as text to paste: Markdown for a chat or an issue, and a ticket for whoever has to act."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from diagnostics.pasteable import cell as _cell
from diagnostics.pasteable import code as _code
from diagnostics.pasteable import line as _line
from diagnostics.pasteable import plain as _plain
from diagnostics.templatetags.troubleshooter import in_words, percent
from diagnostics.views.reading.report import Reading


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
    named = f"Run {run['id']}, " if run["id"] else "Measured "
    lines += ["", f"{named}{run['started_at']}, {run['seconds']} s. {link}".rstrip()]
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


class Compared(Protocol):
    """One difference in words."""

    @property
    def label(self) -> str:
        """What differs."""

    @property
    def check(self) -> str:
        """Which check saw it; "" for a setting."""

    @property
    def before(self) -> str:
        """On the left side."""

    @property
    def after(self) -> str:
        """On the right side."""


def compared(
    sides: tuple[str, str],
    runs: Sequence[str],
    reason: str,
    groups: Sequence[tuple[str, Sequence[Compared]]],
    link: str,
) -> str:
    """Two runs side by side as Markdown: what each is, which difference explains the failure, and the differences by group."""
    lines = ["## Two runs compared", "", *(f"- {_plain(run)}" for run in runs), "", _plain(reason)]
    for title, rows in groups:
        lines += ["", f"**{title}**", "", f"| What | {_cell(sides[0])} | {_cell(sides[1])} |", "| --- | --- | --- |"]
        names = (f"{row.label} ({row.check})" if row.check else row.label for row in rows)
        lines += [
            f"| {_cell(name)} | {_cell(row.before)} | {_cell(row.after)} |"
            for name, row in zip(names, rows, strict=True)
        ]
    return "\n".join([*lines, "", link]) + "\n"


def _how_sure(reading: Reading) -> str:
    """Nothing where no cause is named."""
    return f", {in_words(reading.confidence).lower()} ({percent(reading.confidence)})" if reading.names_cause else ""
