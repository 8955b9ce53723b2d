"""Claude Code's own files: JSON that cannot be read, entries of a wrong type, and entries in the wrong file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Optional

from diagnostics.engine.environment import json_files
from diagnostics.engine.environment.clients import claude_code
from diagnostics.engine.environment.clients.rules import ClientRules
from diagnostics.engine.scan.formats import flow
from diagnostics.engine.scan.kinds import Kind
from diagnostics.engine.scan.records import Hit
from diagnostics.engine.scan.repairing import repaired

_PLACE = re.compile(r":(\d+):(\d+): (.*)", re.DOTALL)
_OF_STATE = ("hasCompletedOnboarding", "hasTrustDialogAccepted", "oauthAccount", "customApiKeyResponses")
_OF_SETTINGS = ("apiKeyHelper", "permissions", "statusLine", "hooks")


def checked(text: str, kind: Kind, rules: ClientRules) -> Iterator[Hit]:
    """What is wrong with a settings file or the state file."""
    if kind.reader != "claude_settings":
        return
    if text.startswith("\ufeff"):
        yield Hit("settings.byte_order_mark", 1)
    file = json_files.parse("", text.lstrip("\ufeff"))
    if file.problem is not None:
        yield _broken(text, file.problem, kind)
        return
    lines = {scalar.path[0]: scalar.line for scalar in reversed(tuple(flow.scalars(text))) if scalar.path}
    value = file.value or {}
    is_state = kind.kind == "claude_state"
    if not is_state:
        yield from _types(value, rules, lines, text)
    wrong_here = _OF_SETTINGS if is_state else _OF_STATE
    for name in (name for name in wrong_here if name in value):
        yield Hit("settings.of_state" if not is_state else "settings.of_settings", lines.get(name, 1), {"name": name})
    for name in {place.variable for place in rules.places if place.variable} & set(value):
        yield Hit("settings.outside_env", lines.get(name, 1), {"name": name})


def _broken(text: str, problem: str, kind: Kind) -> Hit:
    place = _PLACE.match(problem)
    line, column = (int(place[1]), int(place[2])) if place is not None else (1, 1)
    repair = repaired(text)
    facts = {
        "where": f"in line {line}, column {column}",
        "problem": _sentence(problem, place),
        "repair": repair.says
        if repair is not None
        else "Nothing obvious mends it: compare the line with a JSON checker.",
    }
    at = line if repair is None else repair.line
    instead = None if repair is None or not repair.before.strip() else (repair.before, repair.after)
    return Hit("settings.broken", at, facts, instead=instead)


def _sentence(problem: str, place: Optional[re.Match[str]]) -> str:
    said = place[3] if place is not None else problem.lstrip(": ")
    return said[:1].lower() + said[1:]


def _types(value: Any, rules: ClientRules, lines: dict[Any, int], text: str) -> Iterator[Hit]:
    """Entries of a type at which the client drops the whole file."""
    for name, allowed in rules.settings_types.items():
        if name in value and claude_code.type_of(value[name]) not in allowed:
            line = lines.get(name) or text[: max(text.find(json.dumps(name)), 0)].count("\n") + 1
            found = claude_code.type_of(value[name])
            yield Hit("settings.wrong_type", line, {"name": name, "wanted": " or ".join(allowed), "found": found})
