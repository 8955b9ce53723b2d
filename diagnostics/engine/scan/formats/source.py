"""Source code and notebooks: variables that a program sets for itself, and what it hands to an Anthropic client."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from diagnostics.engine.scan.formats import flow
from diagnostics.engine.scan.records import Assignment

_TEXT = r"""(?P<quote>["'`])(?P<value>[^"'`\n]{0,4000})(?P=quote)"""
_ENVIRON = re.compile(
    r"""(?:\benviron(?:\.setdefault\(|\[)|\b(?:os\.)?(?:putenv|[Ss]etenv|SetEnv|env::set_var)\(|\bENV\[|\benv\.set\()"""
    r"""\s*["'](?P<name>\w{3,80})["']\s*(?:\]\s*(?:\|\|)?=(?!=)|,)\s*""" + _TEXT
)
_PROCESS = re.compile(r"""\bprocess\.env(?:\.|\[["'])(?P<name>\w{3,80})(?:["']\])?\s*(?:\?\?|\|\|)?=(?!=)\s*""" + _TEXT)
_MAGIC = re.compile(r"^\s*%(?:set_)?env\s+(?P<name>\w{3,80})[= ](?P<value>\S{0,4000})", re.MULTILINE)
_NAMED = re.compile(
    r"""(?P<name>API_KEY|AUTH_TOKEN|api_?[kK]ey|auth_?[tT]oken|base_?(?:url|URL|Url)|model)["']?(?:\s*:\s*str)?\s*[:=]\s*"""
    + _TEXT
)
_BEFORE = re.compile(r"[\w.]{0,40}$")
_CLIENT = re.compile(r"\b(?:Async)?Anthropic\s*\(")
_OF_CLIENT = {
    "apikey": "ANTHROPIC_API_KEY",
    "authtoken": "ANTHROPIC_AUTH_TOKEN",
    "baseurl": "ANTHROPIC_BASE_URL",
}
_VARIABLES = (
    (_ENVIRON, ("environ", "utenv", "etenv", "etEnv", "set_var", "ENV[", "env.set(")),
    (_PROCESS, ("process.env",)),
    (_MAGIC, ("%env", "%set_env")),
)
"""Each with what stands in every text that it fits: only there it is worth its time."""

_ABOUT = ("nthropic", "ANTHROPIC", "claude", "_API_KEY", "_AUTH_TOKEN")
_MOST_CALLS = 200
_MOST = 2_000  # assignments of one kind in one file
_REACH = 800  # characters of a call that are looked at


def assignments(text: str, first: int = 1) -> Iterator[Assignment]:
    """What the code sets. ``first`` is the number of its first line."""
    for pattern, literals in _VARIABLES:
        for found in islice(pattern.finditer(text), _MOST) if any(each in text for each in literals) else ():
            yield Assignment(
                found["name"], found["value"], _line(text, found.start("name"), first), "process", expands="code"
            )
    if any(word in text for word in _ABOUT):
        yield from _named(text, first)


def _named(text: str, first: int) -> Iterator[Assignment]:
    """Arguments of Anthropic's clients as the variables they stand for, and other names that hold keys and models."""
    calls = [(found.end(), _end_of_call(text, found.end())) for found in islice(_CLIENT.finditer(text), _MOST_CALLS)]
    for found in islice(_NAMED.finditer(text), _MOST):
        before = _BEFORE.search(text, max(found.start() - 40, 0), found.start())
        name = (before[0] if before is not None else "") + found["name"]
        line = _line(text, found.start("name"), first)
        call = next((number for number, (begin, end) in enumerate(calls) if begin <= found.start() < end), None)
        plain = name.replace("_", "").lower()
        if call is not None and plain in _OF_CLIENT:
            yield Assignment(_OF_CLIENT[plain], found["value"], line, f"call {call}", expands="code")
        elif plain != "baseurl" and "." not in name:
            yield Assignment(name, found["value"], line, "names", environment=False, expands="code")


def notebook(text: str) -> Iterator[Assignment]:
    """The code of a notebook's cells; outputs are only searched for keys."""
    for scalar in flow.scalars(text):
        if "source" in scalar.path and "=" in scalar.value:
            yield from assignments(scalar.value.replace("\n", " "), scalar.line)


def _end_of_call(text: str, begin: int) -> int:
    depth = 1
    for at in range(begin, min(begin + _REACH, len(text))):
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        if depth == 0:
            return at
    return min(begin + _REACH, len(text))


def _line(text: str, at: int, first: int) -> int:
    return text.count("\n", 0, at) + first
