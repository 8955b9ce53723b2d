"""What the knowledge files must look like, checked before anything relies on them: by tests, by ``manage.py check``, and when packing.

An error names the file and the key. Nothing unknown is let through: no fact, cause, probe, finding or key that is not declared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_validator

from diagnostics.condition_schema import faults
from diagnostics.engine import calls, library, matching
from diagnostics.engine.facts import FACTS
from diagnostics.engine.library import Knowledge
from diagnostics.engine.vocabulary import (
    CALLS,
    CAUSES,
    HEALTHY,
    LAYERS,
    LEVELS,
    PROBE_NAMES,
    SIDES,
    UNKNOWN,
)
from diagnostics.engine.wording import slots

FIXES = ("base_url", "credential", "proxy_url", "no_proxy", "ca_pem", "model")
"""Fields of a registered environment that a step may edit."""

_CODE = r"^[a-z0-9_]+(\.[a-z0-9_]+)*$"


class KnowledgeError(ValueError):
    """Knowledge that must not be used; one line per fault, each with file and key."""


def _known(words: Sequence[str], what: str) -> AfterValidator:
    def check(word: str) -> str:
        if word not in words:
            raise ValueError(f"{what} {word!r} is not declared")
        return word

    return AfterValidator(check)


Fact = Annotated[str, _known(tuple(FACTS), "the fact")]
CauseCode = Annotated[str, _known(CAUSES, "the cause")]
ProbeName = Annotated[str, _known(PROBE_NAMES, "the probe")]
Layer = Annotated[str, _known(LAYERS, "the layer")]


def _sentence(text: str) -> str:
    for fact, _ in slots(text):
        if not FACTS.keys() >= set(calls.named(fact)):
            raise ValueError(f"the fact {fact!r} in the text is not declared")
    return text


Text = Annotated[str, AfterValidator(_sentence)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _condition(value: Any) -> Any:
    for fault in faults(value):
        raise ValueError(fault)
    return value


Condition = Annotated[dict[str, Any], AfterValidator(_condition)]


def _about_answers(value: Any) -> Any:
    for fault in faults(value, answers=True):
        raise ValueError(fault)
    return value


class FindingTable(_Table):
    """One ``[[finding]]`` of a signatures file."""

    code: str = Field(pattern=_CODE)
    layer: Layer | None = None
    level: Literal["problem", "warning", "info"]
    says: Text = Field(min_length=10)
    when: Annotated[dict[str, Any], AfterValidator(_about_answers)]
    calls: list[Annotated[str, _known(CALLS, "the call")]] = Field(default=[], min_length=1)
    withdrawn_by: list[str] = []
    cause: CauseCode | None = None


class EvidenceTable(_Table):
    """One entry of a cause's ``evidence``."""

    finding: str
    weight: float = Field(ge=-20, le=20)
    stage: Layer | None = None
    context: bool = False
    explains: list[str] = []

    @field_validator("weight")
    @classmethod
    def _moves(cls, weight: float) -> float:
        if weight == 0:
            raise ValueError("evidence of no weight is none; name the finding under `explains`")
        return weight


class NeighbourTable(_Table):
    """One ``[[confused_with]]``."""

    code: CauseCode
    tell: Text = Field(min_length=10)


class VariantTable(_Table):
    """One ``[[variants]]``."""

    when: Condition
    summary: Text
    title: Text | None = None


class CauseTable(_Table):
    """A file of ``causes/``."""

    code: CauseCode
    side: Literal["client", "network", "provider", "request"] | None = None
    layer: Layer | None = None
    stage: Layer
    title: Text
    summary: Text
    plain: Text
    who_acts: str
    prior: float = Field(lt=0)
    decider: ProbeName | None = None
    requires: Condition | None = None
    evidence: list[EvidenceTable] = []
    explains: list[str] = []
    variants: list[VariantTable] = []
    confused_with: list[NeighbourTable] = []


class CommandTable(_Table):
    """One entry of a step's ``commands``."""

    system: Literal["linux", "macos", "windows", "any"]
    run: Text
    client: str | None = None


class HandOverTable(_Table):
    """A step's ``hand_over``."""

    to: str
    text: Text


class StepTable(_Table):
    """One ``[[step]]`` of a playbook."""

    name: str = Field(pattern=r"^[a-z0-9_]+$")
    do: Text
    why: Text
    expect: Text
    probes: list[ProbeName] = Field(min_length=1)
    green: Condition
    changes: Text = ""
    undo: Text = ""
    applies: Condition | None = None
    fix: Annotated[str, _known(FIXES, "the field")] | None = None
    commands: list[CommandTable] = []
    hand_over: HandOverTable | None = None


class SignaturesFile(_Table):
    """A file of ``signatures/``; its name is the findings' layer."""

    finding: list[FindingTable] = Field(min_length=1)


