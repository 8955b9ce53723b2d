"""Reads what was meant as JSON: with comments, single or typographic quotes, bare names, a bracket too few, or as Python or JavaScript wrote it.

One pass from left to right, every character looked at a bounded number of times, nothing evaluated. What had to be forgiven is told with its
place. In code (``code=True``) what is usual there needs no forgiving, and an expression becomes ``Unresolved``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from diagnostics.payloads.lenient_texts import PAIRS, Texts, Unreadable
from diagnostics.payloads.records import Unresolved

MOST_DEEP = 80
_NUMBER = re.compile(r"[-+]?(?:0[xX][0-9a-fA-F]+|(?:\d[\d_]*)(?:\.\d[\d_]*)?(?:[eE][-+]?\d+)?|\.\d+)(?![\w.])")
_NAME = re.compile(r"[A-Za-z_$][\w$]*(?:-[\w$]+)*")
_WHOLE_NAME = re.compile(r'"([A-Za-z_$][\w$.-]{0,100})"')
_DOTTED = re.compile(r"(?:(?:new|await)\s+)?[A-Za-z_$][\w$]*(?:\s*\??\.\s*[A-Za-z_$][\w$]*)*!?")
_BARE_VALUE = re.compile(r"[^\s,{}\[\]\"'][^,{}\[\]\"'\n]{0,300}")
_PREFIXED = re.compile(r"[rRbBfFuU]{1,2}(?=[\"'])")
_WORDS = {"true": True, "false": False, "null": None}
_FOREIGN = {"True": True, "False": False, "None": None, "undefined": None, "nil": None}
_TRANSPARENT = ("JSON.stringify", "json.dumps", "str", "String", "Object.freeze", "list", "tuple")
_MAKES_DICT = re.compile(
    r"dict|(?:\w+\.)*(?:Request|MessageCreateParams\w{0,40}|[A-Z]\w{2,60}Param)"
)  # an SDK's types of dicts
_NOT_VALUES = re.compile(r"\.\.\.|…|-?(?:NaN|Infinity)\b")
_CLOSER = {"{": "}", "[": "]", "(": ")"}


@dataclass
class Read:
    """What was read: the value, where its text ends, and what was forgiven as (word, offset)."""

    value: Any
    end: int
    forgiven: list[tuple[str, int]] = field(default_factory=list)


def read(text: str, start: int = 0, *, code: bool = False) -> Read:
    """The value that begins at ``start``. Raises ``Unreadable``."""
    reader = _Reader(text, start, code)
    value = reader.value(0)
    return Read(value, reader.at, reader.forgiven)


def read_arguments(text: str, start: int) -> tuple[list[Any], dict[str, Any], int]:
    """Positional and named arguments of the call whose ``(`` stands at ``start``, and where it ends. Raises ``Unreadable``."""
    reader = _Reader(text, start, True)
    return (*reader.arguments(0), reader.at)


class _Reader(Texts):
    # -- values

    def value(self, depth: int) -> Any:
        sign = self.skip()
        if depth > MOST_DEEP or not sign:
            raise Unreadable(self.at)
        begin = self.at
        value = self._plain(sign, depth)
        return self._continued(value, begin) if self.code else value

    def _plain(self, sign: str, depth: int) -> Any:
        if sign == "{":
            return self._object(depth)
        if sign in "[(":
            return self._list(sign, depth)
        prefix = _PREFIXED.match(self.text, self.at) if self.code else None
        if sign in "\"'`" or sign in PAIRS or prefix:
            return self.string(prefix[0].lower() if prefix else "")
        number = _NUMBER.match(self.text, self.at)
        if number is not None and len(number[0]) < 300:
            self.at = number.end()
            return _number(number[0])
        return self._word(depth)

    def _word(self, depth: int) -> Any:
        name = _DOTTED.match(self.text, self.at)
        if name is None:
            raise Unreadable(self.at)
        word = name[0]
        if word in _WORDS or word in _FOREIGN:
            if word in _FOREIGN:
                self.forgive("python_words", self.at)
            self.at = name.end()
            return {**_WORDS, **_FOREIGN}[word]
        if not self.code:
            return self._bare()
        self.at = name.end()
        if self.skip() == "(":
            return self._call(word, name.start(), depth)
        self.at = name.end()
        return Unresolved(word)

    def _bare(self) -> Any:
        found = _BARE_VALUE.match(self.text, self.at)
        if found is None or _NOT_VALUES.match(found[0]):
            raise Unreadable(self.at)
        self.forgive("bare_value", self.at)
        self.at = found.end()
        return found[0].rstrip()

    def _call(self, word: str, begin: int, depth: int) -> Any:
        positional, named = self.arguments(depth + 1)
        if _MAKES_DICT.fullmatch(word) and not positional:
            return named
        if word in _TRANSPARENT and len(positional) >= 1:
            return positional[0]
        return Unresolved(" ".join(self.text[begin : self.at].split())[:80])

    def _continued(self, value: Any, begin: int) -> Any:
        """Strings side by side or with a plus are one; whatever else follows makes an expression of it."""
        pieces: list[str] = []
        while True:
            end = self.at
            sign = self.skip()
            plus = sign == "+"
            if plus:
                self.at += 1
                sign = self.skip()
            quoted = bool(sign) and (sign in "\"'`" or _PREFIXED.match(self.text, self.at) is not None)
            if isinstance(value, str) and quoted:
                found = _PREFIXED.match(self.text, self.at)
                more = self.string(found[0].lower() if found else "")
                pieces = pieces or [str(value)]
                pieces.append(str(more))
                value = Unresolved("") if isinstance(value, Unresolved) or isinstance(more, Unresolved) else ""
                continue
            if pieces:
                value = type(value)("".join(pieces))
                pieces = []
            if not plus and (not sign or sign in ",)]}:;=" or "\n" in self.text[end : self.at]):
                self.at = end
                return value
            if sign == "." and isinstance(value, (list, dict)):
                raise Unreadable(self.at)
            self._to_the_end()
            return Unresolved(" ".join(self.text[begin : self.at].split())[:80])

    def _to_the_end(self) -> None:
        """Over the rest of an expression: to the comma or bracket that ends it."""
        depth = 0
        while self.at < len(self.text):
            sign = self.text[self.at]
            if sign in "\"'`":
                self.string("r")
                continue
            if sign in "([{":
                depth += 1
            elif sign in ")]}":
                if depth == 0:
                    return
                depth -= 1
            elif sign in ",;" and depth == 0:
                return
            self.at += 1

    # -- what holds values

    def _object(self, depth: int) -> dict[str, Any]:
        made: dict[str, Any] = {}
        self.at += 1
        while not self._closes("}", bool(made)):
            if self.text.startswith("...", self.at) or (self.code and self.text.startswith("**", self.at)):
                self._spread(made, depth)
                continue
            place = self.at
            name = self._key()
            sign = self.skip()
            if sign in ("", ",", "}") and self.code:
                made[name] = Unresolved(name)
                continue
            self._colon(sign)
            if not self.skip() and not self.code:  # cut off after a name
                self.forgive("ends_early", place)
                break
            begin = self.at
            value = self.value(depth + 1)
            if (
                value is not None or self.text[begin : self.at].strip() != "undefined"
            ):  # which JSON.stringify leaves out
                made[name] = value
        return made

    def _colon(self, sign: str) -> None:
        """Over what stands between a name and its value."""
        if sign in (":", "="):
            if sign == "=":
                self.forgive("missing_colon", self.at)
            self.at += 2 if self.text.startswith("=>", self.at) else 1
        elif not self.code and sign and (sign in '"{[-tfn' or sign.isdigit()):
            self.forgive("no_colon", self.at)
        else:
            raise Unreadable(self.at)

    def _spread(self, made: dict[str, Any], depth: int) -> None:
        if not self.code:
            raise Unreadable(self.at)
        self.at += 3 if self.text.startswith("...", self.at) else 2
        value = self.value(depth + 1)
        if isinstance(value, dict):
            made.update(value)
        else:
            made[f"...{value}"] = Unresolved(str(value))

    def _key(self) -> str:
        sign = self.text[self.at]
        whole = None if self.code else _WHOLE_NAME.match(self.text, self.at)
        if whole is not None:
            self.at = whole.end()
            return whole[1]
        prefix = _PREFIXED.match(self.text, self.at)
        if sign in "\"'`" or sign in PAIRS or (self.code and prefix):
            return str(self.string(prefix[0].lower() if prefix and self.code else ""))
        found = _NAME.match(self.text, self.at) or _NUMBER.match(self.text, self.at)
        if found is None:
            raise Unreadable(self.at)
        self.forgive("bare_name", self.at)
        self.at = found.end()
        return found[0]

    def _list(self, opener: str, depth: int) -> Any:
        made: list[Any] = []
        commas = 0
        self.at += 1
        if opener == "(" and not self.code:
            raise Unreadable(self.at)
        while not self._closes(_CLOSER[opener], bool(made)):
            if self.code and self.text.startswith(("...", "*"), self.at):
                self.at += 3 if self.text.startswith("...", self.at) else 1
                made.append(Unresolved(f"...{self.value(depth + 1)}"))
                continue
            made.append(self.value(depth + 1))
            commas += self.skip() == ","
        return made[0] if opener == "(" and len(made) == 1 and not commas else made

    def _closes(self, closer: str, has_some: bool) -> bool:
        """At the closing bracket, over it; else over the comma before the next entry."""
        sign = self.skip()
        if has_some and sign == ",":
            comma = self.at
            self.at += 1
            sign = self.skip()
            if sign == closer:
                self.forgive("trailing_comma", comma)
            elif sign == ",":
                raise Unreadable(self.at)
        elif has_some and sign and sign not in "}])":
            if self.code:
                raise Unreadable(self.at)
            self.forgive("missing_comma", self.at)
        if sign == closer:
            self.at += 1
            return True
        if not sign or sign in "}])":
            if self.code:
                raise Unreadable(self.at)
            self.forgive("ends_early" if not sign else "missing_bracket", self.at)
            return True
        return False

    def arguments(self, depth: int) -> tuple[list[Any], dict[str, Any]]:
        """Of the call whose bracket stands here."""
        positional: list[Any] = []
        named: dict[str, Any] = {}
        self.at += 1
        while not self._closes(")", bool(positional or named)):
            found = re.compile(r"([A-Za-z_]\w*)\s*=(?!=)").match(self.text, self.at)
            if found is not None:
                self.at = found.end()
                named[found[1]] = self.value(depth + 1)
            elif self.text.startswith("**", self.at):
                self._spread(named, depth)
            else:
                positional.append(self.value(depth + 1))
        return positional, named


def _number(text: str) -> int | float:
    plain = text.replace("_", "").lstrip("+")
    if "x" in plain.lower():
        return int(plain, 16)
    return float(plain) if re.search(r"[.eE]", plain) else int(plain)


__all__ = ["Read", "Unreadable", "read", "read_arguments"]
