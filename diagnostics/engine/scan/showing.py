"""A file's lines as they may be shown again: every secret in them replaced by its shape, the lines still the same number."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from diagnostics.engine.environment.shown import is_secret_name
from diagnostics.engine.environment.vendors import Vendors
from diagnostics.engine.hiding import MOST, Hiding
from diagnostics.engine.records import Kept
from diagnostics.engine.scan.assigning import assignments, is_reference
from diagnostics.engine.scan.formats.masked import MASKED
from diagnostics.engine.scan.kinds import Kind
from diagnostics.engine.scan.records import Found, Hit, Source
from diagnostics.engine.secrets import Secret

_PRIVATE = re.compile(r"-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----")
_PRIVATE_ENDS = re.compile(r"-----END [A-Z ]{0,20}PRIVATE KEY-----")
_USERINFO = re.compile(r"://([^\s/@]+)@")
_LONGEST = 300  # characters of a line
_AROUND = 2  # lines before and after one that is told of
_MOST_LINES = 400


@dataclass(frozen=True)
class Line:
    """A line to show. ``level`` is the worst that is told of it, "" where nothing is; ``gap``: lines before it are left out."""

    number: int
    text: str
    level: str = ""
    gap: bool = False


def excerpt(
    source: Source, hits: tuple[Hit, ...], found: tuple[Found, ...], kind: Kind, vendors: Vendors
) -> tuple[Line, ...]:
    """The lines that something is told of, with those around them."""
    worst: dict[int, str] = {}
    for level in ("info", "warning", "problem"):
        worst.update({one.line: level for one in found if one.level == level})
    lines = source.lines
    around = {line for at in worst for line in range(at - _AROUND, at + _AROUND + 1) if 1 <= line <= len(lines)}
    near = sorted(around)[:_MOST_LINES]
    hiding = Hiding(_secrets(source, hits, kind, vendors))
    private = _private_lines(lines)
    made, before = [], 0
    for number in near:
        text = "[private key]" if number in private else hiding.clean(source.line(number)[:MOST])
        made.append(Line(number, _short(text), worst.get(number, ""), gap=number > before + 1 and before > 0))
        before = number
    return tuple(made)


def _secrets(source: Source, hits: tuple[Hit, ...], kind: Kind, vendors: Vendors) -> Iterator[Kept]:
    """What was found, and every value of a name that holds secrets."""
    yield from (Kept("", "key", hit.secret) for hit in hits if hit.secret is not None)
    for one in assignments(source.text, kind):
        value = MASKED.sub("", one.value).strip()
        if (is_secret_name(one.name) or vendors.is_key(value)) and not is_reference(one) and len(value) > 5:
            yield from (Kept(one.name, "key", Secret(part)) for part in {value, *value.split()} if len(part) > 5)
        yield from (Kept(one.name, "password", Secret(part)) for part in _USERINFO.findall(value))


def _private_lines(lines: Sequence[str]) -> frozenset[int]:
    inside, made = False, set()
    for number, line in enumerate(lines, start=1):
        inside = inside or _PRIVATE.search(line) is not None
        if inside:
            made.add(number)
        inside = inside and _PRIVATE_ENDS.search(line) is None
    return frozenset(made)


def _short(text: str) -> str:
    clean = "".join(char if char.isprintable() or char == "\t" else "·" for char in text).expandtabs(4)
    return clean if len(clean) <= _LONGEST else clean[: _LONGEST - 1] + "…"


_SIGNS = (
    ("docker-compose.yml", re.compile(r"^services:\s*$", re.MULTILINE)),
    (".github/workflows/workflow.yml", re.compile(r"^jobs:\s*$", re.MULTILINE)),
    ("manifest.yaml", re.compile(r"^(?:apiVersion|kind):\s*\S", re.MULTILINE)),
    ("Dockerfile", re.compile(r"^FROM \S", re.MULTILINE)),
    (".claude/settings.json", re.compile(r"^\ufeff?\s*[{'\"]")),
    ("code.py", re.compile(r"^(?:import|from) \w", re.MULTILINE)),
    ("code.ts", re.compile(r"^(?:import|const|let) .*(?:from|require|=)", re.MULTILINE)),
    ("profile.sh", re.compile(r"^\s*export \w+=", re.MULTILINE)),
    (".env", re.compile(r"^\s*\w+\s*=", re.MULTILINE)),
)


def name_for(text: str) -> str:
    """What a text without a name probably is called."""
    return next((name for name, sign in _SIGNS if sign.search(text[:20_000])), "text.txt")
