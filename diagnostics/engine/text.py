"""The report for a terminal, for somebody who is tired: what it is, what shows it, what to do, and what stands beside it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from diagnostics.engine import library, playbooks
from diagnostics.engine.columns import wrapped
from diagnostics.engine.operations import SHELLS_OF
from diagnostics.engine.phrases import FACTORS, PHRASES
from diagnostics.engine.pipeline import facts_of
from diagnostics.engine.playbook_records import Command
from diagnostics.engine.records import Candidate, Finding, Report
from diagnostics.engine.vocabulary import CONTROL, HEALTHY, UNKNOWN
from diagnostics.engine.wording import one_line

_WIDTH = 80
_LONGEST = 600  # characters of one paragraph
_EVIDENCE_MOST = 4
_COMMANDS_MOST = 2
_LINE_LONGEST = 300  # characters of a line to copy
_HIDDEN_MOST = 4
_CLIENTS_MOST = 3
_ON_THE_WAY = ("base_url", "proxy", "no_proxy", "trust", "addresses")  # differences that are no matter of a key
_SURE = ((0.95, "almost certain"), (0.8, "very likely"), (0.5, "likely"))
_SYSTEMS = {"darwin": "macos", "win32": "windows"}
_BOLD, _GREEN, _YELLOW, _RED, _PLAIN = "\x1b[1m", "\x1b[1;32m", "\x1b[1;33m", "\x1b[1;31m", "\x1b[0m"


@dataclass(frozen=True)
class Paragraph:
    """Some lines of the report. ``label`` stands before the text; ``whole`` is a line to copy, never broken."""

    text: str = ""
    label: str = ""
    colour: str = ""  # of the label, or of the text where there is no label
    whole: bool = False


def render(
    report: Report, columns: int = _WIDTH, colourful: bool = False, platform: str = sys.platform, shell: str = ""
) -> str:
    """The verdict in a few lines, then its evidence, the next step with the line to copy on this ``platform``, and what else there is.

    ``shell``: the program of the person's shell, by its name or path; another than we know counts as the system's usual one.

    What came over the network never acts on the terminal: the only escapes are ours, and those only where they are welcome.
    """
    system = _SYSTEMS.get(platform, "linux")
    lines = [line for paragraph in _paragraphs(report, system, shell) for line in _lines(paragraph, columns, colourful)]
    return "\n".join(lines) + "\n"


def _paragraphs(report: Report, system: str, shell: str) -> Iterator[Paragraph]:
    yield Paragraph()
    yield from _verdict(report)
    yield Paragraph()
    for section in (_evidence, _experiments):
        yield from section(report)
    yield Paragraph(f"Cause {report.verdict.cause}{_certainty(report.verdict.ranked[0])}{_place(report)}.")
    if report.next_step is not None:
        yield Paragraph()
        yield from _next_step(report, system, shell)
        yield Paragraph()
    for section in (_undecided, _also, _other_clients, _neighbours, _unchecked, _hidden):
        yield from section(report)
    yield Paragraph()


def _verdict(report: Report) -> Iterator[Paragraph]:
    cause = report.verdict.cause
    sign, colour = {HEALTHY: ("[ok]", _GREEN), UNKNOWN: ("[?]", _YELLOW)}.get(cause, ("[!]", _RED))
    yield Paragraph(f"{sign} {report.verdict.title}", colour=colour)
    yield Paragraph(report.verdict.summary)
    if report.run.get("error"):
        yield Paragraph(str(report.run["error"]), "Our own fault: ", _RED)


def _certainty(first: Candidate) -> str:
    if first.cause == UNKNOWN:
        return ""
    word = next((word for least, word in _SURE if first.confidence >= least), "possible")
    return f", {word} ({first.confidence:.0%})"


def _place(report: Report) -> str:
    side, layer = report.verdict.side, report.verdict.layer
    return f", on the {side} side, at {layer}" if side and layer else ""


def _evidence(report: Report) -> Iterator[Paragraph]:
    for finding in _shown(report):
        yield Paragraph(finding.says, "- ")


def _shown(report: Report) -> Sequence[Finding]:
    """The findings that are told as evidence."""
    if report.verdict.cause == HEALTHY:
        return ()  # the summary has said it
    said = {finding.code: finding for finding in report.findings}
    because = [said[code] for code in report.verdict.ranked[0].because if code in said]
    return (because or [finding for finding in report.findings if finding.level == "problem"])[:_EVIDENCE_MOST]


def _experiments(report: Report) -> Iterator[Paragraph]:
    """Those that the evidence has not told in its own words."""
    told_of = {fact for finding in _shown(report) for fact in finding.facts}
    for one in report.experiments:
        if f"experiment.{one.changed}.passes" in told_of:
            continue
        before, after = (PHRASES.get(word, word) for word in (one.before, one.after))
        changed = f"Changed only {FACTORS.get(one.changed, one.changed)}: {one.origin} -> {one.to}."
        told = "Asked once more with nothing changed." if one.changed == CONTROL else changed
        yield Paragraph(f"{told} Before: {before}. After: {after}.", "- ")


def _next_step(report: Report, system: str, shell: str) -> Iterator[Paragraph]:
    """The instruction, and the very line for this system and client where the playbook has one."""
    step = report.next_step
    if step is None:
        return
    yield Paragraph(step.do, "Do next: ", _BOLD)
    client = str(report.run.get("client", {}).get("name", ""))
    named = shell.rpartition("/")[2]
    known = named if named in SHELLS_OF[system] else None
    commands = playbooks.commands_of(step, facts_of(report.attempts), library.load(), system, client, known)
    for number, command in enumerate(_few(commands)):
        if command.run.startswith("{"):
            yield Paragraph(f"{'Or in' if number else 'In'} the settings file of {client}:")
        elif number and command.operation:
            title = library.load().operations[command.operation].title
            yield Paragraph(f"{title}{', for good' if command.lasting else ''}:")
        yield Paragraph(command.run, whole=True)
        if command.undo and not number:
            yield Paragraph("Takes it back:")
            yield Paragraph(command.undo, whole=True)


def _few(commands: Sequence[Command]) -> Sequence[Command]:
    """Those that a terminal shows: the short ones, where there are any; a line of a screenful is for a page with a button to copy it."""
    short = [one for one in commands if len(one.run) <= _LINE_LONGEST]
    return (short or commands)[:_COMMANDS_MOST]


def _undecided(report: Report) -> Iterator[Paragraph]:
    undecided = report.verdict.undecided
    if undecided is not None and undecided.probe:
        yield Paragraph(f"{undecided.probe} would decide.", "Open: ")


def _also(report: Report) -> Iterator[Paragraph]:
    for also in report.verdict.also:
        yield Paragraph(also.says, "Also: " if also.cause is None else f"Also ({also.cause}): ")


def _other_clients(report: Report) -> Iterator[Paragraph]:
    """Those that would fare otherwise on this machine: who passes where this one fails, and who meets what this one does not."""
    works = report.verdict.cause == HEALTHY
    titles = library.load().titles
    otherwise = [
        one
        for one in report.clients
        if (one.outlook == "fails" and set(one.differs) & set(_ON_THE_WAY) if works else one.outlook == "passes")
    ]
    for one in otherwise[:_CLIENTS_MOST]:
        name = " ".join(part for part in (titles.get(one.client.name, one.client.name), one.client.version) if part)
        yield Paragraph(one_line(one.says, _LONGEST), f"{name} would {'fail' if works else 'pass'}: ")


def _neighbours(report: Report) -> Iterator[Paragraph]:
    ranked = report.verdict.ranked
    others = [
        f"{one.cause} ({one.confidence:.0%})" for one in ranked[1:] if one.cause != UNKNOWN and one.confidence >= 0.05
    ]
    if others:
        yield Paragraph(", ".join(others), "Nearest: " if ranked[0].cause == UNKNOWN else "Less likely: ")


def _unchecked(report: Report) -> Iterator[Paragraph]:
    groups: dict[str, list[str]] = {}
    for one in report.verdict.not_checked:
        groups.setdefault(one.why, []).append(one.probe)
    told = "; ".join(f"{', '.join(probes)} ({why})" for why, probes in groups.items())
    if told:
        yield Paragraph(told, "Not checked: ")


def _hidden(report: Report) -> Iterator[Paragraph]:
    """What was left out, so that nobody looks for it here: where, of what kind, how long."""
    told = [
        f"{one['kind']} in {one['where']}, {one['length']:.0f} characters"
        for one in report.environment.get("hidden", ())
    ]
    more = f"; and {len(told) - _HIDDEN_MOST} more" if len(told) > _HIDDEN_MOST else ""
    if told:
        yield Paragraph("; ".join(told[:_HIDDEN_MOST]) + more, "Left out: ")


def _lines(paragraph: Paragraph, columns: int, colourful: bool) -> Iterator[str]:
    """A paragraph two columns in from the edge, but for the title; further lines of a list stand under its text."""
    if paragraph.whole:
        yield from (f"      {one_line(line, len(line))}" for line in paragraph.text.split("\n"))
        return
    text, label = one_line(paragraph.text, _LONGEST), one_line(paragraph.label, _LONGEST)
    title = bool(paragraph.colour) and not label
    rest = "    " if title or label == "-" else "  "
    marked = f"{label} " if label else ""
    lines = list(wrapped(text, columns, ("" if title else "  ") + marked, rest))
    for number, line in enumerate(lines):
        yield _coloured(line, marked, paragraph.colour, number == 0) if colourful and paragraph.colour else line


def _coloured(line: str, label: str, colour: str, first: bool) -> str:
    """The label alone, or the whole line where there is none."""
    if not label:
        return f"{colour}{line}{_PLAIN}"
    return line.replace(label, f"{colour}{label.rstrip()}{_PLAIN} ", 1) if first else line
