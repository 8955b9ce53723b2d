"""A value as one word of a shell's line, whatever stands in it: one function for each shell. Line breaks and NUL have no place in a line.

``bare=True`` is for inside of a word, where only ``cmd`` has it (``set X=value``). A text that begins with ``~/`` means the home folder,
which each shell writes in its own way.
"""

from __future__ import annotations

import json
import re
from typing import Callable

_PLAIN = re.compile(r"[A-Za-z0-9_@%+:,./-]+")
_PLAIN_FISH = re.compile(r"[A-Za-z0-9_@+:,./-]+")
_POWERSHELL_QUOTES = "'\u2018\u2019\u201a\u201b"  # all of them end a text in single quotes
IN_CMD = "powershell in cmd"
"""PowerShell, as a line of cmd hands it on: what cmd would act upon inside of quotes is written by its number."""

_CMD_ACTS_ON = re.compile(r'(["%!])')
_CMD_SPECIAL = re.compile(r'([()%!^"<>&|;,=@\s])')


def quoted(shell: str, text: str, bare: bool = False) -> str:
    """The text as one word. Raises ``ValueError`` for what no line can hold."""
    if any(sign in text for sign in "\r\n\0"):
        raise ValueError("a line holds no line breaks")
    if bare and shell == "cmd":
        return _cmd_bare(text)
    return _QUOTING[shell](text)


def through_cmd(script: str) -> str:
    """A line of cmd that has PowerShell do it. Raises ``ValueError`` for a script in which cmd would see something of its own."""
    if _CMD_ACTS_ON.search(script) or script.endswith("\\") or any(sign in script for sign in "\r\n\0"):
        raise ValueError("inside of cmd's quotes a script has no double quotes, percent or exclamation marks")
    return f'powershell -NoProfile -Command "{script}"'


def json_text(value: object) -> str:
    """A value as JSON in plain ASCII: no shell and no console's encoding can spoil it."""
    return json.dumps(value)


def _posix(text: str) -> str:
    if text.startswith("~/"):
        rest = text[1:]
        return '"$HOME"' + (rest if _PLAIN.fullmatch(rest) else _single(rest))
    return text if _PLAIN.fullmatch(text) else _single(text)


def _single(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _fish(text: str) -> str:
    """In fish a backslash stands for itself in single quotes, but before another one and before a quote."""
    home = text.startswith("~/")
    rest = text[1:] if home else text
    word = rest if _PLAIN_FISH.fullmatch(rest) else "'" + rest.replace("\\", "\\\\").replace("'", "\\'") + "'"
    return ('"$HOME"' if home else "") + word


def _powershell(text: str) -> str:
    if text.startswith("~/"):
        return f"($HOME + {_powershell(chr(92) + text[2:].replace('/', chr(92)))})"
    return _powershell_single(text)


def _powershell_single(text: str) -> str:
    return "'" + "".join(sign * 2 if sign in _POWERSHELL_QUOTES else sign for sign in text) + "'"


def _powershell_in_cmd(text: str) -> str:
    if not _CMD_ACTS_ON.search(text):
        return _powershell(text)
    home = text.startswith("~/")
    rest = "\\" + text[2:].replace("/", "\\") if home else text
    parts = [
        f"[char]{ord(one)}" if _CMD_ACTS_ON.match(one) else _powershell_single(one)
        for one in _CMD_ACTS_ON.split(rest)
        if one
    ]
    return f"({' + '.join(['$HOME' if home else chr(39) * 2, *parts])})"


def _cmd_bare(text: str) -> str:
    """At the prompt ``%`` cannot be doubled; a caret in the name that stands between two of them keeps it from being a variable's."""
    if text.startswith("~/"):
        return "%USERPROFILE%\\" + _CMD_SPECIAL.sub(r"^\1", text[2:].replace("/", "\\"))
    return _CMD_SPECIAL.sub(r"^\1", text)


def _cmd(text: str) -> str:
    """An argument of a program: quoted as programs take it apart, and then kept from the shell sign by sign."""
    if text.startswith("~/"):
        return '"%USERPROFILE%"\\' + _cmd_bare(text[2:].replace("/", "\\"))
    if re.fullmatch(r"[A-Za-z0-9_+:./\\-]+", text):
        return text
    inner = re.sub(r'(\\*)"', r'\1\1\\"', text)
    inner = re.sub(r"(\\+)$", r"\1\1", inner)
    return _cmd_bare(f'"{inner}"')


_QUOTING: dict[str, Callable[[str], str]] = {
    "bash": _posix,
    "zsh": _posix,
    "fish": _fish,
    "powershell": _powershell,
    IN_CMD: _powershell_in_cmd,
    "cmd": _cmd,
}