class PlaybookFile(_Table):
    """A file of ``playbooks/``."""

    cause: CauseCode
    step: list[StepTable] = Field(min_length=1, max_length=6)


_FILES: dict[str, type[_Table]] = {"causes": CauseTable, "signatures": SignaturesFile, "playbooks": PlaybookFile}


def check_knowledge() -> Knowledge:
    """Validate the knowledge folder and load it. Raises ``KnowledgeError``."""
    tables = library.read_tables(library.FOLDER)
    validate(tables)
    return library.build(tables)


def validate(tables: Mapping[str, Mapping[str, Any]]) -> None:
    """Raise ``KnowledgeError`` with every fault: first of form, and when the form is right, of what the files say of each other."""
    faults = [
        fault
        for kind, model in _FILES.items()
        for name, table in tables[kind].items()
        for fault in _form(kind, name, model, table)
    ]
    faults = faults or list(_references(tables))
    if faults:
        raise KnowledgeError("\n".join(faults))


def _form(kind: str, name: str, model: type[_Table], table: Any) -> Iterator[str]:
    where = f"knowledge/{kind}/{name}.toml"
    try:
        model.model_validate(table)
    except ValidationError as error:
        for fault in error.errors():
            key = ".".join(str(part) for part in fault["loc"])
            yield f"{where}: {key}: {fault['msg'].removeprefix('Value error, ')}"
    stem = table.get("code" if kind == "causes" else "cause", name)
    if kind != "signatures" and stem != name:
        yield f"{where}: code: the file is named {name} and holds {stem}"
    if kind == "signatures" and name not in LAYERS:
        yield f"{where}: the file's name is no layer"


def _references(tables: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    signs = [
        (f"knowledge/signatures/{name}.toml", sign)
        for name, table in tables["signatures"].items()
        for sign in table["finding"]
    ]
    codes = {sign["code"] for _, sign in signs}
    causes, playbooks = tables["causes"], tables["playbooks"]
    yield from _twice(signs)
    for where, sign in signs:
        for code in sign.get("withdrawn_by", ()):
            if code not in codes:
                yield f"{where}: {sign['code']}.withdrawn_by: no finding {code!r}"
        if sign.get("cause") and sign["cause"] not in causes:
            yield f"{where}: {sign['code']}.cause: no file for {sign['cause']}"
        yield from _unguarded(where, sign)
    for name, table in causes.items():
        where = f"knowledge/causes/{name}.toml"
        yield from (
            f"{where}: evidence: no finding {item['finding']!r}"
            for item in table.get("evidence", ())
            if item["finding"] not in codes
        )
        explained = [table, *table.get("evidence", ())]
        yield from (
            f"{where}: explains: no finding {code!r}"
            for part in explained
            for code in part.get("explains", ())
            if code not in codes
        )
        if name not in (HEALTHY, UNKNOWN) and ("side" not in table or "layer" not in table):
            yield f"{where}: side, layer: missing"
        if name not in playbooks:
            yield f"{where}: no playbook knowledge/playbooks/{name}.toml"
    yield from (f"knowledge/causes: no file for {code}" for code in (HEALTHY, UNKNOWN) if code not in causes)
    yield from (f"knowledge/playbooks/{name}.toml: no cause of this name" for name in playbooks if name not in causes)
    yield from _playbooks(playbooks)


def _twice(signs: Sequence[tuple[str, Mapping[str, Any]]]) -> Iterator[str]:
    seen: set[str] = set()
    for where, sign in signs:
        if sign["code"] in seen:
            yield f"{where}: {sign['code']}: declared twice"
        seen.add(sign["code"])


def _unguarded(where: str, sign: Mapping[str, Any]) -> Iterator[str]:
    """A fact that a sentence shows must be one its condition asks about, or have words in its place."""
    asked = set(matching.facts_in(sign["when"]))
    for fact, otherwise in slots(sign["says"]):
        if fact not in asked and otherwise is None:
            yield f"{where}: {sign['code']}.says: {fact} may be unmeasured; give words after |"


def _playbooks(playbooks: Mapping[str, Any]) -> Iterator[str]:
    last = {step["name"] for step in playbooks.get(HEALTHY, {}).get("step", ())}
    for name, table in playbooks.items():
        names = [step["name"] for step in table["step"]]
        if name != HEALTHY:
            names += last
            if len(names) < 3:
                yield f"knowledge/playbooks/{name}.toml: step: a way of fewer than three steps is none"
        yield from (
            f"knowledge/playbooks/{name}.toml: step.{one}: named twice"
            for one in sorted(set(names))
            if names.count(one) > 1
        )


assert set(LEVELS) == {"problem", "warning", "info"}  # the literals above repeat the vocabulary for the type checker
assert set(SIDES) == {"client", "network", "provider", "request"}
