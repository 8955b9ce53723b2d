"""Texts and what stands between values, as JSON, Python and JavaScript write them, read with forgiveness: the lower half of ``lenient.py``."""

from __future__ import annotations

import re
from typing import Any

from diagnostics.payloads.records import Unresolved

_SPACE = re.compile(r"[\s\ufeff\u200b\u00a0]+")
_COMMENT = re.compile(r"//[^\n]*|#[^\n]*|/\*(?:[^*]|\*(?!/))*(?:\*/)?")
PAIRS = {"“": "”", "”": "”", "„": "“", "‘": "’", "’": "’", "‚": "‘", "«": "»", "»": "«"}
_ESCAPES = {
    "n": "\n",
    "t": "\t",
    "r": "\r",
    "b": "\b",
    "f": "\f",
    "/": "/",
    "\\": "\\",
    '"': '"',
    "'": "'",
    "`": "`",
    "0": "\0",
}
_GUESSES = ("inner_quote", "missing_comma", "bare_value", "missing_bracket")
_MOST_GUESSES = 60
_NEXT_NAME = re.compile(r'"[\w$.-]{1,100}"\s{0,100}:')


_JOINED = re.compile(r'\s{0,100}\+\s{0,100}["\']|[ \t]{1,100}"')


class Unreadable(ValueError):
    """Nothing that could be forgiven; ``place`` is where."""

    def __init__(self, place: int) -> None:
        super().__init__("unreadable")
        self.place = place


class Texts:
    """A place in a text, and what was forgiven on the way to it. In ``code`` what is usual there needs no forgiving."""

    def __init__(self, text: str, at: int, code: bool) -> None:
        self.text, self.at, self.code = text, at, code
        self.forgiven: list[tuple[str, int]] = []
        self.guesses = 0

    # -- what stands between values

    def skip(self) -> str:
        """To the next character that counts; gives it, or nothing at the end."""
        while self.at < len(self.text):
            found = _SPACE.match(self.text, self.at)
            if found is None and (comment := self._comment()):
                self.forgive("comment", self.at)
                found = comment
            if found is None:
                return self.text[self.at]
            self.at = found.end()
        return ""

    def _comment(self) -> re.Match[str] | None:
        return _COMMENT.match(self.text, self.at) if self.text[self.at] in "/#" else None

    def forgive(self, word: str, place: int) -> None:
        """Take note of what had to be forgiven; too much guessing is no reading."""
        if self.code:
            return
        self.guesses += word in _GUESSES
        if self.guesses > _MOST_GUESSES:
            raise Unreadable(place)
        self.forgiven.append((word, place))

    # -- strings

    def string(self, prefix: str) -> Any:
        begin = self.at
        self.at += len(prefix) if self.text[self.at] not in "\"'`" and self.text[self.at] not in PAIRS else 0
        opener = self.text[self.at]
        triple = self.text[self.at : self.at + 3]
        if self.code and triple in ('"""', "'''"):
            return self._long(triple, prefix)
        if triple == '""' + '"':
            raise Unreadable(self.at)  # Python's long text, or quotes too many: to guess which may change the prompt
        if opener in PAIRS:
            self.forgive("smart_quotes", begin)
        elif opener != '"':
            self.forgive("single_quotes", begin)
        closer = '”“"' if opener in "“”„" else PAIRS.get(opener, opener)
        self.at += 1
        text = self._until(closer, raw="r" in prefix)
        inserted = ("f" in prefix and "{" in text) or (opener == "`" and "${" in text)
        return Unresolved(text) if inserted and self.code else text

    def _long(self, quotes: str, prefix: str) -> Any:
        end = self.text.find(quotes, self.at + 3)
        if end < 0:
            raise Unreadable(self.at)
        inner = self.text[self.at + 3 : end]
        self.at = end + 3
        text = inner if "r" in prefix else _unescaped(inner)
        return Unresolved(text) if "f" in prefix and "{" in inner else text

    def _until(self, closers: str, raw: bool) -> str:
        """The text up to its closing quote, which in JSON is one that something follows which may follow a text."""
        parts: list[str] = []
        stop = re.compile(r"[\\\n\t\r" + re.escape(closers) + r"]")
        while True:
            found = stop.search(self.text, self.at)
            if found is None:
                self._cut_off()
                parts.append(self.text[self.at :])
                self.at = len(self.text)
                return "".join(parts)
            parts.append(self.text[self.at : found.start()])
            sign = found[0]
            self.at = found.end()
            if sign == "\\":
                parts.append(self._raw_escape() if raw else self._escape())
            elif sign in closers:
                if self.code or self._ends_here():
                    return "".join(parts)
                self.forgive("inner_quote", found.start())
                parts.append(sign)
            else:
                if sign == "\n" and self.code and "`" not in closers:
                    raise Unreadable(found.start())
                self.forgive("raw_control_character", found.start())
                parts.append(sign)

    def _cut_off(self) -> None:
        if self.code:
            raise Unreadable(len(self.text))
        self.forgive("ends_early", len(self.text))

    def _ends_here(self) -> bool:
        """After this quote comes what may come after a text; else the quote stands inside of it."""
        found = _SPACE.match(self.text, self.at)
        end = found.end() if found else self.at
        after = self.text[end : end + 1]
        if after == '"' and _NEXT_NAME.match(self.text, end):
            return True  # a comma is missing, and the next name begins
        if _JOINED.match(self.text, self.at):
            raise Unreadable(self.at)  # two texts that code would join, or quotes inside of one
        return after in ("", ",", "}", "]", ":", ")", "/", "#", "=") or (
            found is not None and "\n" in found[0] and after in "\"'"
        )

    def _raw_escape(self) -> str:
        sign = self.text[self.at : self.at + 1]
        self.at += 1
        return "\\" + sign

    def _escape(self) -> str:
        sign = self.text[self.at : self.at + 1]
        self.at += 1
        if sign in _ESCAPES and sign:
            return _ESCAPES[sign]
        if sign == "\n":
            return ""
        digits = {"u": 4, "x": 2, "U": 8}.get(sign, 0)
        code = self.text[self.at : self.at + digits]
        if digits and re.fullmatch(r"[0-9a-fA-F]+", code) and len(code) == digits:
            self.at += digits
            return self._character(int(code, 16))
        self.forgive("bad_escape", self.at - 2)
        return "\\" + sign

    def _character(self, number: int) -> str:
        """One character; two halves of a surrogate pair are one."""
        low = re.compile(r"\\u([dD][c-fC-F][0-9a-fA-F]{2})").match(self.text, self.at)
        if 0xD800 <= number <= 0xDBFF and low is not None:
            self.at = low.end()
            return chr(0x10000 + ((number - 0xD800) << 10) + (int(low[1], 16) - 0xDC00))
        if 0xD800 <= number <= 0xDFFF or number > 0x10FFFF:
            self.forgive("lone_surrogate", self.at - 6)
            return "\ufffd"
        return chr(number)


def _unescaped(text: str) -> str:
    reader = Texts(text + '"', 0, True)
    parts: list[str] = []
    while (place := text.find("\\", reader.at)) >= 0:
        parts.append(text[reader.at : place])
        reader.at = place + 1
        parts.append(reader._escape())
    return "".join([*parts, text[reader.at :]])
