"""Files that set one variable a line, or nearly so: ``.env``, shells, Dockerfiles, systemd units, Windows scripts, INI."""

from __future__ import annotations

import re
from collections.abc import Iterator

from diagnostics.engine.scan.formats.masked import MASKED
from diagnostics.engine.scan.records import Assignment

_NAME = r"[A-Za-z_][\w.-]*"
_DOTENV = re.compile(rf"[ \t\ufeff]*(?:export[ \t]+)?(?P<name>{_NAME})[ \t]*=[ \t]*(?P<rest>.*)")
_EXPORT = re.compile(
    rf"""(?:^|[;&|(]|\b(?:export|env|local|readonly|declare(?:[ ]-\w+)?)[ \t])[ \t]*(?P<name>{_NAME})=(?=(?P<rest>.*))"""
)
_FISH = re.compile(rf"\s*set[ \t]+(?:-\w+[ \t]+|--\w+[ \t]+)+(?P<name>{_NAME})[ \t]+(?P<rest>.*)")
_CSH = re.compile(rf"\s*setenv[ \t]+(?P<name>{_NAME})[ \t]+(?P<rest>.*)")
_POWERSHELL = re.compile(rf"\$env:(?P<name>{_NAME})[ \t]*=[ \t]*(?P<rest>.*)", re.IGNORECASE)
_SET_CALL = re.compile(rf"""SetEnvironmentVariable\(\s*["'](?P<name>{_NAME})["']\s*,\s*(?P<rest>.*)""", re.IGNORECASE)
_BATCH = re.compile(rf"""\s*@?setx?[ \t]+"?(?P<name>{_NAME})(?:=|[ \t]+)(?P<rest>.*)""", re.IGNORECASE)
_DOCKER = re.compile(r"\s*(?P<word>ENV|ARG)[ \t]+(?P<rest>.*)", re.IGNORECASE)
_PAIR = re.compile(rf"(?:^|[ \t])(?P<name>{_NAME})=(?=(?P<rest>.*))")
_SYSTEMD = re.compile(r"\s*Environment=(?P<rest>.*)")
_INI = re.compile(r"\s*(?P<name>(?://)?[A-Za-z_@][\w.:@/-]*)[ \t]*=[ \t]*(?P<rest>.*)")
_MOST_LINES = 40  # of one quoted value
_LONGEST_LINE = 20_000
_GLUE = "\ue000"  # of the private use area: no white space
_SPLIT = 400  # assignments of one line


def dotenv(text: str) -> Iterator[Assignment]:
    """``NAME=value`` as the libraries for ``.env`` read it: quotes are taken off, `` #`` begins a comment, quoted values may go on."""
    lines = text.split("\n")
    at = 0
    while at < len(lines):
        found = _DOTENV.match(lines[at][:_LONGEST_LINE])
        at += 1
        if found is None:
            continue
        rest, line = found["rest"].rstrip("\r"), at
        quote = rest[:1]
        if quote in ("'", '"') and quote not in rest[1:]:
            more = next((end for end in range(at, min(at + _MOST_LINES, len(lines))) if quote in lines[end]), None)
            if more is not None and not any(_DOTENV.match(each[:_LONGEST_LINE]) for each in lines[at : more + 1]):
                rest, at = "\n".join([rest, *lines[at : more + 1]]), more + 1
        value, raw = _word(rest, ends=r"[ \t]+#.*$|[ \t\r]+$")
        yield Assignment(found["name"], value, line, expands="" if raw else "shell")


def shell(text: str, first: int = 1) -> Iterator[Assignment]:
    """Assignments and exports of a shell, each value as its word ends. ``first`` is the number of the first line."""
    for number, line in enumerate(text.split("\n"), start=first):
        bare = line[:_LONGEST_LINE].lstrip()
        if bare.startswith("#") or ("=" not in bare and "set" not in bare):
            continue
        other = _FISH.match(bare) or _CSH.match(bare)
        for found in [other] if other is not None else list(_words(bare)):
            value, raw = _word(found["rest"].strip(), ends=r"[\s;&|)].*$")
            yield Assignment(found["name"], value, number, expands="" if raw else "shell")


def _words(line: str) -> Iterator[re.Match[str]]:
    """Assignments of one line, those behind others of the same ``export`` too."""
    behind_export = re.match(r"export[ \t]", line) is not None
    for number, found in enumerate((_PAIR if behind_export else _EXPORT).finditer(line)):
        if number < _SPLIT:
            yield found


