"""A playbook as a graph: what may follow what, over every course that facts and answers can give it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Optional

from diagnostics.engine.playbook_records import Choice, Playbook, PlaybookStep, Question

START, END = "start", "end"


@dataclass(frozen=True)
class Node:
    """A point of the way. ``name`` is the step's or question's own; ``says`` its instruction or what is asked, as written (with its slots).

    ``depends``: facts decide whether the way leads here.
    """

    id: str
    kind: Literal["start", "question", "step", "end"]
    name: str = ""
    says: str = ""
    depends: bool = False


@dataclass(frozen=True)
class Edge:
    """What follows what. ``choice`` is the name of the answer that leads this way, and ``says`` its words; both "" for a step's."""

    source: str
    target: str
    choice: str = ""
    says: str = ""


@dataclass(frozen=True)
class Graph:
    """Nodes in the order of the playbook, the start first and the end last; edges in the order of their sources."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


def of(playbook: Playbook) -> Graph:
    """The graph of a playbook."""
    items = _items(playbook)
    nodes = [Node(START, "start"), *(_node(item) for item in items), Node(END, "end")]
    places = {node.id: number for number, node in enumerate(nodes)}
    edges = sorted(_edges(items), key=lambda edge: (places[edge.source], edge.choice, places[edge.target]))
    return Graph(tuple(nodes), tuple(edges))


_Item = tuple[Optional[Question], Optional[PlaybookStep]]
"""A question or a step."""


def _items(playbook: Playbook) -> list[_Item]:
    """The steps, each question in front of the first one that hangs on it."""
    asked: set[str] = set()
    items: list[_Item] = []
    for step in playbook.steps:
        if step.when is not None and step.when.question not in asked:
            asked.add(step.when.question)
            items.append((next(one for one in playbook.questions if one.name == step.when.question), None))
        items.append((None, step))
    return items


def _id(item: _Item) -> str:
    question, step = item
    return f"question:{question.name}" if question else f"step:{step.name if step else ''}"


def _node(item: _Item) -> Node:
    question, step = item
    if question is not None:
        depends = question.applies is not None or any(one.shown_by is not None for one in question.choices)
        return Node(_id(item), "question", question.name, question.ask, depends)
    assert step is not None
    return Node(_id(item), "step", step.name, step.do, step.applies is not None)


def _edges(items: list[_Item]) -> set[Edge]:
    """Every course, followed from the start: (where it is, what has been answered, the edge that is open)."""
    found: set[Edge] = set()
    seen: set[tuple[int, frozenset[tuple[str, str]], tuple[str, str, str]]] = set()
    ahead = [(0, frozenset[tuple[str, str]](), (START, "", ""))]
    while ahead:
        state = ahead.pop()
        if state in seen:
            continue
        seen.add(state)
        number, answered, (source, choice, says) = state
        if number == len(items):
            found.add(Edge(source, END, choice, says))
            continue
        question, step = items[number]
        if question is not None:
            found.add(Edge(source, _id(items[number]), choice, says))
            for one in question.choices:
                now = answered | {(question.name, one.name)}
                ahead.append((number + 1, now, (_id(items[number]), one.name, one.says)))
                ahead += [(number + 1, now, (source, choice, says))] if _unasked(question, one) else []
            continue
        assert step is not None
        if step.when is None or dict(answered).get(step.when.question) in step.when.choices:
            found.add(Edge(source, _id(items[number]), choice, says))
            ahead.append((number + 1, answered, (_id(items[number]), "", "")))
            if step.applies is None:
                continue
        ahead.append((number + 1, answered, (source, choice, says)))
    return found


def _unasked(question: Question, choice: Choice) -> bool:
    """Whether the choice may count without anybody being asked: facts show it, or the question has no place and it is the default."""
    return choice.shown_by is not None or (question.applies is not None and choice.name == question.default)
