"""The bytes of a given request as JSON, as strictly as the API reads them: or what is wrong with them, and where.

The API takes RFC 8259 and nothing besides: no byte order mark, no comment, no comma too many, no NaN, no half of a surrogate pair.
Where Python's parser is more lenient it is made strict, and where its messages differ by version the text at the place decides instead.
"""

from __future__ import annotations

import codecs
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, NoReturn, Optional

from diagnostics.engine.request.given import Given

MOST_DEEP = 500  # levels: no honest body has as many, and walking one must not exhaust our own stack
_MOST_PARTS = 400_000  # objects and lists: more would cost a gigabyte to hold
_MOST_LOOKED_AT = 100_000  # objects among which repeated names are looked for
_LONGEST_NUMBER = 400  # digits; turning a million of them into a number takes minutes
_WIDE = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_STRING = r'"(?:[^"\\]|\\.)*"'
_NOT_JSON_NUMBER = re.compile(_STRING + r"|(?P<found>-?\b(?:NaN|Infinity)\b)", re.DOTALL)
_BRACKETS = re.compile(_STRING + r"|[\[{\]}]", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|.)", re.DOTALL)
_WORD = re.compile(r"[A-Za-z_$][\w$-]*")
_PYTHON_WORDS = ("True", "False", "None")
_SMART_QUOTES = "“”‘’„‚«»"


@dataclass(frozen=True)
class Problem:
    """Why it is no JSON: a word that ``phrases.PHRASES`` explains, with line and column (both from 1) where one is at fault."""

    word: str
    line: Optional[int] = None
    column: Optional[int] = None


@dataclass(frozen=True)
class Document:
    """A body as read. ``value`` is what it holds as far as it could be read at all, None where it could not."""

    size: int
    encoding: str
    value: Any = field(default=None, repr=False)
    problem: Optional[Problem] = None
    repeated: tuple[str, ...] = ()  # names that stand twice in one object: the last one counts


def read_request(given: Given, largest: int) -> Document:
    """The document that was given; one of more than ``largest`` bytes is not looked into."""
    return read(given.content) if given.size <= largest else Document(given.size, "")


def read(content: bytes) -> Document:
    """The document that ``content`` is. Never raises."""
    encoding, text = _decoded(content)
    if text is None:
        return Document(len(content), encoding, problem=_undecodable(content, encoding))
    value, problem, repeated = _parsed(text)
    if encoding in ("utf-16", "utf-32"):
        problem = Problem(encoding.replace("-", ""), 1, 1)
    elif encoding == "utf-8-bom" and problem is None:
        problem = Problem("byte_order_mark", 1, 1)
    return Document(len(content), encoding, value, problem, repeated)


def _decoded(content: bytes) -> tuple[str, Optional[str]]:
    for mark, name in _WIDE:
        if content.startswith(mark):
            return name, _text(content, name)
    if content.startswith(codecs.BOM_UTF8):
        return "utf-8-bom", _text(content[3:], "utf-8")
    start = content[:64]
    if start[:4].count(0) in (2, 3):  # RFC 4627 3: the first characters of JSON are ASCII
        wide = _text(content, _unmarked(start))
        if wide is not None and wide[:1] in ("{", "[", " ", "\n", "\r"):
            return ("utf-32" if start[:4].count(0) == 3 else "utf-16"), wide
    text = _text(content, "utf-8")
    return ("binary" if text is None and _is_binary(content) else "utf-8"), text


def _unmarked(start: bytes) -> str:
    if start[:4].count(0) == 3:
        return "utf-32-be" if start[:1] == b"\0" else "utf-32-le"
    return "utf-16-be" if start[:1] == b"\0" else "utf-16-le"


def _text(content: bytes, encoding: str) -> Optional[str]:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return None


def _is_binary(content: bytes) -> bool:
    start = content[:4096]
    return start.count(0) > 0 or sum(byte < 9 or 13 < byte < 32 for byte in start) * 10 > len(start)


def _undecodable(content: bytes, encoding: str) -> Problem:
    if encoding != "utf-8":
        return Problem("binary" if encoding == "binary" else "not_utf8")
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        return _at("not_utf8", content[: error.start].decode("utf-8", "replace"), error.start)
    return Problem("not_utf8")


