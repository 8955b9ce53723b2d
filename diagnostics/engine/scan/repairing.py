"""The probable repair of JSON that does not parse: small changes at the place of the error, tried until the whole is read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Optional

_MOST_STEPS = 6
_COMMA = "Take out the comma behind the last entry."
_QUOTES = "Close the quotes at the end of the value."
_LARGEST = 400_000  # characters; each try reads the text once more


@dataclass(frozen=True)
class Repair:
    """What to change: the line as it stands and as it should be, and a sentence."""

    line: int
    before: str = field(repr=False)
    after: str = field(repr=False)
    says: str = ""


def repaired(text: str) -> Optional[Repair]:
    """The first of some changes after which the text is JSON, with all that they change in its line; None where none leads there."""
    if len(text) > _LARGEST:
        return None
    text = text.lstrip("\ufeff")
    current, says = text, ""
    for _ in range(_MOST_STEPS):
        error = _error(current)
        if error is None:
            break
        better = next(
            (
                (changed, sentence)
                for changed, sentence in _changes(current, error.pos)
                if (after := _error(changed)) is None or after.pos > error.pos
            ),
            None,
        )
        if better is None:
            return None
        current, says = better[0], says or better[1]
    return _told(text, current, says) if says and _error(current) is None else None


def _error(text: str) -> Optional[json.JSONDecodeError]:
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return error
    except RecursionError:
        return None
    return None


def _changes(text: str, at: int) -> Iterator[tuple[str, str]]:
    """Every change that is worth trying at ``at``, the likeliest first."""
    before, here = text[:at], text[at:]
    behind = before.rstrip()
    comment = re.match(r"(?://[^\n]*|#[^\n]*|/\*.*?\*/)", here, re.DOTALL)
    if comment is not None:
        yield before + here[comment.end() :], "JSON has no comments: take this one out."
    if behind.endswith(",") and here[:1] in ("}", "]", ""):
        yield behind[:-1] + before[len(behind) :] + here, _COMMA
    if re.match(r",\s*[}\]]", here):  # where Python 3.13 sees it
        yield before + here[1:], _COMMA
    if here[:1] in ("\n", "\r", "\t") and before.rpartition("\n")[2].count('"') % 2:
        cut = len(_stem(before))
        yield before[:cut] + '"' + before[cut:] + here, _QUOTES
    smart = re.match(r"[“”„‟]([^“”\n]*)[“”„‟]", here)
    if smart is not None:
        yield before + f'"{smart[1]}"' + here[smart.end() :], 'Write straight quotes (") in place of the curly ones.'
    single = re.match(r"'([^'\n]*)'", here)
    if single is not None:
        yield before + json.dumps(single[1]) + here[single.end() :], "Write double quotes in place of the single ones."
    word = re.match(r"(True|False|None)\b", here)
    if word is not None:
        named = {"True": "true", "False": "false", "None": "null"}[word[1]]
        yield before + named + here[word.end() :], f"Write {named} in small letters, as JSON has it."
    bare = re.match(r"([A-Za-z_$][\w.-]*)(\s*:)", here)
    if bare is not None:
        yield before + f'"{bare[1]}"{bare[2]}' + here[bare.end() :], "Put the name into double quotes."
    if behind[-1:] and behind[-1] not in "{[,:" and here[:1] in ('"', "{", "["):
        yield behind + "," + before[len(behind) :] + here, "Put a comma behind the entry before."
    if here[:1] == "\\" or before[-1:] == "\\":
        place = at if here[:1] == "\\" else at - 1
        yield text[:place] + "\\" + text[place:], "Double the backslash: in JSON one backslash begins an escape."
    rest = here.split("\n", 1)[0]
    if rest[:1] == '"' and rest.count('"') == 1:
        stem = _stem(rest)
        yield before + stem + '"' + here[len(stem) :], _QUOTES
    if not here.strip():
        missing = _unclosed(text)
        if missing:
            yield text.rstrip() + missing + "\n", f"The file ends too early: add {missing} at its end."
    if here[:1] in ("}", "]"):
        yield before + here[1:], f"Take out the {here[0]} that closes nothing."


def _stem(text: str) -> str:
    """``text`` without the comma and blanks at its end."""
    bare = text.rstrip(" \t\r")
    return bare[:-1] if bare.endswith(",") else bare


def _unclosed(text: str) -> str:
    """The brackets that are still open at the end, in the order in which they are to be closed."""
    open_ones: list[str] = []
    for token in re.finditer(r'"(?:[^"\\]|\\.)*"|[{}\[\]]', text):
        if token[0] in "{[":
            open_ones.append("}" if token[0] == "{" else "]")
        elif token[0] in "}]" and open_ones:
            open_ones.pop()
    return "".join(reversed(open_ones))[:20]


def _told(before: str, after: str, says: str) -> Repair:
    """The change as one line: the first that differs."""
    old, new = before.split("\n"), after.split("\n")
    number = next((at for at, (left, right) in enumerate(zip(old, new)) if left != right), min(len(old), len(new)) - 1)
    return Repair(number + 1, old[number], new[number], says)
