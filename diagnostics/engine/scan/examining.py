"""One file, looked at with every rule. ``Examiner`` holds what the rules need; it reads no file but those of certificates."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import islice
from typing import Any, Optional

from diagnostics.engine import library
from diagnostics.engine.disguises import is_strong, looks_random
from diagnostics.engine.environment.clients.rules import ClientRules, Setup, rules_for
from diagnostics.engine.environment.machine import Machine
from diagnostics.engine.environment.vendors import Vendors
from diagnostics.engine.scan.assigning import assignments, is_reference
from diagnostics.engine.scan.formats.masked import MASKED, prefix_of
from diagnostics.engine.scan.hardcoded import KeyFinder, OpenKey, is_example
from diagnostics.engine.scan.kinds import Kind, Kinds
from diagnostics.engine.scan.records import Assignment, Hit, Source
from diagnostics.engine.scan.rules import addresses, credentials, models, pipelines, settings, ways
from diagnostics.engine.scan.rules.subject import Subject
from diagnostics.engine.scan.wording import Wording
from diagnostics.engine.secrets import Secret

_RULES = (
    credentials.misnamed,
    credentials.empty,
    credentials.malformed,
    credentials.foreign,
    credentials.rivals,
    credentials.switched,
    addresses.malformed,
    addresses.leading_elsewhere,
    ways.malformed,
    ways.told_of,
    ways.around,
    ways.unverified,
    ways.authorities,
    ways.time_limits,
    models.named,
)
"""Every rule about variables, in the order in which their hits stand in one line."""

_TELLING = (
    b"ANTHROPIC",
    b"CLAUDE",
    b"_PROXY",
    b"-PROXY",
    b"PROXY=",
    b"PROXY =",
    b"NODE_",
    b"API_KEY",
    b"_CERT",
    b"API_TIMEOUT",
    b"STRICT-SSL",
    b"STRICTSSL",
    b"HTTPSVERIFY",
)
"""One of these stands, in capitals or not, in every file that sets something the rules ask about."""

_ENCODED = (b"STRINGDATA", b"KIND: SECRET")
_LARGEST_STRUCTURE = 2 << 20  # characters of a file that is read for what it sets
_MOST_HITS = 300  # of one file
_IGNORE = re.compile(r"troubleshooter:\s*ignore\b", re.IGNORECASE)
_COMMENT = re.compile(r"\s*(?:#|//|/\*|<!--|;|--|\{\{-? ?/\*|\"//\")")
_VENDORS = ("anthropic", "claude", "openai")
_EXAMPLE_PLACE = re.compile(r"(?:^|/)(?:tests?|docs?|examples?|fixtures?)/|\.(?:md|rst|txt|adoc)$", re.IGNORECASE)


class Examiner:
    """The rules of all clients, or of the one that was asked for (``name`` or ``name@version``).

    ``machine`` is where paths in files lead, None where nowhere. ``today`` decides which models are retired.
    """

    def __init__(self, today: date, client: Optional[str] = None, machine: Optional[Machine] = None) -> None:
        knowledge, tables = library.load(), library.aside("scan").tables
        self.vendors = Vendors(knowledge.providers)
        self.kinds = Kinds(tables["files"]["file"])
        self.wording = Wording(tuple(tables["rules"]["rule"]), knowledge.titles)
        self.finder = KeyFinder(self.vendors)
        self.passed_over = frozenset(tables["files"]["passed_over"])
        self.no_text = tuple(tables["files"]["no_text"])
        self._names = tables["names"]
        self._code = tuple((entry["literal"], re.compile(entry["pattern"])) for entry in self._names["code"])
        asked, _, version = (client or "").partition("@")
        self._clients = {
            name: _rules(table, version if name == asked else "") for name, table in knowledge.clients.items()
        }
        self._today = today
        self._asked = asked or None
        self._machine = machine

    @property
    def clients(self) -> tuple[ClientRules, ...]:
        """Every client whose rules are known."""
        return tuple(self._clients.values())

    def is_worth(self, content: bytes, kind: Kind) -> bool:
        """Whether anything could be found in the file at all: a quick look for the words that every finding needs."""
        if kind.reader == "claude_settings" or any(literal in content for literal in self.finder.literals):
            return True
        capitals = content.upper()
        return any(word in capitals for word in (*_TELLING, *_ENCODED))

    def examine(self, source: Source) -> tuple[tuple[Hit, ...], int]:
        """Its hits in the order of their lines, and how many more a comment in the file has answered."""
        kind = self.kinds.named(source.kind)
        hits = [*self._keys(source, kind), *self._code_switches(source, kind)]
        if kind.reader != "none" and len(source.text) <= _LARGEST_STRUCTURE:
            hits += self._settings(source, kind)
        unique = [_milder(hit, source) for hit in _unique(hits)]
        kept = [hit for hit in unique if not _is_ignored(source, hit.line)]
        kept.sort(key=lambda hit: hit.line)
        return tuple(kept[:_MOST_HITS]), len(unique) - len(kept)

    def clients_for(self, kind: Kind) -> tuple[ClientRules, ...]:
        """Whose rules count in such a file."""
        if kind.client:
            return (self._clients[kind.client],) if self._asked in (None, kind.client) else ()
        return (self._clients[self._asked],) if self._asked else tuple(self._clients.values())

    def _settings(self, source: Source, kind: Kind) -> Iterator[Hit]:
        found = assignments(source.text, kind)
        groups: dict[str, list[Assignment]] = {}
        for one in found:
            groups.setdefault(one.group, []).append(one)
        clients = self.clients_for(kind)
        top = {one.name: one for one in groups.get("top", ())} if kind.reader == "claude_settings" else {}
        for name, group in groups.items():
            elsewhere = frozenset(one.name for other, all_ in groups.items() if other != name for one in all_)
            machine = self._machine if source.local else None
            subject = Subject(
                kind, tuple(group), clients, self.vendors, self._names, self._today, machine, elsewhere, top
            )
            for rule in _RULES if clients else ():
                yield from rule(subject)
        for rules in clients if kind.client else ():
            yield from settings.checked(source.text, kind, rules)
        if kind.kind == "github_workflow":
            yield from pipelines.checked(source.text, found, {*self.vendors.key_variables()})
        yield from self._unshaped(found, kind, source)

    def _keys(self, source: Source, kind: Kind) -> Iterator[Hit]:
        """Keys with a known shape, anywhere in the text."""
        for key in self.finder.find(source.text):
            yield self.open_key(key, source.text.count("\n", 0, key.begin) + 1, kind)
        for found in islice(MASKED.finditer(source.text), _MOST_HITS):
            shape = self.vendors.shape_of(found["prefix"]) if found["prefix"] else None
            if shape is not None:
                line = source.text.count("\n", 0, found.start()) + 1
                facts = {"vendor": shape.vendor, "kind": shape.type.replace("_", " "), "shape": found["shape"]}
                yield Hit("key.kept" if kind.personal else "key.hardcoded", line, facts)

    def open_key(self, key: OpenKey, line: int, kind: Kind) -> Hit:
        """A key that lies open in a file of this kind."""
        secret = Secret(key.value)
        facts = {
            "vendor": "one of several vendors" if key.shape.shared else key.shape.vendor,
            "kind": key.shape.type.replace("_", " "),
            "shape": secret.shape,
        }
        code = "key.example" if key.example else "key.kept" if kind.personal else "key.hardcoded"
        return Hit(code, line, facts, secret=None if key.example else secret)

    def _unshaped(self, found: Iterable[Assignment], kind: Kind, source: Source) -> Iterator[Hit]:
        """Values of names that hold keys: one in base64, or one of no known shape that somebody's machine has made."""
        names = {name for rules in self._clients.values() for place in rules.places if (name := place.variable)}
        names.update(self.vendors.key_variables())
        for one in found:
            value = one.value.strip()
            if one.name not in names or is_reference(one) or not value:
                continue
            prefix = prefix_of(value)
            if prefix == "" and not kind.template:  # masked, and of no shape that its vendor gives it
                facts = {"name": one.name, "shape": value.strip("[]")}
                yield Hit("key.in_file", one.line, facts, level="info" if kind.personal else None)
            if prefix is not None:
                continue
            key = self.finder.one(value)
            if key is not None:
                if one.encoded:
                    yield self.open_key(key, one.line, kind)
                continue
            if not kind.template and _is_made(value) and not _EXAMPLE_PLACE.search(source.shown):
                secret = Secret(value)
                facts = {"name": one.name, "shape": secret.shape}
                yield Hit("key.in_file", one.line, facts, level="info" if kind.personal else None, secret=secret)

    def _code_switches(self, source: Source, kind: Kind) -> Iterator[Hit]:
        """Code that talks to a vendor and does not check who answers."""
        if kind.reader not in ("source", "notebook", "shell", "yaml", "dockerfile"):
            return
        if not any(literal in source.text for literal, _ in self._code):
            return
        lowered = source.text.lower()
        if not any(vendor in lowered for vendor in _VENDORS):
            return
        for literal, pattern in self._code:
            if literal in source.text:
                for found in pattern.finditer(source.text):
                    line = source.text.count("\n", 0, found.start()) + 1
                    if not _is_comment(source.text, found.start()):
                        yield Hit("tls.verification_off_in_code", line, {"value": found[0][:60]})


