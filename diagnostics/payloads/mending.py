"""Corrections that are safe: nothing is invented, nothing of what somebody wrote is thrown away but what has no counterpart; each is told.

``mend`` judges, corrects what it can, and judges again, until nothing changes. What it leaves, a person has to decide.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from diagnostics.engine.request.shapes import shown
from diagnostics.payloads.judging import value_at
from diagnostics.payloads.knowing import Known, Protocol
from diagnostics.payloads.records import Fault, Place, path_of

_ROUNDS = 6
_MOST_CHANGES = 400
_MOST_MENDED = 300  # faults: a body with more is told, and not judged again and again
EXAMPLE_MOST = 1024
"""``max_tokens`` where none is given: a number has to stand there, and the change says that it is an example."""

_DATA_URL = re.compile(r"data:([\w.+-]+/[\w.+-]+);base64,", re.IGNORECASE)
_INNER = {"input_schema": dict, "tool_use_id": str, "budget_tokens": int, "text": str, "media_type": str}
_TOOL_CHOICES = {"auto": "auto", "none": "none", "required": "any", "any": "any"}

Judge = Callable[[Mapping[str, Any]], list[Fault]]


class Mended:
    """A body with its corrections: ``value``, ``changes`` as sentences, ``left`` what is still wrong."""

    def __init__(self, value: Any) -> None:
        self.value = value
        self.changes: list[str] = []
        self.left: list[Fault] = []

    def told(self, sentence: str) -> bool:
        """Take a change down once; True, so that whoever made it can pass that on."""
        if len(self.changes) < _MOST_CHANGES and sentence not in self.changes:
            self.changes.append(sentence)
        return True


def mend(
    body: Mapping[str, Any], first: list[Fault], judge: Judge, protocol: Protocol, known: Known, model: str | None
) -> Mended:
    """The corrected body, of which ``first`` is what is wrong with it. ``model``: the id to write in the place of the given one, None to leave it."""
    made = Mended(json.loads(json.dumps(body)))  # a copy, five times as fast as copy.deepcopy
    if model is not None and isinstance(made.value.get("model"), str) and made.value["model"] != model:
        made.told(f"model: {_name(made.value['model'])} became {model}")
        made.value["model"] = model
    if protocol.is_anthropic:
        _of_openai(made)
    made.left = judge(made.value) if made.changes else first
    for _ in range(_ROUNDS if len(first) <= _MOST_MENDED else 0):
        if not _round(made, protocol, known):
            break
        made.left = judge(made.value)
    return made


def _round(made: Mended, protocol: Protocol, known: Known) -> bool:
    """Correct what can be: names first, what is missing last, since a new name may be what was missing; what moves messages ends the round."""
    changed = False
    for fault in sorted((one for one in made.left if one.place), key=_turn):
        if fault.kind == "missing" and changed:
            break
        moved = len(made.value.get("messages") or ()) if isinstance(made.value.get("messages"), list) else 0
        changed = _corrected(made, fault, protocol, known) or changed
        if isinstance(made.value.get("messages"), list) and len(made.value["messages"]) != moved:
            return True
    return changed


def _turn(fault: Fault) -> int:
    return {"unknown_field": 0, "missing": 2}.get(fault.kind, 1)


def _name(text: str) -> str:
    return text if re.fullmatch(r"[\w.:/@\[\] -]{1,80}", text) else "what stood there"


def _corrected(made: Mended, fault: Fault, protocol: Protocol, known: Known) -> bool:
    place = fault.place or ()
    holder: Any = value_at(made.value, place[:-1])
    step: Any = place[-1]
    if fault.kind == "missing":
        return _missing(made, holder, place)
    if not _holds(holder, step):
        return False
    if fault.kind in ("unknown_field", "not_for_model") and isinstance(holder, dict):
        return _field(made, holder, fault, protocol, known)
    if fault.kind == "wrong_type":
        return _typed(made, holder, step, fault)
    if fault.kind in ("bad_value", "unknown_kind", "media_type") and fault.near and isinstance(holder[step], str):
        made.told(f"{path_of(place)}: {shown(holder[step])} became {fault.near}")
        holder[step] = fault.near
        return True
    return _special(made, holder, step, fault)


def _holds(holder: Any, step: Any) -> bool:
    if isinstance(holder, dict):
        return step in holder
    return isinstance(holder, list) and isinstance(step, int) and step < len(holder)


# -- what is missing


def _missing(made: Mended, holder: Any, place: Place) -> bool:
    if not isinstance(holder, dict):
        return False
    if place == ("max_tokens",):
        holder["max_tokens"] = EXAMPLE_MOST
        return made.told(f"max_tokens: {EXAMPLE_MOST} was put in as an example; choose how long an answer may be")
    if (
        place[-1] == "type"
        and isinstance(holder.get("text"), str)
        and set(holder) <= {"text", "cache_control", "citations"}
    ):
        holder["type"] = "text"
        return made.told(f"{path_of(place)}: text was put in, since the block has a text")
    if place[-1] == "type" and isinstance(holder.get("properties"), dict):
        holder["type"] = "object"
        return made.told(f"{path_of(place)}: object was put in, since it has properties")
    return False


# -- names


def _field(made: Mended, holder: dict[str, Any], fault: Fault, protocol: Protocol, known: Known) -> bool:
    place = fault.place or ()
    name = str(place[-1])
    if fault.kind == "not_for_model" and not fault.near:
        if name == "type" or place[-2:-1] in (("thinking",), ("tool_choice",)):
            return False  # what to write in its place is a choice
        holder.pop(name)
        return made.told(f"{path_of(place)} was taken out: the model does not take it")
    if fault.near:
        return _renamed(made, holder, name, fault.near, place)
    if len(place) == 1 and name in known.dropped(protocol):
        holder.pop(name)
        return made.told(f"{shown(name)} was taken out: {protocol.title} has nothing like it")
    return False


def _renamed(made: Mended, holder: dict[str, Any], name: str, target: str, place: Place) -> bool:
    """Into the name that is meant, where that is free and the value can be what stands under it."""
    value = holder[name]
    if name == "user" and target == "metadata" and isinstance(value, str):
        target, value = "metadata", {"user_id": value}
    elif target == "stop_sequences" and isinstance(value, str):
        value = [value]
    elif target in ("messages", "input") and isinstance(value, str):
        if target == "messages":
            value = [{"role": "user", "content": value}]
    elif len(place) > 1:
        if not isinstance(value, _INNER.get(target, object)):
            return False
    elif (
        target in ("tools", "tool_choice", "output_config", "text", "reasoning") and name != target
    ) or target == "input":
        if not (name == "messages" and target == "input"):
            return False  # another form stands under it: it is told, and left
    elif target == "messages" and not isinstance(value, list):
        return False
    path = path_of((*place[:-1], target))
    if target in holder:
        if holder[target] == value:
            holder.pop(name)
            return made.told(f"{path_of(place)} was taken out: {target} says the same")
        return False
    items = [(target if key == name else key, value if key == name else one) for key, one in holder.items()]
    holder.clear()
    holder.update(items)
    return made.told(f"{shown(name)} became {path}")


# -- types


def _typed(made: Mended, holder: Any, step: Any, fault: Fault) -> bool:
    value, place = holder[step], fault.place or ()
    wants = fault.says
    new: Any = None
    if (
        isinstance(value, str)
        and ("a whole number" in wants or "a number" in wants)
        and "text" not in wants.split(",")[0]
    ):
        new = _number(value)
    elif isinstance(value, str) and "true or false" in wants and value.strip().lower() in ("true", "false"):
        new = value.strip().lower() == "true"
    elif isinstance(value, float) and "a whole number" in wants and value.is_integer() and abs(value) < 2**53:
        new = int(value)
    elif ("must be a list" in wants and isinstance(value, str) and place[-1] in ("stop_sequences", "stop")) or (
        ("a list" in wants) and isinstance(value, dict) and place[-1] in ("messages", "content", "system", "tools")
    ):
        new = [value]
    elif place == ("tool_choice",) and isinstance(value, str) and value in _TOOL_CHOICES and "an object" in wants:
        new = {"type": _TOOL_CHOICES[value]}
    elif isinstance(value, str) and len(place) == 4 and place[2] == "content" and "an object" in wants:
        new = {"type": "text", "text": value}
    if new is None:
        return False
    holder[step] = new
    return made.told(f"{path_of(place)}: the value has the type now that it must have")


def _number(text: str) -> int | float | None:
    text = text.strip().replace("_", "")
    if re.fullmatch(r"-?\d{1,15}", text):
        return int(text)
    return float(text) if re.fullmatch(r"-?\d{1,15}\.\d{1,15}", text) else None


# -- the rest


def _special(made: Mended, holder: Any, step: Any, fault: Fault) -> bool:
    place, value = fault.place or (), holder[step]
    if place[-1] == "data" and isinstance(value, str) and (found := _DATA_URL.match(value[:200])):
        holder[step] = value[found.end() :]
        holder["media_type"] = found[1].lower()
        return made.told(f"{path_of(place)}: the beginning {found[0][:40]} was taken away, and media_type set from it")
    if (
        fault.path == "messages[0].role"
        and value == "system"
        and len(made.value.get("messages", ())) > 1
        and "system" not in made.value
    ):
        content = made.value["messages"][0].get("content")
        if isinstance(content, (str, list)) and content:
            made.value["messages"].pop(0)
            made.value["system"] = content
            return made.told("messages[0]: the system's words stand in the field system now")
    if fault.kind == "conflict" and isinstance(value, str) and "ends with white space" in fault.says:
        holder[step] = value.rstrip()
        return made.told(f"{path_of(place)}: the white space at the end was taken away")
    return False


# -- from OpenAI's forms into Anthropic's


def _of_openai(made: Mended) -> None:
    messages = made.value.get("messages")
    for number, message in enumerate(messages if isinstance(messages, list) else ()):
        content = message.get("content") if isinstance(message, dict) else None
        if not isinstance(content, list):
            continue
        for at, block in enumerate(content):
            new = _block(block)
            if new is not None:
                content[at] = new
                made.told(f"messages[{number}].content[{at}]: the block has Anthropic's form now")
    tools = made.value.get("tools")
    for number, tool in enumerate(tools if isinstance(tools, list) else ()):
        if isinstance(tool, dict) and isinstance(tool.get("function"), dict):
            tools[number] = _tool(tool["function"])
            made.told(f"tools[{number}]: the tool has Anthropic's form now (name, description, input_schema)")
    choice = made.value.get("tool_choice")
    name = (
        choice.get("function", {}).get("name")
        if isinstance(choice, dict) and isinstance(choice.get("function"), dict)
        else None
    )
    if isinstance(name, str):
        made.value["tool_choice"] = {"type": "tool", "name": name}
        made.told("tool_choice has Anthropic's form now")


def _block(block: Any) -> dict[str, Any] | None:
    if not isinstance(block, dict):
        return None
    if block.get("type") in ("input_text", "output_text") and isinstance(block.get("text"), str):
        return {**block, "type": "text"}
    if block.get("type") not in ("image_url", "input_image"):
        return None
    raw = block.get("image_url")
    url = raw.get("url") if isinstance(raw, dict) else raw
    if not isinstance(url, str):
        return None
    found = _DATA_URL.match(url[:200])
    if found:
        source = {"type": "base64", "media_type": found[1].lower(), "data": url[found.end() :]}
    elif url.startswith(("http://", "https://")):
        source = {"type": "url", "url": url}
    else:
        return None
    return {"type": "image", "source": source}


def _tool(function: Mapping[str, Any]) -> dict[str, Any]:
    made = {key: function[key] for key in ("name", "description") if key in function}
    made["input_schema"] = function.get("parameters") or {"type": "object", "properties": {}}
    if function.get("strict") is not None:
        made["strict"] = function["strict"]
    return made
