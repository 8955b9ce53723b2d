"""What a scan found, as text for a terminal, as JSON, and as SARIF 2.1.0 for whoever shows such things beside code."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from diagnostics.engine.columns import wrapped
from diagnostics.engine.scan.records import LEVELS, Found, Outcome
from diagnostics.engine.scan.wording import Rule

SCHEMA = "troubleshooter.scan/1"
_SARIF = "https://json.schemastore.org/sarif-2.1.0.json"
_SARIF_LEVELS = {"problem": "error", "warning": "warning", "info": "note"}
_SIGNS = {"problem": "[!]", "warning": "[?]", "info": "[i]"}
_BOLD, _PLAIN = "\x1b[1m", "\x1b[0m"
_COLOURS = {"problem": "\x1b[1;31m", "warning": "\x1b[1;33m", "info": "\x1b[1m"}


def as_text(outcome: Outcome, level: str, columns: int, colourful: bool) -> str:
    """Grouped by file, each with what it is, why it matters and what to write instead; then a summary.

    Findings below ``level`` are counted and not told.
    """
    told = [one for one in outcome.found if LEVELS.index(one.level) <= LEVELS.index(level)]
    lines: list[str] = []
    for file in dict.fromkeys(one.file for one in told):
        lines += ["", _painted(file, _BOLD, colourful)]
        for one in (each for each in told if each.file == file):
            lines += _finding(one, columns, colourful)
    lines += ["", *_summary(outcome, level, columns)]
    return "\n".join(lines).lstrip("\n") + "\n"


def _finding(one: Found, columns: int, colourful: bool) -> Iterator[str]:
    sign = _painted(_SIGNS[one.level], _COLOURS[one.level], colourful)
    place = f"line {one.line}: " if one.line else ""
    yield f"  {sign} {place}{one.title}  ({one.code})"
    yield from wrapped(one.says, columns, "      ", "      ")
    yield from wrapped(one.why, columns, "      ", "      ")
    yield from wrapped(one.fix, columns, "      Do: ", "          ")
    if one.corrected:
        yield "      Write instead:"
        yield f"          {one.corrected.strip()}"
    if one.fingerprint:
        yield f"      Fingerprint {one.fingerprint}"


def _summary(outcome: Outcome, level: str, columns: int) -> Iterator[str]:
    counted = count_by_level(outcome.found)
    words = [f"{counted[each]} {_plural(each, counted[each])}" for each in LEVELS if counted[each]]
    files = outcome.counts.files
    begin = "Stopped early. " if outcome.stopped else ""
    found = ", ".join(words) if words else "nothing found"
    yield from wrapped(f"{begin}{files} {'file' if files == 1 else 'files'} looked at: {found}.", columns)
    hidden = sum(counted[each] for each in LEVELS[LEVELS.index(level) + 1 :])
    if hidden:
        yield f"{hidden} of them not shown here: --level info shows all."
    if outcome.counts.ignored:
        yield f"{outcome.counts.ignored} answered by a comment (troubleshooter: ignore)."
    skipped = "; ".join(f"{number} {what}" for what, number in sorted(outcome.counts.skipped.items()))
    for sentence in (
        *([f"Left out: {skipped}."] if skipped else []),
        *(f"Not looked at: {one}." for one in outcome.unchecked),
    ):
        yield from wrapped(sentence, columns)


def _plural(level: str, number: int) -> str:
    words = {"problem": ("problem", "problems"), "warning": ("warning", "warnings"), "info": ("hint", "hints")}
    return words[level][number != 1]


def count_by_level(found: Sequence[Found]) -> dict[str, int]:
    """How many findings of each level."""
    return {level: sum(one.level == level for one in found) for level in LEVELS}


def as_json(outcome: Outcome, version: str) -> bytes:
    """Everything as data. ``version`` is that of the rules."""
    made = {
        "schema": SCHEMA,
        "rules": version,
        "findings": [as_data(one) for one in outcome.found],
        "summary": {**count_by_level(outcome.found), "files": outcome.counts.files, "ignored": outcome.counts.ignored},
        "skipped": outcome.counts.skipped,
        "unchecked": list(outcome.unchecked),
        "stopped": outcome.stopped,
    }
    return json.dumps(made, indent=2, ensure_ascii=False).encode("utf-8", "replace") + b"\n"


def as_data(one: Found) -> dict[str, Any]:
    """A finding as data."""
    return {
        "code": one.code,
        "level": one.level,
        "file": one.file,
        "line": one.line,
        "title": one.title,
        "says": one.says,
        "why": one.why,
        "fix": one.fix,
        "cause": one.cause,
        "corrected": one.corrected or None,
        "fingerprint": one.fingerprint,
        "commit": one.commit or None,
        "identity": one.identity,
    }


def as_sarif(outcome: Outcome, rules: Mapping[str, Rule], version: str) -> bytes:
    """SARIF 2.1.0: one run, the rules that were met, a result for each finding."""
    met = list(dict.fromkeys(one.code for one in outcome.found))
    driver = {
        "name": "Troubleshooter",
        "semanticVersion": "0.1.0",
        "properties": {"rules": version},
        "rules": [_sarif_rule(rules[code]) for code in met],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_sarif_result(one, met.index(one.code)) for one in outcome.found],
        "invocations": [_sarif_invocation(outcome)],
    }
    made = {"$schema": _SARIF, "version": "2.1.0", "runs": [run]}
    return json.dumps(made, indent=2, ensure_ascii=False).encode("utf-8", "replace") + b"\n"


def _sarif_invocation(outcome: Outcome) -> dict[str, Any]:
    """How the scan ended, and what it did not look at: without that "nothing found" would say too much."""
    notes = [{"level": "note", "message": {"text": f"Not looked at: {one}."}} for one in outcome.unchecked]
    return {"executionSuccessful": not outcome.stopped, **({"toolExecutionNotifications": notes} if notes else {})}


def _sarif_rule(rule: Rule) -> dict[str, Any]:
    bare = {name: _without_slots(text) for name, text in (("why", rule.why), ("fix", rule.fix))}
    return {
        "id": rule.code,
        "name": "".join(part.capitalize() for part in rule.code.replace(".", "_").split("_")),
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": bare["why"]},
        "help": {"text": f"{bare['why']} {bare['fix']}", "markdown": f"{bare['why']}\n\n**Do:** {bare['fix']}"},
        "defaultConfiguration": {"level": _SARIF_LEVELS[rule.level]},
        "properties": {
            "tags": [
                *(["security"] if rule.code.startswith(("key.", "tls.")) else []),
                *([rule.cause] if rule.cause else []),
            ]
        },
    }


def _sarif_result(one: Found, index: int) -> dict[str, Any]:
    region = {"region": {"startLine": max(one.line, 1)}}
    location = {"physicalLocation": {"artifactLocation": {"uri": _uri(one.file)}, **region}}
    return {
        "ruleId": one.code,
        "ruleIndex": index,
        "level": _SARIF_LEVELS[one.level],
        "message": {"text": f"{one.says} {one.fix}"},
        "locations": [location],
        "partialFingerprints": {"troubleshooterFinding/v1": one.identity},
        "properties": {name: value for name, value in (("corrected", one.corrected), ("commit", one.commit)) if value},
    }


def _uri(path: str) -> str:
    plain = path.replace("\\", "/")
    return ("file://" if plain.startswith("/") else "") + quote(plain, safe="/~._-", errors="replace")


def _without_slots(text: str) -> str:
    """A rule's own words, where nothing is filled in."""
    for slot, word in (("clients", "the client"), ("value", "FILE"), ("name", "NAME"), ("right", "the right one")):
        text = text.replace("{" + slot + "}", word)
    return "".join(part.partition("}")[2] if number else part for number, part in enumerate(text.split("{"))).strip()


def _painted(text: str, colour: str, colourful: bool) -> str:
    return f"{colour}{text}{_PLAIN}" if colourful else text


def exit_code(found: Sequence[Found], level: str) -> int:
    """1 where something of this level or a worse one was found."""
    return int(any(LEVELS.index(one.level) <= LEVELS.index(level) for one in found))