def _rules(table: Mapping[str, Any], version: str) -> ClientRules:
    """The rules of that version, the newest known one where none is asked for."""
    build = table.get("package", {}).get("build", "")
    return rules_for(table, Setup(version=version or table["newest"], build=build))


def _unique(hits: Sequence[Hit]) -> list[Hit]:
    """Each once; in one line a key is told as found in the text, and a switch in code not again as a variable."""
    seen: set[tuple[str, int, str]] = set()
    kept = []
    secrets = {(hit.line, hit.secret.reveal()) for hit in hits if hit.secret is not None and hit.code != "key.in_file"}
    off = {hit.line for hit in hits if hit.code == "tls.verification_off"}
    for hit in hits:
        name = str(hit.facts.get("name", hit.facts.get("shape", "")))
        again = hit.code == "key.in_file" and hit.secret is not None and (hit.line, hit.secret.reveal()) in secrets
        twice = hit.code == "tls.verification_off_in_code" and hit.line in off
        if (hit.code, hit.line, name) not in seen and not again and not twice:
            seen.add((hit.code, hit.line, name))
            kept.append(hit)
    return kept


def _milder(hit: Hit, source: Source) -> Hit:
    """Tests and documents name old models and switch checks off for what they show; nobody runs them against the API."""
    shows = hit.code.startswith("model.") or hit.code == "tls.verification_off_in_code"
    return replace(hit, level="info") if shows and _EXAMPLE_PLACE.search(source.shown) else hit


