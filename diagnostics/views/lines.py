"""A step's lines to copy: for one system, shell and client at a time, as chosen for the environment."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from diagnostics.engine.library import load
from diagnostics.engine.operations import USUAL_SHELL
from diagnostics.engine.playbook_records import Command
from diagnostics.engine.playbooks.composing import without_doubles
from diagnostics.models import Environment
from diagnostics.views.commands import SHELLS, SYSTEMS, title_of

NAMES = ("system", "shell", "client", "lasting")
"""What a reader chooses, as addresses and forms name it."""
UNFOLDED = "lines"
"""Of an address whose reader has looked at the lines already."""

_LASTING = (("no", "Until this terminal closes"), ("yes", "For good"))
_KINDS_ON_LINUX = frozenset({"ci", "container", "staging", "production"})
_EXAMPLE = re.compile(
    r"(?:https?://)?\bproxy\.example\.com:8080|\b(?:YOUR-[A-Z]+|PROXY-HOST(?::HTTP-PORT)?|GATEWAY-HOST|BASE-URL|MODEL-NAME)\b"
)
# What a report's paths show of the machine that it is of.
_TRACES = (
    ("windows", re.compile(r'"[A-Za-z]:\\\\|\\\\Users\\\\')),
    ("macos", re.compile(r"/Users/|/Library/|keychain")),
    ("linux", re.compile(r'"/(?:home|etc|root|usr)/')),
)


@dataclass(frozen=True)
class Option:
    """One way a choice can go; `query` is what a link to it says."""

    value: str
    label: str
    chosen: bool


@dataclass(frozen=True)
class Choice:
    """What a reader chooses: `name` is system, shell, client or lasting."""

    name: str
    legend: str
    options: tuple[Option, ...]

    @property
    def label(self) -> str:
        """What is chosen now."""
        return next((option.label for option in self.options if option.chosen), "")


@dataclass(frozen=True)
class Line:
    """A line with its heading, what it changes and the line that takes it back."""

    title: str
    run: str
    changes: str
    undo: str

    @property
    def examples(self) -> tuple[str, ...]:
        """The parts that stand for the reader's own value, each once: nobody shall paste them as they are."""
        return tuple(dict.fromkeys(_EXAMPLE.findall(self.run)))


@dataclass(frozen=True)
class Lines:
    """What a step's page shows: the lines of the chosen combination, and behind a link those of all others by their name."""

    choices: tuple[Choice, ...]
    shown: tuple[Line, ...]
    others: tuple[tuple[str, tuple[Line, ...]], ...]

    @property
    def more(self) -> int:
        """How many lines stand behind the link."""
        return sum(len(lines) for _, lines in self.others)

    @property
    def any(self) -> bool:
        """Whether the step has lines at all."""
        return bool(self.shown or self.others)

    @property
    def has_undo(self) -> bool:
        """Whether some line has one that takes it back."""
        return any(line.undo for line in self.shown)


@dataclass(frozen=True)
class Reader:
    """Whose lines are shown. `shell` and `client` are "" where the system's or the environment's own counts."""

    system: str
    shell: str
    client: str
    lasting: bool

    @classmethod
    def of(cls, environment: Environment, report: Mapping[str, Any], query: Mapping[str, str], agent: str) -> Reader:
        """What the address says, else what was chosen for the environment, else what the report or the browser shows."""
        systems = [key for key, _ in SYSTEMS]
        asked = query.get("system", "")
        system = asked if asked in systems else environment.lines_system or system_of(environment, report, agent)
        shell = query.get("shell", "") if query.get("shell") in SHELLS else environment.lines_shell
        client = query.get("client", "") if query.get("client") in load().clients else environment.lines_client
        lasting = query["lasting"] == "yes" if "lasting" in query else bool(environment.lines_lasting)
        return cls(system, shell, client or environment.client, lasting)


