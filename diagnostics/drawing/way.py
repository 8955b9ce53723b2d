"""A playbook as a way: a line of steps, questions and the proof, with every branch that goes around some of them.

The line stands at the left, one piece beside the words of each step, so that it is as long as the words need at any width. What is
gone around has a lane of its own; ways that end at the same step share one. What facts alone decide is no branch: such a step has a
dashed sign, and is passed over where it does not apply. The words are the page's: the drawing says nothing that they do not say.
"""

from __future__ import annotations

from collections.abc import Container, Mapping

from diagnostics.engine.playbooks.graph import Edge, Graph

_TOP, _MAIN, _LANE = 20, 14, 12  # pixels: height of a sign in its row, where the line stands, between lanes
_TURN = 18  # height in which a line changes its lane

KINDS = ("start", "question", "step", "hand_over", "proof", "end")
_SIGNS = {
    "start": '<circle r="4"/>',
    "question": '<path d="M0-10 10 0 0 10-10 0z"/><path class="mark" d="M-2-2a2.1 2.1 0 1 1 3 1.9C.3.3 0 .7 0 1.3M0 4v.1"/>',
    "step": '<circle r="7"/>',
    "hand_over": '<circle r="7"/><path class="mark" d="M-3.5 0h6m-2.6-2.8L2.8 0-.1 2.8"/>',
    "proof": '<circle r="9"/><path class="mark" d="m-4 .3 2.8 3 5.2-6"/>',
    "end": '<circle r="5"/>',
}


def ways(graph: Graph, answered: Container[str]) -> tuple[Edge, ...]:
    """The edges that are drawn and told: those to the nearest node that may come next, and past it where an answer before decides.

    ``answered``: ids of the nodes that only some answers lead to. Past a node that facts alone decide about, no edge is drawn.
    """
    places = {node.id: number for number, node in enumerate(graph.nodes)}
    found: dict[tuple[str, str], list[Edge]] = {}
    for edge in sorted(graph.edges, key=lambda edge: (places[edge.source], places[edge.target])):
        known = found.setdefault((edge.source, edge.choice), [])
        if not known or (not edge.choice and known[-1].target in answered):
            known.append(edge)
    every = (edge for edges in found.values() for edge in edges)
    return tuple(sorted(every, key=lambda edge: (places[edge.source], places[edge.target])))


def pieces(graph: Graph, kinds: Mapping[str, str], answered: Container[str]) -> tuple[str, ...]:
    """One SVG for each node of the graph, in its order. ``kinds``: id of a node -> a word of ``KINDS``; ``answered`` as of ``ways``."""
    places = {node.id: number for number, node in enumerate(graph.nodes)}
    drawn = [(places[edge.source], places[edge.target]) for edge in ways(graph, answered)]
    lanes = _lanes(drawn)
    width = 2 * _MAIN + _LANE * max(lanes.values(), default=0)
    made = []
    for number, node in enumerate(graph.nodes):
        lines = "".join((*_straight(number, drawn), *_around(number, drawn, lanes)))
        kind = f"way-{kinds[node.id]}" + (" way-facts" if node.depends else "")
        glyph = f'<svg x="{_MAIN}" y="{_TOP}" class="{kind}">{_SIGNS[kinds[node.id]]}</svg>'
        made.append(f'<svg class="way-line" width="{width}" aria-hidden="true">{lines}{glyph}</svg>')
    return tuple(made)


def sign(kind: str, *, facts: bool = False) -> str:
    """The sign of a kind alone, one text line high; ``facts``: as it is where facts decide whether it belongs to the way."""
    shown = f"way-{kind}" + (" way-facts" if facts else "")
    return f'<svg class="way-line" viewBox="-11 -11 22 22" width="18" height="18" aria-hidden="true"><g class="{shown}">{_SIGNS[kind]}</g></svg>'


def _lanes(drawn: list[tuple[int, int]]) -> dict[int, int]:
    """Target of ways that go around something -> its lane, 1 the innermost; ways beside each other never share one."""
    starts: dict[int, int] = {}
    for source, target in drawn:
        if target > source + 1:
            starts[target] = min(source, starts.get(target, source))
    found: dict[int, int] = {}
    for target, start in sorted(starts.items(), key=lambda one: one[0] - one[1]):
        taken = {lane for other, lane in found.items() if starts[other] < target and start < other}
        found[target] = next(lane for lane in range(1, len(starts) + 1) if lane not in taken)
    return found


def _straight(number: int, drawn: list[tuple[int, int]]) -> list[str]:
    """The line from the node above, and to the node below."""
    above = f'<path d="M{_MAIN} 0V{_TOP}"/>' if (number - 1, number) in drawn else ""
    below = f'<line x1="{_MAIN}" x2="{_MAIN}" y1="{_TOP}" y2="100%"/>' if (number, number + 1) in drawn else ""
    return [above, below]


def _around(number: int, drawn: list[tuple[int, int]], lanes: Mapping[int, int]) -> list[str]:
    """What leaves into a lane here, passes by in one, or comes back from one."""
    parts = []
    for target, lane in sorted(lanes.items()):
        x = _MAIN + _LANE * lane
        sources = [source for source, end in drawn if end == target and end > source + 1]
        if number in sources:
            parts.append(f'<path d="M{_MAIN} {_TOP}C{_MAIN} {_TOP + _TURN / 2:g} {x} {_TOP} {x} {_TOP + _TURN}"/>')
        if min(sources) < number < target:
            parts.append(f'<line x1="{x}" x2="{x}" y1="0" y2="100%"/>')
        elif number in sources:
            parts.append(f'<line x1="{x}" x2="{x}" y1="{_TOP + _TURN}" y2="100%"/>')
        elif number == target:
            parts.append(f'<path d="M{x} 0C{x} {_TOP - 6} {_MAIN + 4} {_TOP - 12} {_MAIN} {_TOP}"/>')
    return parts
