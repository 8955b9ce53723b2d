"""What a playbook must look like, and what its steps, questions and operations must say of each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from diagnostics.engine.facts import FACTS
from diagnostics.engine.operations import SHELLS
from diagnostics.engine.playbooks.composing import FITS, variable_of
from diagnostics.engine.vocabulary import HEALTHY
from diagnostics.engine.wording import render_command, slots
from diagnostics.schema_parts import CauseCode, Condition, ProbeName, Table, Text, known

FIXES = ("base_url", "credential", "proxy_url", "no_proxy", "ca_pem", "model")
"""Fields of a registered environment that a step may edit."""

_NAME = r"^[a-z0-9_]+$"


class CommandTable(Table):
    """One entry of a step's ``commands``: a line written by hand, where no operation fits."""

    system: Literal["linux", "macos", "windows", "any"]
    run: Text
    client: str | None = None
    shell: Annotated[str, known(SHELLS, "the shell")] | None = None
    lasting: bool = False
    changes: Text = ""
    undo: Text = ""


class UseTable(Table):
    """One entry of a step's ``use``: an operation, and its arguments beside it."""

    model_config = ConfigDict(extra="allow", frozen=True)

    operation: str = Field(pattern=_NAME)
    client: str | None = None
    applies: Condition | None = None
    instead: str = Field(default="", pattern=r"^[a-z0-9_]*$")
    strongest: bool = False


class HandOverTable(Table):
    """A step's ``hand_over``."""

    to: str
    text: Text


class ChoiceTable(Table):
    """One of a question's ``choices``."""

    name: str = Field(pattern=_NAME)
    says: Text = Field(min_length=2)
    shown_by: Condition | None = None


class QuestionTable(Table):
    """One ``[[question]]`` of a playbook."""

    name: str = Field(pattern=_NAME)
    ask: Text = Field(min_length=10)
    why: Text = Field(min_length=10)
    applies: Condition | None = None
    choices: list[ChoiceTable] = Field(min_length=2, max_length=5)
    default: str
    formerly: str = Field(default="", pattern=rf"{_NAME}|^$")


class WhenTable(Table):
    """A step's ``when``: the answer, or the answers, with which it belongs to the way."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    question: str
    choices: str | list[str] = Field(alias="is")


class OtherwiseTable(Table):
    """One of a step's ``otherwise``: another way to be done. Its words stand for every run, so no fact stands in them."""

    name: str = Field(pattern=_NAME)
    green: Condition
    says: str = Field(min_length=10, pattern=r"^[^{}]+\.$")
    needless: bool = False


class StepTable(Table):
    """One ``[[step]]`` of a playbook."""

    name: str = Field(pattern=_NAME)
    do: Text
    why: Text
    expect: Text
    probes: list[ProbeName] | None = Field(default=None, min_length=1)
    green: Condition | None = None
    otherwise: list[OtherwiseTable] = []
    said: str = Field(default="", pattern=r"^(I have [a-z ]+)?$")
    asks: bool = False
    changes: Text = ""
    undo: Text = ""
    applies: Condition | None = None
    when: WhenTable | None = None
    fix: Annotated[str, known(FIXES, "the field")] | None = None
    use: list[UseTable] = []
    commands: list[CommandTable] = []
    hand_over: HandOverTable | None = None


class PlaybookFile(Table):
    """A file of ``playbooks/``."""

    cause: CauseCode
    question: list[QuestionTable] = []
    step: list[StepTable] = Field(min_length=1, max_length=8)


