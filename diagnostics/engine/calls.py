"""``answer.*``: what is said of an answer of the API holds whichever call it answered.

The same refusal comes to the model list, to a token count and to a message. A signature that asks for ``answer.status`` is read once for
each call, always with all its facts of one and the same answer; ``calls`` names the only ones where it matters which. A cause's or a
playbook's text shows the answer that was refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from diagnostics.engine.records import Facts
from diagnostics.engine.vocabulary import CALLS

ANY = "answer."


def readings(entry: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """A signature's table once for each call it may speak of; as it is where it speaks of none."""
    asked = {name: value for name, value in entry.items() if name != "calls"}
    speaks = any(_speaks(asked[part]) for part in ("when", "says") if part in asked)
    for call in entry.get("calls", CALLS) if speaks else ():
        yield {**asked, "when": _of(call, asked["when"]), "says": _of(call, asked["says"])}
    if not speaks:
        yield asked


def meant(name: str, facts: Facts) -> str:
    """The fact that ``answer.*`` stands for in a text: that of the first call that was refused; another name is itself."""
    if not name.startswith(ANY):
        return name
    refused = next((call for call in CALLS if _refused(call, facts)), CALLS[0])
    return f"{refused}.{name[len(ANY) :]}"


def named(name: str) -> tuple[str, ...]:
    """Every fact that a name in knowledge may stand for."""
    return tuple(f"{call}.{name[len(ANY) :]}" for call in CALLS) if name.startswith(ANY) else (name,)


def _refused(call: str, facts: Facts) -> bool:
    status = facts.get(f"{call}.status")
    went_wrong = any(f"{call}.{name}" in facts for name in ("error_message", "failure", "broken"))
    return (isinstance(status, int) and status >= 400) or went_wrong


def _speaks(part: Any) -> bool:
    if isinstance(part, str):
        return part.startswith(ANY) or "{" + ANY in part
    if isinstance(part, Mapping):
        return any(_speaks(value) for value in part.values())
    return isinstance(part, (list, tuple)) and any(_speaks(value) for value in part)


def _of(call: str, part: Any) -> Any:
    """A condition or a sentence with ``answer.`` as that call's."""
    if isinstance(part, str):
        own = f"{call}.{part[len(ANY) :]}" if part.startswith(ANY) else part
        return own.replace("{" + ANY, "{" + call + ".")
    if isinstance(part, Mapping):
        return {name: _of(call, value) for name, value in part.items()}
    return [_of(call, value) for value in part] if isinstance(part, (list, tuple)) else part
