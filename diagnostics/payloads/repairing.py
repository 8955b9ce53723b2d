"""JSON that is none: what is wrong with it as a sentence, and the value that was probably meant."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from diagnostics.engine.phrases import PHRASES
from diagnostics.engine.request.reading import Problem
from diagnostics.payloads import lenient
from diagnostics.payloads.positions import Lines
from diagnostics.payloads.records import Fault

_WORDS = {
    "bare_value": "a text stands there without quotes", "inner_quote": "a quotation mark inside a text is not escaped",
    "missing_bracket": "a closing bracket is missing", "missing_colon": "an equals sign stands where JSON wants a colon",
}  # fmt: skip
_REPAIRED = {
    "trailing_comma": "a comma before a closing bracket was taken away",
    "single_quotes": "single quotes became double ones",
    "smart_quotes": "typographic quotes became plain ones", "bare_name": "names got their quotes",
    "python_words": "True, False and None became true, false and null",
    "comment": "comments were taken out", "missing_comma": "a missing comma was put in", "missing_bracket": "a missing closing bracket was put in",
    "ends_early": "the end that was missing was put in", "raw_control_character": "line breaks and tabs inside of texts were escaped",
    "bad_escape": "a backslash that escapes nothing was doubled", "lone_surrogate": "half of a surrogate pair became a replacement character",
    "inner_quote": "quotation marks inside of a text were escaped", "bare_value": "a text without quotes got them",
    "missing_colon": "an equals sign became a colon",
    "no_colon": "a missing colon was put in",
    "after_the_end": "what stood after its end was taken away", "byte_order_mark": "the byte order mark was taken away",
    "json_in_a_string": "the JSON was taken out of the text that it was encoded in",
}  # fmt: skip


def fault(body: str, problem: Problem) -> Fault:
    """What stopped the reading, with its line and column."""
    excerpt, at = None, len(body)
    if problem.line is not None and problem.column is not None:
        at = min(_offset(body, problem.line, problem.column), len(body))
        excerpt = Lines(body).excerpt(at, min(at + 1, len(body)))
    says = _by_place(body, at) or PHRASES.get(problem.word) or _WORDS.get(problem.word) or problem.word
    return Fault(
        "json",
        "the body",
        f"is no JSON: {says}",
        "certain",
        (),
        "",
        problem.word,
        None,
        problem.line,
        problem.column,
        excerpt,
    )


def _by_place(body: str, at: int) -> str:
    """What the place itself tells, which the word for it does not."""
    before, after = body[max(0, at - 200) : at], body[at : at + 200]
    if re.match(r"""\s*\+\s*["']""", after):
        return "texts are joined with a plus, which only code can; write one text"
    if after.startswith('"') and before.endswith('""'):
        return "a text stands in triple quotes, which only Python has; write one text, with \\n for each line break"
    if re.search(r'[{,]\s*"[\w$.-]{1,100}"\s*$', before) and re.match(r'\s*(?:["{\[]|-?\d|true|false|null)', after):
        return "a colon is missing after a name"
    return ""


def repaired(body: str, problem: Problem) -> tuple[Any, tuple[str, ...]] | None:
    """The value that was probably meant, and the words of what was forgiven; None where guessing would be all there is."""
    made = _forgiven(body)
    if made is None or problem.word not in ("byte_order_mark", "json_in_a_string") or problem.word in made[1]:
        return made
    return made[0], (*made[1], problem.word)


def sentences(words: Iterable[str]) -> list[str]:
    """What was done, each once."""
    return [f"JSON: {_REPAIRED[word]}" for word in dict.fromkeys(words) if word in _REPAIRED]


def _forgiven(body: str) -> tuple[Any, tuple[str, ...]] | None:
    text = body.strip("\ufeff \t\r\n")
    try:
        read = lenient.read(text)
    except (lenient.Unreadable, RecursionError):
        return None
    rest = text[read.end :].strip()
    words = tuple(word for word, _ in read.forgiven)
    if isinstance(read.value, str) and read.value.lstrip()[:1] in ("{", "[") and not rest:
        inner = _inner(read.value)
        return (inner, (*words, "json_in_a_string")) if inner is not None else None
    if rest and rest not in (";", ",", ")", "%"):
        return None
    words += ("after_the_end",) if rest else ()
    return (read.value, words) if isinstance(read.value, (dict, list)) else None


def _inner(text: str) -> Any:
    try:
        return lenient.read(text).value
    except (lenient.Unreadable, RecursionError):
        return None


def _offset(text: str, line: int, column: int) -> int:
    at = 0
    for _ in range(line - 1):
        found = text.find("\n", at)
        if found < 0:
            break
        at = found + 1
    return at + column - 1