def system_of(environment: Environment, report: Mapping[str, Any], agent: str) -> str:
    """The operating system that a report's paths show; else that of a service, or of the browser that looks."""
    known = str(report.get("environment", {}).get("system", ""))
    if known in USUAL_SHELL:
        return known
    if report.get("run", {}).get("vantage", {}).get("kind") == "probe":
        text = json.dumps(report.get("environment", {}))
        found = next((system for system, trace in _TRACES if trace.search(text)), None)
        if found is not None:
            return found
    if environment.kind in _KINDS_ON_LINUX:
        return "linux"
    return "windows" if "Windows" in agent else "macos" if "Macintosh" in agent else "linux"


def read(commands: Sequence[Command], reader: Reader) -> Lines:
    """The lines for this reader, what else can be chosen, and all other lines."""
    shells = _named(tuple(SHELLS), {one.shell for one in commands if one.system == reader.system})
    shell = reader.shell if reader.shell in shells else USUAL_SHELL[reader.system]
    if shells and shell not in shells:
        shell = shells[0]
    here = [one for one in commands if one.system in (reader.system, "any") and one.shell in (None, shell)]
    clients = _clients(here, reader.client)
    client = reader.client if reader.client in clients or not clients else clients[0]
    fitting = without_doubles(one for one in here if one.client in (None, client))
    both = {_what(one) for one in fitting if one.lasting} & {_what(one) for one in fitting if not one.lasting}
    shown = [one for one in fitting if _what(one) not in both or one.lasting is reader.lasting]
    systems = [key for key, _ in SYSTEMS if any(one.system == key for one in commands)]
    choices = (
        _choice("system", "System", SYSTEMS if systems else (), reader.system),
        _choice("shell", "Shell", [(key, SHELLS[key]) for key in shells], shell),
        _choice("client", "Client", [(name, _title(name)) for name in clients], client),
        _choice("lasting", "How long", _LASTING if both else (), "yes" if reader.lasting else "no"),
    )
    return Lines(
        tuple(one for one in choices if len(one.options) > 1),
        tuple(_line(one) for one in shown),
        _grouped([one for one in commands if one not in shown]),
    )


def valid(chosen: Mapping[str, str]) -> dict[str, str]:
    """The choices of a form that can be kept; what nobody offered is left out."""
    known = {
        "system": [key for key, _ in SYSTEMS],
        "shell": SHELLS,
        "client": load().clients,
        "lasting": [key for key, _ in _LASTING],
    }
    return {name: chosen[name] for name, values in known.items() if chosen.get(name, "") in values}


def _what(command: Command) -> tuple[str, str | None]:
    """What is done, whether for good or not."""
    return command.way, command.client


def _choice(name: str, legend: str, known: Sequence[tuple[str, str]], chosen: str) -> Choice:
    return Choice(name, legend, tuple(Option(value, label, value == chosen) for value, label in known))


def _clients(here: Sequence[Command], own: str) -> list[str]:
    """The clients that lines are written for, the reader's own first; none where the lines are everybody's."""
    named = sorted({one.client for one in here if one.client is not None}, key=lambda name: (name != own, name))
    everybodys = any(one.client is None for one in here)
    return [own, *(name for name in named if name != own)] if named and everybodys else named


def _line(command: Command) -> Line:
    return Line(_heading(command), command.run, command.changes, command.undo)


def _heading(command: Command) -> str:
    """What a line is for."""
    told = title_of(command, [command.client] if command.client else []) or "Run this"
    return f"{told}, for good" if command.lasting and not command.run.startswith("{") else told


def _grouped(commands: Sequence[Command]) -> tuple[tuple[str, tuple[Line, ...]], ...]:
    """By system, shell and client, in words."""
    found: dict[str, list[Line]] = {}
    labels = dict(SYSTEMS)
    for one in commands:
        client = _title(one.client) if one.client else ""
        words = (labels.get(one.system, "Any system"), SHELLS.get(one.shell or "", ""), client)
        found.setdefault(", ".join(word for word in words if word), []).append(_line(one))
    return tuple((name, tuple(lines)) for name, lines in found.items())


def _named(order: Sequence[str], found: set[str | None]) -> list[str]:
    return [name for name in order if name in found]


def _title(client: str) -> str:
    return str(load().clients.get(client, {}).get("title", client))