def windows(text: str) -> Iterator[Assignment]:
    """PowerShell's ``$env:`` and ``SetEnvironmentVariable``, ``set`` and ``setx``."""
    for number, line in enumerate(text.split("\n"), start=1):
        bare = line[:_LONGEST_LINE].rstrip("\r").strip()
        powershell = _POWERSHELL.search(bare) or _SET_CALL.search(bare)
        found = powershell or _BATCH.match(bare)
        if found is not None:
            rest = found["rest"].strip()
            value, raw = _word(rest, ends=r"[\s;,)].*$") if powershell else (rest.strip('"'), False)
            yield Assignment(found["name"], value, number, expands="" if raw else "shell")


def dockerfile(text: str) -> Iterator[Assignment]:
    """``ENV`` and ``ARG``, with one pair or several, over continued lines too."""
    joined: list[tuple[int, str]] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if joined and joined[-1][1].endswith("\\") and len(joined[-1][1]) < _LONGEST_LINE:
            joined[-1] = (joined[-1][0], joined[-1][1][:-1] + "\x00" + line.rstrip("\r"))
        else:
            joined.append((number, line.rstrip("\r")))
    for number, line in joined:
        found = _DOCKER.match(line[:_LONGEST_LINE])
        if found is None:
            continue
        rest = found["rest"]
        group = found["word"].upper()
        if "=" not in next(iter(rest.split()), ""):
            name, _, value = rest.partition(" ")
            if group == "ENV" and name:
                yield Assignment(name, _word(value.strip(), ends=r"$")[0], number, group, expands="shell")
            continue
        spaced = rest.replace("\x00", " ")
        for pair in list(_PAIR.finditer(spaced))[:_SPLIT]:
            value, raw = _word(pair["rest"], ends=r"[ \t].*$")
            line_of = number + rest[: pair.start("name")].count("\x00")
            yield Assignment(pair["name"], value, line_of, group, expands="" if raw else "shell")


def systemd(text: str) -> Iterator[Assignment]:
    """``Environment=``: pairs of which each may stand in quotes as a whole. Nothing is expanded in them."""
    for number, line in enumerate(text.split("\n"), start=1):
        found = _SYSTEMD.match(line[:_LONGEST_LINE].rstrip("\r"))
        if found is None:
            continue
        for piece in re.findall(r'"((?:[^"\\]|\\.)*)"|\'([^\']*)\'|(\S+)', found["rest"])[:_SPLIT]:
            name, mark, value = "".join(piece).partition("=")
            if mark:
                yield Assignment(name, _word(value, ends=r"$")[0], number)


def ini(text: str) -> Iterator[Assignment]:
    """``name = value``, quotes taken off; the section is the group."""
    section = ""
    for number, line in enumerate(text.split("\n"), start=1):
        bare = line[:_LONGEST_LINE].strip()
        if bare.startswith("["):
            section = bare
            continue
        found = None if bare[:1] in ("#", ";") else _INI.match(bare)
        if found is not None:
            yield Assignment(
                found["name"], _word(found["rest"], ends=r"[ \t]+[#;].*$")[0], number, section, False, "braces"
            )


def _word(rest: str, ends: str) -> tuple[str, bool]:
    """The value that begins ``rest``, without its quotes, and whether nothing in it is expanded.

    ``ends`` is what comes behind a value without quotes. A quote that is never closed stays.
    """
    if "\u2026" in rest:  # what stands in a masked secret's place is one word
        rest = MASKED.sub(lambda masked: masked[0].replace(" ", _GLUE), rest)
    value, raw = _unquoted(rest, ends)
    return value.replace(_GLUE, " "), raw


def _unquoted(rest: str, ends: str) -> tuple[str, bool]:
    quote = rest[:1]
    if quote in ("'", '"'):
        closed = re.match(r"'([^']*)'" if quote == "'" else r'"((?:[^"\\]|\\.)*)"', rest, re.DOTALL)
        if closed is not None:
            inner = closed[1] if quote == "'" else re.sub(r"\\([\"\\$`])", r"\1", closed[1]).replace("\\n", "\n")
            return inner, quote == "'"
    return re.sub(ends, "", rest, count=1), False
