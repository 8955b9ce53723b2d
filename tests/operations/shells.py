"""A scratch home with real shells in it, and Windows' shells by what is written of how they read a line."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from diagnostics.engine.library import load
from diagnostics.engine.operations import Use
from diagnostics.engine.playbook_records import Command
from diagnostics.engine.playbooks import composing

REAL = tuple(shell for shell in ("bash", "zsh", "fish") if shutil.which(shell))
MARK = "--here-it-begins--"
QUIET = {"bash": ("--norc",), "zsh": ("-f",), "fish": ("--private",)}


class Home:
    """A home folder in which nobody lives."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "home"
        self.folder.mkdir()
        self.programs = folder / "programs"
        self.programs.mkdir()

    def program(self, name: str, script: str) -> None:
        """A program in front of the machine's own."""
        file = self.programs / name
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(0o755)

    def run(self, shell: str, *lines: str, given: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
        """The lines, one after the other, as in one terminal."""
        return subprocess.run(
            [shutil.which(shell) or shell, *QUIET[shell], "-c", "\n".join(lines)],
            cwd=self.folder,
            env={
                "PATH": f"{self.programs}:{os.environ['PATH']}",
                "HOME": str(self.folder),
                "LC_ALL": "C.UTF-8",
                "USER": "me",
                **variables,
            },
            input=given,
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )

    def left(self, shell: str, *lines: str, given: str = "", **variables: str) -> dict[str, str]:
        """The environment that the lines leave to programs; nothing may be said on stderr."""
        ended = self.run(shell, *lines, f"printf %s {MARK}; env -0", given=given, **variables)
        assert ended.stderr == "", ended.stderr
        return dict(row.split("=", 1) for row in ended.stdout.rpartition(MARK)[2].split("\0") if "=" in row)

    def opened(self, shell: str, **variables: str) -> dict[str, str]:
        """The environment of programs in a terminal that is opened anew."""
        options = {"bash": ("-ic",), "zsh": ("-ic",), "fish": ("-c",)}[shell]
        ended = subprocess.run(
            [shutil.which(shell) or shell, *options, "env -0"],
            cwd=self.folder,
            env={"PATH": os.environ["PATH"], "HOME": str(self.folder), "TERM": "dumb", **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )
        return dict(row.split("=", 1) for row in ended.stdout.split("\0") if "=" in row)

    def files(self) -> dict[str, bytes]:
        """Every file there, but for what shells keep for themselves."""
        return {
            str(file.relative_to(self.folder)): file.read_bytes()
            for file in sorted(self.folder.rglob("*"))
            if file.is_file()
            and not re.search(r"fish|\.zsh_history|\.bash_history|\.cache|\.local", str(file.relative_to(self.folder)))
        }


def lines(operation: str, **arguments: object) -> list[Command]:
    """Every form of an operation with these arguments."""
    return list(composing.composed(Use(operation, arguments), {"config.settings.variables": ()}, load()))


def line(operation: str, system: str, shell: str, lasting: bool = False, **arguments: object) -> Command:
    """One of its forms."""
    return next(
        one
        for one in lines(operation, **arguments)
        if one.system == system and one.shell in (None, shell) and one.lasting is lasting
    )


def cmd_reads(line: str, variables: dict[str, str]) -> str:
    """What the prompt of Windows makes of a line without operators: variables between percent signs first, then carets."""
    known = {name.upper(): value for name, value in variables.items()}
    expanded, rest = "", line
    while "%" in rest:
        before, _, after = rest.partition("%")
        name, percent, behind = after.partition("%")
        if percent and name.upper() in known:
            expanded, rest = expanded + before + known[name.upper()], behind
        else:
            expanded, rest = f"{expanded}{before}%", after
    made, quotes, at, whole = "", False, 0, expanded + rest
    while at < len(whole):
        sign = whole[at]
        if sign == "^" and not quotes and at + 1 < len(whole):
            made, at = made + whole[at + 1], at + 2
            continue
        assert quotes or sign not in "&|<>", f"{sign} would act in {line!r}"
        quotes = quotes is not (sign == '"')
        made, at = made + sign, at + 1
    return made


def arguments_of(line: str) -> list[str]:
    """How a program of Windows takes its line apart."""
    found, word, inside, slashes, begun = [], "", False, 0, False
    for sign in line:
        if sign == "\\":
            slashes, begun = slashes + 1, True
            continue
        if sign == '"':
            word += "\\" * (slashes // 2)
            if slashes % 2:
                word += '"'
            else:
                inside = not inside
            slashes, begun = 0, True
            continue
        word, slashes = word + "\\" * slashes, 0
        if sign in " \t" and not inside:
            if begun:
                found.append(word)
            word, begun = "", False
        else:
            word, begun = word + sign, True
    return [*found, word + "\\" * slashes] if begun else found


def powershell_reads(word: str) -> str:
    """A text in single quotes, as PowerShell reads it: every kind of single quote ends it, and two of them are one."""
    ends = "'\u2018\u2019\u201a\u201b"
    assert word[0] in ends, word
    made, at = "", 1
    while at < len(word):
        if word[at] in ends:
            if at + 1 == len(word):
                return made
            assert word[at + 1] in ends, f"the text ends early in {word!r}"
            at += 1
        made, at = made + word[at], at + 1
    raise AssertionError(f"the text does not end in {word!r}")
