"""Base URLs: what cannot work as written, whom it leads to, and from where it leads nowhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Optional

from diagnostics.engine.environment import base_url
from diagnostics.engine.environment.base_url import Target
from diagnostics.engine.environment.clients.rules import ClientRules
from diagnostics.engine.environment.urls import JS_SPACE, printable
from diagnostics.engine.environment.variables import Variable
from diagnostics.engine.scan.records import Assignment, Hit
from diagnostics.engine.scan.rules.subject import Subject, titles

_QUOTES = "'\"`“”‘’"


def malformed(subject: Subject) -> Iterator[Hit]:
    """Base URLs that cannot work as written, told with the clients they do not work for."""
    met: dict[tuple[str, str], list[ClientRules]] = {}
    for rules, one, target in _targets(subject):
        for problem in target.problems:
            met.setdefault((one.name, problem), []).append(rules)
    for (name, problem), clients in met.items():
        one = subject.set_here[name]
        if problem == "empty" and (subject.kind.template or subject.kind.reader == "claude_settings"):
            continue  # meant: a template to fill in, or the way to cancel what the shell has
        facts = {"name": name, "value": _shown(one), "clients": titles(iter(clients))}
        better = _better(one.value, problem)
        yield Hit(f"base_url.{problem}", one.line, facts, instead=None if better is None else (one.value, better))


def leading_elsewhere(subject: Subject) -> Iterator[Hit]:
    """Another vendor's address, or one that only this machine has."""
    told: set[str] = set()
    for rules, one, target in _targets(subject):
        for code in _elsewhere(subject, rules, target):
            if code not in told:
                told.add(code)
                facts = {"name": one.name, "value": _shown(one), "vendor": target.vendor or "", "clients": rules.title}
                yield Hit(code, one.line, facts, level="info" if _may_be_meant(code, subject) else None)


def _targets(subject: Subject) -> Iterator[tuple[ClientRules, Assignment, Target]]:
    for rules in subject.clients:
        one = subject.set_here.get(rules.base_url.variable)
        if one is None or (one.value.strip() and subject.known(one.name) is None):
            continue
        yield rules, one, base_url.target(Variable(one.name, one.value, ""), rules.base_url, subject.vendors)


def _elsewhere(subject: Subject, rules: ClientRules, target: Target) -> Iterator[str]:
    if target.url is None or target.default:
        return
    if target.loopback:
        if subject.kind.runs == "container":
            yield "base_url.loopback_in_container"
        elif subject.kind.shared and subject.kind.reader != "notebook":
            yield "base_url.loopback_shared"
        return
    is_others = target.vendor not in (None, base_url.FIRST_PARTY)
    if is_others and not subject.vendors.speaks_anthropic(target.url) and not target.problems:
        yield "base_url.other_api"
    if target.vendor is not None and target.url.scheme == "http":
        yield "base_url.plain_http"
    owner = _owner_of_key(subject, rules)
    if owner is not None and target.vendor is not None and owner != target.vendor:
        yield "base_url.other_vendor_than_key"


def _owner_of_key(subject: Subject, rules: ClientRules) -> Optional[str]:
    """The vendor of the credential that this client would send."""
    first = next((one for place in rules.places if place.variable and (one := subject.filled(place.variable))), None)
    shape = subject.shape_of(first.value) if first is not None else None
    return shape.vendor if shape is not None and not shape.shared else None


def _may_be_meant(code: str, subject: Subject) -> bool:
    """Containers of one pod share their loopback; a manifest alone does not tell what stands beside."""
    return code == "base_url.loopback_in_container" and subject.kind.kind == "yaml"


def _shown(one: Assignment) -> str:
    return printable(one.value.strip())[:120] or "(empty)"


def _better(value: str, problem: str) -> Optional[str]:
    """The same address as it should be written, where that is certain."""
    bare = value.strip(JS_SPACE).strip(_QUOTES).strip(JS_SPACE)
    if problem == "doubled_version":
        return re.sub(r"/v1/*$", "", bare)
    if problem == "endpoint_path":
        return re.sub(r"(?:/v1)?/(?:messages|complete|models|count_tokens)(?:/count_tokens|/batches)?/*$", "", bare)
    if problem == "query":
        return re.split(r"[?#]", bare, maxsplit=1)[0]
    if problem in ("quotes", "whitespace") and not re.search(r"\s", bare):
        return bare
    if problem == "no_scheme" and re.fullmatch(r"[\w.-]+\.[a-z]{2,}(?::\d+)?(?:/[\w./-]*)?", bare):
        return f"https://{bare}"
    return None