def _is_ignored(source: Source, line: int) -> bool:
    """A comment in the line, or alone in the line before, answers what is found there."""
    here, before = source.line(line), source.line(line - 1)
    alone = _IGNORE.search(before) is not None and _COMMENT.match(before) is not None
    return alone or _IGNORE.search(here) is not None


def _is_made(value: str) -> bool:
    """A program has made it: long, mixed, in one piece, and no address."""
    whole = value.isascii() and not re.search(r"\s|://", value)
    return whole and is_strong(value) and looks_random(value) and not is_example(value)


def _is_comment(text: str, at: int) -> bool:
    line = text[text.rfind("\n", 0, at) + 1 : at]
    return re.match(r"\s*(?:#|//|\*|--)", line) is not None


def committed(hit: Hit, *, inside: bool, ignored: bool) -> Hit:
    """The hit, once it is known whether a repository has the file. A key that git ignores is where it belongs."""
    if hit.code not in ("key.hardcoded", "key.kept", "key.in_file"):
        return hit
    if ignored:
        facts = {**hit.facts, "detail": "Git ignores the file."}
        return replace(hit, code="key.kept" if hit.code != "key.in_file" else hit.code, level="info", facts=facts)
    if inside and hit.code == "key.kept":
        return replace(hit, code="key.hardcoded")
    if inside and hit.code == "key.in_file":
        return replace(hit, level=None)
    return hit
