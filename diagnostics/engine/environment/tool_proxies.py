"""Proxies that other programs' own settings name: npm, git, pip, curl. The client does not read them, and may need that very way.

Of each file only the lines of a proxy are looked at: npm's holds tokens beside them. A value that is fetched from elsewhere, and an
entry for one host alone, says nothing here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from diagnostics.engine.environment.machine import Machine
from diagnostics.engine.environment.urls import printable

_LARGEST = 1024 * 1024  # bytes; nobody writes a larger one by hand
_NONE = ("null", "false", "none", "undefined")  # words for no proxy
_LINE = re.compile(r"""^\s*(?:-x|(?:--?)?(https[-_.]proxy|http[-_.]proxy|proxy))(?:\s*[=:]\s*|\s+)(.+)$""")
_NO_VALUE = re.compile(r"[\s\"'${}]|%[^0-9A-Fa-f]")  # fetched from elsewhere, or more than one word
_SECTION = re.compile(r"^\s*\[([^\]]*)\]")
_PLACES = (
    ("npm", "~/.npmrc", ("",)),
    ("git", "~/.gitconfig", ("http", "https")),
    ("git", "~/.config/git/config", ("http", "https")),
    ("pip", "~/.config/pip/pip.conf", ("global",)),
    ("curl", "$CURL_HOME/.curlrc", ("",)),
    ("curl", "$XDG_CONFIG_HOME/curlrc", ("",)),
    ("curl", "$XDG_CONFIG_HOME/.curlrc", ("",)),  # before 8.10
    ("curl", "~/.curlrc", ("",)),
    ("curl", "~/.config/curlrc", ("",)),
)
"""Program, its file, and the sections of it that count for every host ("" stands for no section at all)."""


@dataclass(frozen=True)
class ToolProxy:
    """``url`` may hold credentials; ``program`` is whose settings name it."""

    program: str
    url: str = field(repr=False)

    def __str__(self) -> str:
        return f"{self.program}: {printable(self.url)}"


def found(machine: Machine, client: str) -> tuple[ToolProxy, ...]:
    """Each proxy once, by the first program that names it. What the client itself reads is left out."""
    made: dict[str, ToolProxy] = {}
    for program, path, sections in _PLACES:
        if program != client:
            for url in _in(_text(machine, path), sections):
                made.setdefault(url, ToolProxy(program, url))
    return tuple(made.values())


def _text(machine: Machine, path: str) -> str:
    place = machine.placed(path)
    content = machine.files.read(place) if place else None
    return content[:_LARGEST].decode("utf-8-sig", "replace") if isinstance(content, bytes) else ""


def _in(text: str, sections: tuple[str, ...]) -> Iterator[str]:
    section = ""
    for line in text.splitlines():
        head = _SECTION.match(line)
        if head is not None:
            section = head[1].strip().lower()
            continue
        written = _LINE.match(line) if section in sections else None
        value = written[2].strip().strip("\"'") if written is not None else ""
        if value and value.lower() not in _NONE and not _NO_VALUE.search(value):
            yield value if "://" in value else f"http://{value}"