def references(tables: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Steps named twice, ways that are none, questions that lead nowhere, operations that are not there or get the wrong arguments."""
    playbooks = tables["playbooks"]
    last = {step["name"] for step in playbooks.get(HEALTHY, {}).get("step", ())}
    for name, table in playbooks.items():
        where = f"knowledge/playbooks/{name}.toml"
        names = [step["name"] for step in table["step"]]
        if name != HEALTHY:
            names += last
            if len(names) < 3:
                yield f"{where}: step: a way of fewer than three steps is none"
        yield from (f"{where}: step.{one}: named twice" for one in sorted(set(names)) if names.count(one) > 1)
        yield from (f"{where}: {fault}" for fault in _questions(table))
        for step in table["step"]:
            yield from (f"{where}: step.{step['name']}: {fault}" for fault in _proof(step))
            for use in step.get("use", ()):
                yield from (f"{where}: step.{step['name']}.use: {fault}" for fault in _use(use, tables))


def _proof(step: Mapping[str, Any]) -> Iterator[str]:
    """A step is proven by probes, or somebody says that it is done; and that is never what a run can see."""
    ways = step.get("otherwise", ())
    if len({one["name"] for one in ways}) < len(ways):
        yield "otherwise: two have one name"
    if step.get("asks") and "hand_over" not in step:
        yield "asks: there is no text to send (hand_over)"
    if step.get("asks") and any(key in step for key in ("use", "commands", "fix")):
        yield "asks: it has lines of its own, so the text to send is not all of it"
    if not step.get("said"):
        yield from (
            f"{key}: missing; a step that no probe proves has said" for key in ("probes", "green") if not step.get(key)
        )
        return
    yield from (
        f"{key}: nothing to be checked, where somebody's word counts (said)"
        for key in ("probes", "green", "fix")
        if key in step
    )
    if not any(one.get("needless") for one in ways):
        yield "otherwise: says when it is needless, so that it does not stay to do when the fault is gone"


def _questions(table: Mapping[str, Any]) -> Iterator[str]:
    asked = {one["name"]: [choice["name"] for choice in one["choices"]] for one in table.get("question", ())}
    for name in set(asked) & {step["name"] for step in table["step"]}:
        yield f"question.{name}: a step has this name, too; pages find both by name"
    for one in table.get("question", ()):
        if len(set(asked[one["name"]])) < len(one["choices"]):
            yield f"question.{one['name']}.choices: two have one name"
        if one["default"] not in asked[one["name"]]:
            yield f"question.{one['name']}.default: {one['default']!r} is none of its choices"
        if one.get("formerly") in asked:
            yield f"question.{one['name']}.formerly: a question of today has this name"
        if not any(step.get("when", {}).get("question") == one["name"] for step in table["step"]):
            yield f"question.{one['name']}: no step hangs on it"
    for step in table["step"]:
        when = step.get("when")
        if when is None:
            continue
        if when["question"] not in asked:
            yield f"step.{step['name']}.when: no question {when['question']!r}"
            continue
        wanted = [when["is"]] if isinstance(when["is"], str) else when["is"]
        for choice in set(wanted) - set(asked[when["question"]]):
            yield f"step.{step['name']}.when: {choice!r} is none of the choices of {when['question']}"


def _use(use: Mapping[str, Any], tables: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    operation = tables.get("operations", {}).get(use["operation"])
    if operation is None:
        yield f"no operation {use['operation']!r}"
        return
    takes = operation.get("takes", {})
    own = ("operation", "client", "applies", "strongest", "instead")
    given = {name: value for name, value in use.items() if name not in own}
    yield from (f"{use['operation']} takes no {name!r}" for name in given if name not in takes)
    missing = set(takes) - set(given) - set(operation.get("defaults", {}))
    yield from (f"{use['operation']} wants {name!r}" for name in sorted(missing))
    if use.get("instead") and use["instead"] not in tables["operations"]:
        yield f"no operation {use['instead']!r}"
    if use.get("client") and use["client"] not in tables["clients"]:
        yield f"no client {use['client']!r}"
    for name in given.keys() & takes.keys():
        yield from (f"{use['operation']}.{name}: {fault}" for fault in _argument(takes[name], given[name], use, tables))


def _argument(kind: str, value: Any, use: Mapping[str, Any], tables: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    if not isinstance(value, str):
        if kind not in ("json", "number"):
            yield "text is wanted"
        return
    if value.startswith("@"):
        clients = tables["clients"]
        among = [clients[use["client"]]] if use.get("client") in clients else list(clients.values())
        try:
            read = any(variable_of(value[1:], client) for client in among)
        except KeyError:
            read = False
        if not read:
            yield f"no client reads {value}"
        return
    for fact, otherwise in slots(value):
        if fact not in FACTS:
            yield f"the fact {fact!r} is not declared"
        if otherwise is None:
            yield f"{fact} may be unmeasured; give words after |"
    unmeasured = render_command(value, {})
    if kind in FITS and not FITS[kind](unmeasured):
        yield f"{unmeasured!r} is no {kind}"
