"""What the parts of a request must be to each other: one small function a rule, chosen and graded by ``[[rules]]`` of the table.

Each takes the request, which may be of any form, and gives (path, sentence) for what is not so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Callable

from diagnostics.engine.request.shapes import shown

Told = Iterator[tuple[str, str]]
MOST_CACHE_MARKS = 4


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _messages(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [_object(message) for message in _list(body.get("messages"))]


def _blocks(message: Mapping[str, Any], kind: str) -> dict[int, Mapping[str, Any]]:
    blocks = (_object(block) for block in _list(message.get("content")))
    return {place: block for place, block in enumerate(blocks) if block.get("type") == kind}


Turn = tuple[str, dict[str, tuple[int, int]], dict[str, tuple[int, int]]]
"""Role, then the ids of its tool uses and of its tool results, each with the numbers of message and block."""


def _turns(body: Mapping[str, Any]) -> list[Turn]:
    """The messages as the API takes them: those of one role in a row are one, and what the system says between is none."""
    turns: list[Turn] = []
    for place, message in enumerate(_messages(body)):
        role = str(message.get("role"))
        if role == "system":
            continue
        if not turns or turns[-1][0] != role:
            turns.append((role, {}, {}))
        for kind, name, found in (("tool_use", "id", turns[-1][1]), ("tool_result", "tool_use_id", turns[-1][2])):
            for number, block in _blocks(message, kind).items():
                if isinstance(block.get(name), str):
                    found[block[name]] = (place, number)
    return turns


def budget_below_max_tokens(body: Mapping[str, Any]) -> Told:
    """The thoughts count towards ``max_tokens``."""
    budget, most = _object(body.get("thinking")).get("budget_tokens"), body.get("max_tokens")
    if isinstance(budget, int) and isinstance(most, int) and budget >= most:
        yield "thinking.budget_tokens", "must be less than max_tokens"


def thinking_keeps_temperature(body: Mapping[str, Any]) -> Told:
    """Thinking with a budget takes no other temperature than 1, and no ``top_k``."""
    if _object(body.get("thinking")).get("type") != "enabled":
        return
    if body.get("temperature", 1) != 1:
        yield "temperature", "must be 1 while thinking is enabled"
    if body.get("top_k") is not None:
        yield "top_k", "must not be set while thinking is enabled"


def tool_choice_has_its_tool(body: Mapping[str, Any]) -> Told:
    """A choice needs something to choose from."""
    choice = _object(body.get("tool_choice"))
    names = [_object(tool).get("name") for tool in _list(body.get("tools"))]
    if choice and not names:
        yield "tool_choice", "is set and there are no tools"
    elif choice.get("type") == "tool" and choice.get("name") not in names:
        yield "tool_choice.name", "names a tool that is not among the tools"


def tool_names_differ(body: Mapping[str, Any]) -> Told:
    """Tools are told apart by their names."""
    seen: set[str] = set()
    for place, tool in enumerate(_list(body.get("tools"))):
        if "name" not in _object(tool):
            continue
        name = str(tool["name"])
        if name in seen:
            yield f"tools[{place}].name", f"{shown(name)} stands there twice"
            return
        seen.add(name)


def tool_results_have_their_use(body: Mapping[str, Any]) -> Told:
    """A result belongs to a use in the turn before."""
    turns = _turns(body)
    for before, turn in zip([("", {}, {}), *turns], turns):
        for id_, (place, block) in turn[2].items():
            if id_ not in before[1]:
                yield f"messages[{place}].content[{block}].tool_use_id", "has no tool_use in the message before"


def tool_uses_have_their_result(body: Mapping[str, Any]) -> Told:
    """Every use is answered by a result in the turn after it."""
    turns = _turns(body)
    for turn, after in zip(turns, turns[1:]):
        for id_, (place, block) in turn[1].items():
            if id_ not in after[2]:
                yield f"messages[{place}].content[{block}].id", "has no tool_result in the message after"


def few_cache_marks(body: Mapping[str, Any]) -> Told:
    """At most four parts may be marked for the cache."""
    parts = [*_list(body.get("system")), *_list(body.get("tools"))]
    parts += [block for message in _messages(body) for block in _list(message.get("content"))]
    marked = sum(_object(part).get("cache_control") is not None for part in parts)
    if marked > MOST_CACHE_MARKS:
        yield "cache_control", f"stands at {marked} parts, and at most {MOST_CACHE_MARKS} may have it"


def content_is_filled(body: Mapping[str, Any]) -> Told:
    """Only the last message may be empty, where it is the assistant's."""
    messages = _messages(body)
    for place, message in enumerate(messages):
        last = place == len(messages) - 1 and message.get("role") == "assistant"
        content = message.get("content")
        if (
            isinstance(content, (str, list))
            and not (content.strip() if isinstance(content, str) else content)
            and not last
        ):
            yield f"messages[{place}].content", "is empty"


def user_speaks_first(body: Mapping[str, Any]) -> Told:
    """A conversation begins with the user; what the system says first stands in ``system``."""
    first = next(iter(_messages(body)), {}).get("role")
    if first == "system":
        yield "messages[0].role", "is system: such words stand in the field system at the top"
    elif first == "assistant":
        yield "messages[0].role", "is assistant, and the user speaks first"


RULES: Mapping[str, Callable[[Mapping[str, Any]], Told]] = {
    rule.__name__: rule
    for rule in (
        budget_below_max_tokens,
        thinking_keeps_temperature,
        tool_choice_has_its_tool,
        tool_names_differ,
        tool_results_have_their_use,
        tool_uses_have_their_result,
        few_cache_marks,
        content_is_filled,
        user_speaks_first,
    )
}
"""Name -> rule."""
