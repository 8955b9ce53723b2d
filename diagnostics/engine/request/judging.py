"""A given request judged without asking anybody: ``judge_body`` and the facts of it.

The boundary: bytes and a table in, facts out. Whoever has a better judge of bodies, such as a full schema, replaces this module.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Optional

from diagnostics.engine.records import FactValue
from diagnostics.engine.request.reading import Document
from diagnostics.engine.request.rules import RULES
from diagnostics.engine.request.shapes import Fault, shown, walk

Table = Mapping[str, Any]

_MOST_TOLD = 8
_MARKS = 2  # of another vendor's form that tell it; one is enough where a field that is needed here is missing
_FACTS = {"certain": "request.faults", "likely": "request.likely", "doubtful": "request.doubtful", "odd": "request.odd"}


def judge_body(document: Document, table: Table, betas: Sequence[str] = ()) -> dict[str, FactValue]:
    """The ``request.*`` facts of a body. ``betas``: values of anthropic-beta that go with it."""
    facts: dict[str, FactValue] = {
        "request.given": True,
        "request.size": document.size,
        "request.over_limit": document.size > table["largest"],
        "request.encoding": document.encoding,
        "request.json": document.problem is None,
    }
    if document.problem is not None:
        facts["request.parse.problem"] = document.problem.word
        if document.problem.line is not None and document.problem.column is not None:
            facts["request.parse.line"], facts["request.parse.column"] = document.problem.line, document.problem.column
    body = document.value
    if isinstance(body, dict):
        facts.update(_outline(body))
        facts.update(_told(list(_faults(body, document, table, betas)), table["count_tokens"]))
        form = other_form(body, table)
        if form is not None:
            facts["request.form"] = form
    return facts


def _outline(body: Mapping[str, Any]) -> dict[str, FactValue]:
    made: dict[str, FactValue] = {"request.stream": body.get("stream") is True}
    model, most, messages = body.get("model"), body.get("max_tokens"), body.get("messages")
    if isinstance(model, str):
        made["request.model"] = shown(model)
    if isinstance(most, int) and not isinstance(most, bool) and abs(most) < 1e12:
        made["request.max_tokens"] = most
    if isinstance(messages, list):
        made["request.messages"] = len(messages)
    return made


def _told(faults: Sequence[Fault], counted: Sequence[str]) -> dict[str, FactValue]:
    """Each grade's faults as sentences, and all kinds of those that count; a count of tokens shows what is in ``counted`` fields."""
    made: dict[str, FactValue] = {}
    for grade in _FACTS:
        said = [str(fault) for fault in faults if _grade(fault, counted) == grade]
        if said:
            more = [f"and {len(said) - _MOST_TOLD} more"] if len(said) > _MOST_TOLD else []
            made[_FACTS[grade]] = tuple(said[:_MOST_TOLD] + more)
    kinds = dict.fromkeys(fault.kind for fault in faults if fault.grade != "odd")
    return {**made, "request.kinds": tuple(kinds)} if kinds else made


def _grade(fault: Fault, counted: Sequence[str]) -> str:
    shown_by_a_count = re.split(r"[.\[]", fault.path)[0] in counted
    return "doubtful" if fault.grade == "likely" and not shown_by_a_count else fault.grade


def _faults(body: Mapping[str, Any], document: Document, table: Table, betas: Sequence[str]) -> Iterator[Fault]:
    yield from walk(body, table)
    yield from beyond_form(body, document, table, betas)


def beyond_form(
    body: Mapping[str, Any], document: Document, table: Table, betas: Sequence[str] = ()
) -> Iterator[Fault]:
    """What is wrong where every field by itself has the right form: between fields, for the model, and with names that stand twice."""
    needs_beta, usual = table["beta_fields"], table.get("beta_usual", {})
    yield from (
        Fault(name, "needs_beta", "needs an anthropic-beta header, and none is given", "odd")
        for name in body
        if name in needs_beta and not betas and body[name] not in (None, usual.get(name))
    )
    yield from (
        Fault(shown(name), "repeated", "stands twice in one object; the last one counts", "odd")
        for name in document.repeated
    )
    for rule in table["rules"]:
        grade = (
            "odd" if rule["name"] == "budget_below_max_tokens" and _interleaved(betas) else rule.get("grade", "certain")
        )
        yield from (Fault(path, "conflict", says, grade) for path, says in RULES[rule["name"]](body))
    yield from _for_model(body, table)


def _interleaved(betas: Sequence[str]) -> bool:
    """With thinking between tool calls the budget may be more than one answer's tokens."""
    return any(beta.startswith("interleaved-thinking") for beta in betas)


def _for_model(body: Mapping[str, Any], table: Table) -> Iterator[Fault]:
    model = body.get("model")
    if not isinstance(model, str):
        return
    for entry in table["models"]:
        if re.search(entry["matches"], model):
            for name, default in entry["refuses"].items():
                if body.get(name, default) not in (default, None):
                    yield Fault(name, "not_for_model", f"is not taken by {shown(model)}", entry.get("grade", "certain"))


def other_form(body: Mapping[str, Any], table: Table, least: int = 1) -> Optional[str]:
    """Title of the protocol that the body is written for, where that is another one; ``least``: marks of it that must be there."""
    form = form_of(body, table, least)
    return str(form["title"]) if form is not None else None


def form_of(body: Mapping[str, Any], table: Table, least: int = 1) -> Optional[Table]:
    """The entry of ``other_forms`` that the body is written for, None where it is the table's own."""
    needed = [name for name, spec in table["objects"]["request"]["fields"].items() if spec.get("required")]
    wanted = _MARKS if all(name in body for name in needed) else 1
    counted = [(_marks(body, form), form) for form in table["other_forms"]]
    most, form = max(counted, key=lambda one: one[0])
    return form if most >= max(wanted, least) else None


def _marks(body: Mapping[str, Any], form: Table) -> int:
    raw = body.get("messages")
    messages = [message for message in raw if isinstance(message, dict)] if isinstance(raw, list) else []
    contents = [message["content"] for message in messages if isinstance(message.get("content"), list)]
    kinds = [block.get("type") for content in contents for block in content if isinstance(block, dict)]
    tools = body.get("tools")
    functions = isinstance(tools, list) and any(isinstance(tool, dict) and "function" in tool for tool in tools)
    marks = [name for name in form["fields"] if name in body]
    marks += [role for role in form["roles"] if any(message.get("role") == role for message in messages)]
    marks += [kind for kind in form["blocks"] if kind in kinds]
    return len(marks) + (form["vendor"] == "openai" and functions)
