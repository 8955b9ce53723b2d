"""Operations: what a step lets somebody do on a machine, written once for each system and shell (``knowledge/operations``).

A form's lines have slots: ``{value}`` is an argument of the operation as one word of that shell, whatever stands in it; ``{value:bare}``
the same inside of a word. ``parts`` are lines that are themselves one word of the line, such as one that goes into a start-up file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Optional

from diagnostics.engine.matching import Condition

SYSTEMS = ("linux", "macos", "windows")
SHELLS = ("bash", "zsh", "fish", "powershell", "cmd")
SHELLS_OF = {"linux": SHELLS[:3], "macos": SHELLS[:3], "windows": SHELLS[3:], "any": SHELLS}
"""The shells for which a system's lines are written."""

USUAL_SHELL = {"linux": "bash", "macos": "zsh", "windows": "powershell"}
"""The shell that comes first on a system."""

KINDS = ("name", "word", "text", "path", "host", "number", "key", "json", "package")
"""What an argument may be: a variable's name; a name of any kind; any text (``~/`` in front means the home folder); a file; a host name; a
number; a dotted path of keys; a value that goes into JSON; a package with its version."""


@dataclass(frozen=True)
class Form:
    """The operation on some systems, in some shells (none: the line is the same in each). ``in_cmd``: cmd has PowerShell do it."""

    run: str
    systems: tuple[str, ...]
    shells: tuple[str, ...] = ()
    lasting: bool = False
    undo: str = ""
    changes: str = ""
    parts: Mapping[str, str] = field(default_factory=dict)
    client: Optional[str] = None
    in_cmd: bool = False


@dataclass(frozen=True)
class InFile:
    """What is done in place of an operation where a settings file of the client sets one of ``names`` (which may hold an argument).

    ``passes``: the other operation's argument -> this one's. ``winner``: the fact that names the variable that counts. ``everywhere``:
    each of the names in each of the files, and the shell's lines too where the shell sets one; else the strongest place alone.
    ``offered``: where nobody looked at the files, the first name's lines stand beside the shell's.
    """

    operation: str
    names: tuple[str, ...]
    passes: Mapping[str, str]
    winner: Optional[str] = None
    everywhere: bool = False
    offered: bool = False


@dataclass(frozen=True)
class Operation:
    """One thing to do. ``takes``: argument -> its kind; ``defaults``: those that need not be given."""

    code: str
    title: str
    takes: Mapping[str, str]
    forms: tuple[Form, ...]
    defaults: Mapping[str, str]
    in_file: Optional[InFile] = None


@dataclass(frozen=True)
class Use:
    """An operation as a step names it: with its arguments, for one client, and where a condition over facts is not known to fail.

    An argument may hold facts (``{config.proxy.url|http://proxy.example.com:8080}``); one that begins with ``@`` is a variable that the
    client reads, by its own rules (``@base_url``, ``@credential``, ``@trust``, ``@model``). ``strongest``: what stands in several places
    is taken away in the one that counts, and stays in the others. ``instead`` is another operation of the step that does
    the same less well: where both have a line, this one's is enough.
    """

    operation: str
    arguments: Mapping[str, Any]
    client: Optional[str] = None
    applies: Optional[Condition] = None
    instead: str = ""
    strongest: bool = False


def operation(table: Mapping[str, Any]) -> Operation:
    """An operation of its file."""
    return Operation(
        code=table["code"],
        title=table["title"],
        takes=dict(table.get("takes", {})),
        forms=tuple(_form(entry) for entry in table["form"]),
        defaults=dict(table.get("defaults", {})),
        in_file=_in_file(table["in_file"]) if "in_file" in table else None,
    )


def use(entry: Mapping[str, Any]) -> Use:
    """An entry of a step's ``use``: what is none of our keys is an argument."""
    own = ("operation", "client", "applies", "strongest", "instead")
    return Use(
        operation=entry["operation"],
        arguments={name: value for name, value in entry.items() if name not in own},
        client=entry.get("client"),
        applies=entry.get("applies"),
        instead=entry.get("instead", ""),
        strongest=bool(entry.get("strongest", False)),
    )


def _in_file(entry: Mapping[str, Any]) -> InFile:
    return InFile(
        operation=entry["operation"],
        names=tuple(entry["names"]),
        passes=dict(entry.get("passes", {})),
        winner=entry.get("winner"),
        everywhere=bool(entry.get("everywhere", False)),
        offered=bool(entry.get("offered", False)),
    )


def _form(entry: Mapping[str, Any]) -> Form:
    made = dict(entry)
    made["systems"] = tuple(entry["systems"])
    made["shells"] = tuple(entry.get("shells", ()))
    made["parts"] = dict(entry.get("parts", {}))
    made["run"], made["undo"] = (
        entry["run"].strip(),
        entry.get("undo", "").strip(),
    )  # TOML wants a space between two kinds of quotes
    return Form(**made)
