"""Names of models: retired, soon to be, mistyped, or somebody else's."""

from __future__ import annotations

from collections.abc import Iterator

from diagnostics.engine import models_table
from diagnostics.engine.environment import base_url
from diagnostics.engine.environment.variables import Variable
from diagnostics.engine.models_table import State
from diagnostics.engine.scan.assigning import is_reference
from diagnostics.engine.scan.records import Assignment, Hit
from diagnostics.engine.scan.rules.subject import Subject

_CODES = ("retired", "retiring", "deprecated", "near", "other_vendor", "platform_name", "unknown")
_IN_CODE = ("retired", "retiring", "deprecated")  # what is certain of a name wherever the request goes
_ON = ("1", "true", "yes", "on")


def named(subject: Subject) -> Iterator[Hit]:
    """Models that settings, variables and code name, where they go to Anthropic's own API as far as this file tells."""
    for one, in_code in _of(subject):
        name = one.value.strip()
        if not name or is_reference(one):
            continue
        state = models_table.state_of(name, subject.today)
        while (
            state.word == "client_name" and state.use and state.use != state.name
        ):  # a suffix that the client takes off
            state = models_table.state_of(state.use, subject.today)
        if state.word in (_IN_CODE if in_code else _CODES):
            yield _hit(one, name, state)


def _of(subject: Subject) -> Iterator[tuple[Assignment, bool]]:
    """(what names a model, whether it is only an argument somewhere in code)."""
    if _goes_elsewhere(subject):
        return
    names = {name for rules in subject.clients for name in rules.model_variables} | set(subject.names["models"])
    yield from ((one, False) for one in subject.set_here.values() if one.name in names)
    for one in subject.group:
        if one.name == "model" and not one.environment:
            if subject.kind.reader == "claude_settings":
                yield one, False
            elif subject.kind.reader in ("source", "notebook") and one.value.startswith("claude-"):
                yield one, True


def _goes_elsewhere(subject: Subject) -> bool:
    """A gateway or cloud platform has names of its own."""
    for rules in subject.clients:
        if any((one := subject.known(each.variable)) and one.value.strip().lower() in _ON for each in rules.switches):
            return True
        written = subject.filled(rules.base_url.variable) if rules.base_url.variable else None
        if written is None:
            continue
        target = base_url.target(Variable(written.name, written.value, ""), rules.base_url, subject.vendors)
        if is_reference(written) or target.first_party is not True:
            return True
    return False


def _hit(one: Assignment, name: str, state: State) -> Hit:
    right = state.use or "a current model of the provider's list"
    facts = {"name": one.name, "value": name[:80], "detail": state.says, "right": right}
    certain = state.use is not None and state.word in ("retired", "retiring", "deprecated", "near")
    return Hit(f"model.{state.word}", one.line, facts, instead=(name, str(state.use)) if certain else None)