def _parsed(text: str) -> tuple[Any, Optional[Problem], tuple[str, ...]]:
    if not text.strip():
        return None, Problem("empty"), ()
    parts = text.count("[") + text.count("{")
    if parts > MOST_DEEP and _is_too_deep(text):
        return None, Problem("too_deep"), ()
    if parts > _MOST_PARTS:
        return None, Problem("too_many_parts"), ()
    repeated: list[str] = []

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(items)
        if len(made) < len(items) and len(repeated) < 10:
            counted = Counter(name for name, _ in items)
            repeated.extend(sorted(name for name, times in counted.items() if times > 1)[:10])
        return made

    hook = pairs if parts < _MOST_LOOKED_AT else None
    try:
        value = json.loads(text, parse_constant=_no_constant, parse_int=_integer, object_pairs_hook=hook)
    except json.JSONDecodeError as error:
        return None, _broken(text, error.pos), ()
    except _Constant:
        found = next((one.start("found") for one in _NOT_JSON_NUMBER.finditer(text) if one["found"]), 0)
        return None, _at("not_a_number", text, found), ()
    except RecursionError:
        return None, Problem("too_deep"), ()
    if ("\\ud" in text or "\\uD" in text) and not _is_unicode(value):
        return None, _at("lone_surrogate", text, _lone_surrogate(text)), ()
    return value, None if isinstance(value, dict) else _not_an_object(value), tuple(repeated)


class _Constant(ValueError):
    """NaN or Infinity, which Python takes and JSON does not."""


def _no_constant(word: str) -> NoReturn:
    raise _Constant(word)


def _integer(digits: str) -> Any:
    return int(digits) if len(digits) <= _LONGEST_NUMBER else float("inf")


def _not_an_object(value: Any) -> Problem:
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        return Problem("json_in_a_string", 1, 1)
    return Problem("not_an_object", 1, 1)


def _is_too_deep(text: str) -> bool:
    """Whether the brackets at its beginning are nested further than anybody walks; strings are no brackets."""
    depth = 0
    for found in islice(_BRACKETS.finditer(text), _MOST_PARTS):
        sign = text[found.start()]
        if sign != '"':
            depth += 1 if sign in "[{" else -1
            if depth > MOST_DEEP:
                return True
    return False


def _is_unicode(value: Any) -> bool:
    """Whether no text in it holds a half of a surrogate pair, which no UTF-8 can carry (RFC 8259 8.2)."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _lone_surrogate(text: str) -> int:
    """Where a half of a surrogate pair is written as an escape without its other half."""
    high: Optional[int] = None  # where a first half stood that still waits for its second
    ended = 0
    for place, end, number in _escapes(text):
        if high is not None and not (place == ended and 0xDC00 <= number <= 0xDFFF):
            return high
        if high is None and 0xDC00 <= number <= 0xDFFF:
            return place
        high, ended = (place if 0xD800 <= number <= 0xDBFF else None), end
    return high or 0


def _escapes(text: str) -> Iterator[tuple[int, int, int]]:
    for found in _ESCAPE.finditer(text):
        yield found.start(), found.end(), int(found[1], 16) if found[1] else -1


def _broken(text: str, place: int) -> Problem:
    """What the text at ``place``, where reading stopped, has in place of JSON."""
    before = text[:place].rstrip()
    after = text[place : place + 64].lstrip()
    if before[-1:] == "," and after[:1] in ("}", "]"):
        return _at("trailing_comma", text, len(before) - 1)
    if after[:1] == "," and after[1:].lstrip()[:1] in ("}", "]"):
        return _at("trailing_comma", text, text.index(",", place))
    if (place < len(text) and ord(text[place]) < 32 and text[place] not in "\r\n\t") or _inside_string(text, place):
        return _at("raw_control_character", text, place)
    return _at(_by_sign(text, place, before, after), text, min(place, len(text)))


def _inside_string(text: str, place: int) -> bool:
    """Reading stopped at a raw line break or tab: only inside of a string are these no white space."""
    return text[place : place + 1] in ("\n", "\r", "\t") and text[:place].rstrip(" ")[-1:] not in (
        "",
        ",",
        ":",
        "{",
        "[",
    )


def _by_sign(text: str, place: int, before: str, after: str) -> str:
    sign, word = after[:1], _WORD.match(after)
    if not after:
        return "ends_early"
    if sign == '"' and text.find('"', place + 1) < 0:
        return "ends_early"
    if text[place : place + 1] == "\\":
        return "bad_escape"
    if sign == "'":
        return "single_quotes"
    if sign in _SMART_QUOTES:
        return "smart_quotes"
    if after.startswith(("//", "/*", "#")):
        return "comment"
    if word and word[0] in _PYTHON_WORDS:
        return "python_words"
    if before and json_ends(before):
        return "several_documents"
    if word and before[-1:] in ("{", ","):
        return "bare_name"
    return "not_json" if not before else "missing_comma" if before[-1:] in ('"', "}", "]") else "unexpected"


def json_ends(text: str) -> bool:
    """Whether ``text`` alone is JSON already, so that what follows is another document."""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _at(word: str, text: str, place: int) -> Problem:
    return Problem(word, text.count("\n", 0, place) + 1, place - text.rfind("\n", 0, place))
