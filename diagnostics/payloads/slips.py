"""Slips of a command that make a shell read another one: where a line ends, and which quotes it knows."""

from __future__ import annotations

import re

from diagnostics.payloads.records import Fault

_SPACED = re.compile(r"(?<=[ \t])\\[ \t]{1,200}(\r?\n)(?=[ \t]{0,200}-)")
_BARE_END = re.compile(
    r"(?<=[^\\\s^`])[ \t]{0,200}\r?\n(?=[ \t]{0,200}(?:-[HdX]|--(?:header|data(?:-raw|-binary)?|request|json))[ \t])"
)
_TYPOGRAPHIC = re.compile(r"\s(?:-[Hd]|--(?:header|data(?:-raw|-binary)?|json))[ \t]{0,9}[“”‘’„]")
_SINGLE = re.compile(r"\s(?:-[Hd]|--(?:header|data(?:-raw|-binary)?|json))[ \t]{0,9}'")


def joined(command: str) -> tuple[str, Fault | None]:
    """The command whose lines belong together, and what is wrong where they do not."""
    if _SPACED.search(command):
        return _SPACED.sub(r"\\\1", command), _fault(
            "has a space behind the backslash at the end of a line, so the command ends there"
        )
    first = _BARE_END.search(command)
    if (
        first is not None
        and "'" not in command[: first.start()]
        and '"' not in command[: first.start()]
        and "<<" not in command
    ):
        return _BARE_END.sub(" ", command), _fault("lacks a backslash at the end of a line, so the command ends there")
    return command, None


def quotes(command: str, shell: str) -> Fault | None:
    """Quotes that the shell does not know; then nothing else of the command can be read with certainty."""
    if _TYPOGRAPHIC.search(command):
        return _fault("has typographic quotes, which no shell knows; write plain ones")
    if shell == "cmd" and _SINGLE.search(command):
        return _fault(
            'has single quotes, which the Windows prompt does not know; write double ones, and \\" inside of the body'
        )
    return None


def _fault(says: str) -> Fault:
    return Fault("address", "the command", says, "certain", kind="shell")
