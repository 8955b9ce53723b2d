"""A cause's playbook as a graph, in words and as a drawing, from the knowledge alone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from django.utils.safestring import SafeString

from diagnostics import pages_schema
from diagnostics.drawing import way
from diagnostics.engine import library
from diagnostics.engine.playbook_records import Playbook, PlaybookStep
from diagnostics.engine.playbooks import graph
from diagnostics.services.conditions import only_where
from diagnostics.services.general import general

_KIND_WORDS = {
    "start": "Start",
    "question": "Question",
    "step": "Step",
    "hand_over": "Step",
    "proof": "Proof",
    "end": "End",
}


@dataclass(frozen=True)
class Lead:
    """A way out of a node: under which condition, and to which row, with the words of that row."""

    when: str
    number: int
    told: str


@dataclass(frozen=True)
class Row:
    """A node in words with its piece of the drawing. ``ask``: whom a step may be handed to."""

    number: int
    kind: str
    word: str
    says: str
    where: str
    ask: str
    leads: tuple[Lead, ...]
    drawn: SafeString

    @property
    def branches(self) -> bool:
        """Whether the way out has to be told: it parts, or does not lead to the next row."""
        return self.kind == "question" or [lead.number for lead in self.leads] not in ([], [self.number + 1])


def key() -> tuple[dict[str, str], ...]:
    """The drawing's signs with what they mean."""
    signs = (
        (way.sign("question"), "Question"),
        (way.sign("step"), "Step"),
        (way.sign("hand_over"), "Step that may be handed over"),
        (way.sign("step", facts=True), "Passed over where facts show that it does not apply"),
        (way.sign("proof"), "Proof"),
    )
    return tuple({"drawn": SafeString(drawn), "word": word} for drawn, word in signs)


@lru_cache(maxsize=64)
def rows(code: str) -> tuple[Row, ...]:
    """The graph of a cause's playbook, in its order, the start first and the end last."""
    playbook = library.load().playbooks[code]
    made = graph.of(playbook)
    kinds = {node.id: _kind(node, playbook) for node in made.nodes}
    numbers = {node.id: number for number, node in enumerate(made.nodes)}
    says = {node.id: _says(node, code) for node in made.nodes}
    answers = {node.id: told for node in made.nodes if (told := _answers(node, playbook))}
    where = {node.id: _where(node, playbook, answers.get(node.id, "")) for node in made.nodes}
    return tuple(
        Row(
            number=numbers[node.id],
            kind=kinds[node.id],
            word=_KIND_WORDS[kinds[node.id]],
            says=says[node.id],
            where=where[node.id],
            ask=_ask(node, playbook),
            leads=_leads(made, node.id, numbers, says, answers),
            drawn=SafeString(piece),
        )
        for node, piece in zip(made.nodes, way.pieces(made, kinds, answers), strict=True)
    )


def _step(node: graph.Node, playbook: Playbook) -> PlaybookStep:
    return next(one for one in playbook.steps if one.name == node.name)


def _ask(node: graph.Node, playbook: Playbook) -> str:
    hand_over = _step(node, playbook).hand_over if node.kind == "step" else None
    return hand_over.to if hand_over else ""


def _kind(node: graph.Node, playbook: Playbook) -> str:
    if node.kind != "step":
        return node.kind
    step = _step(node, playbook)
    return "proof" if step is playbook.steps[-1] else "hand_over" if step.hand_over else "step"


def _says(node: graph.Node, code: str) -> str:
    if node.kind == "start":
        return "The verdict names this cause."
    if node.kind == "end":
        return "The path is green, and the case can be closed."
    return pages_schema.pages().steps.get(f"{code}.{node.name}.do") or general(node.says)


def _answers(node: graph.Node, playbook: Playbook) -> str:
    """The answers with which a step belongs to the way; "" where it does with any."""
    when = _step(node, playbook).when if node.kind == "step" else None
    if when is None:
        return ""
    question = next(one for one in playbook.questions if one.name == when.question)
    return " or ".join(f"“{general(one.says)}”" for one in question.choices if one.name in when.choices)


def _where(node: graph.Node, playbook: Playbook, answers: str) -> str:
    if node.kind == "question":
        question = next(one for one in playbook.questions if one.name == node.name)
        return only_where(question.applies) if question.applies is not None else ""
    applies = _step(node, playbook).applies if node.kind == "step" else None
    told = (f"With the answer {answers}." if answers else "", only_where(applies) if applies is not None else "")
    return " ".join(part for part in told if part)


def _leads(
    made: graph.Graph, source: str, numbers: dict[str, int], says: dict[str, str], answers: dict[str, str]
) -> tuple[Lead, ...]:
    """The ways out, the nearest first: of a question one for each answer; else where an earlier answer decides, by that."""
    edges = [edge for edge in way.ways(made, answers) if edge.source == source]
    return tuple(
        Lead(
            when=f"“{general(edge.says)}”" if edge.says else _with(edge.target, answers) if len(edges) > 1 else "",
            number=numbers[edge.target],
            told=says[edge.target] if edge.target == graph.END else f"{numbers[edge.target]}. {says[edge.target]}",
        )
        for edge in edges
    )


def _with(target: str, answers: dict[str, str]) -> str:
    return f"With {answers[target]}" if target in answers else "Otherwise"
