"""Proxies and what goes around them, trusted authorities, switched-off checks, time limits."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Optional

from diagnostics.engine.environment import base_url, certificates, no_proxy, proxies
from diagnostics.engine.environment.capture import LONGEST_TIMEOUT
from diagnostics.engine.environment.clients.rules import ClientRules
from diagnostics.engine.environment.urls import UnreadableUrl, Url, parse, printable
from diagnostics.engine.environment.variables import Layer, Variable, Variables
from diagnostics.engine.records import FactValue, Origin
from diagnostics.engine.scan.assigning import is_reference
from diagnostics.engine.scan.formats.masked import prefix_of
from diagnostics.engine.scan.records import Assignment, Hit
from diagnostics.engine.scan.rules.subject import Subject, titles
from diagnostics.engine.secrets import Secret

_FORMS = ("http", "https")
_RANGE = re.compile(r"(?:\d+(?:\.\d+){3}|[0-9a-fA-F:]*:[0-9a-fA-F:]*)/\d+")
_OF_A_LIST = re.compile(r"[,\s]+")


def malformed(subject: Subject) -> Iterator[Hit]:
    """Proxies that a client cannot use as written, and values at odds between upper and lower case."""
    met: dict[tuple[str, str], list[ClientRules]] = {}
    for name in proxies.NAMES:
        one = subject.known(name)
        for rules in subject.clients if one is not None else ():
            for problem in _problems(one, rules):
                met.setdefault((name, problem), []).append(rules)
    for (name, problem), clients in met.items():
        one = subject.set_here[name]
        better = _better(one.value, problem)
        facts = {"name": name, "value": printable(one.value.strip())[:120], "clients": titles(iter(clients))}
        yield Hit(f"proxy.{problem}", one.line, facts, instead=None if better is None else (one.value, better))


def _problems(one: Optional[Assignment], rules: ClientRules) -> tuple[str, ...]:
    """Words for what is wrong with one variable, as this client reads it alone."""
    if one is None or (one.name not in rules.proxy.https and one.name not in rules.proxy.http):
        return ()
    scheme = "https" if one.name in rules.proxy.https else "http"
    alone = Variables((Layer("environment", {one.name: one.value}),))
    chosen = proxies.choose(alone, Origin(scheme, "api.example", 443), rules.proxy, {})
    found = chosen.facts.get("config.proxy.problems", ())
    return tuple(map(str, found)) if isinstance(found, tuple) else ()


def _better(value: str, problem: str) -> Optional[str]:
    bare = value.strip().strip("'\"`“”‘’").strip()
    if "@" in bare:
        return None
    if problem == "no_scheme" and re.fullmatch(r"[\w.-]+(?::\d+)?/?", bare):
        return f"http://{bare}"
    return bare if problem in ("quotes", "whitespace") and not re.search(r"\s", bare) else None


def told_of(subject: Subject) -> Iterator[Hit]:
    """Proxies that work for some, and what is worth knowing of them."""
    named = [one for name in proxies.NAMES if (one := subject.known(name)) is not None]
    for one in named:
        yield from _cases(subject, one)
        url = _read(one.value)
        if url is not None and url.scheme == "https":
            yield Hit("proxy.over_tls", one.line, _told(one), instead=_plain_scheme(one.value))
    others = [one for one in subject.group if not one.environment and one.name in subject.names["installers"]]
    for one in (*named, *others):
        url = _read(one.value)
        if url is not None and not is_reference(one) and not subject.kind.template:
            yield from _password(subject, one, url)


def _read(value: str) -> Optional[Url]:
    try:
        return parse(value, "whatwg")
    except UnreadableUrl:
        return None


def _told(one: Assignment) -> dict[str, FactValue]:
    return {"name": one.name, "value": printable(one.value.strip())[:120]}


def _password(subject: Subject, one: Assignment, url: Url) -> Iterator[Hit]:
    masked = prefix_of(url.userinfo) is not None
    if ":" in url.userinfo or masked:
        secret = None if masked else Secret(url.userinfo.partition(":")[2])
        level = "info" if subject.kind.personal else None
        yield Hit("proxy.password_in_file", one.line, _told(one), level=level, secret=secret)


def _plain_scheme(value: str) -> Optional[tuple[str, str]]:
    return None if "@" in value else (value, re.sub("^https://", "http://", value.strip(), flags=re.IGNORECASE))


def _cases(subject: Subject, one: Assignment) -> Iterator[Hit]:
    twin = subject.known(one.name.lower()) if one.name.isupper() else None
    if twin is not None and twin.value != one.value:
        yield Hit("proxy.cases_differ", max(one.line, twin.line), {"name": one.name, "other": twin.name})


def around(subject: Subject) -> Iterator[Hit]:
    """Entries of NO_PROXY that some clients read otherwise, and a gateway on this machine that is sent through the proxy."""
    for name in ("no_proxy", "NO_PROXY"):
        one = subject.known(name)
        if one is None:
            continue
        readers = [rules for rules in subject.clients if name in rules.proxy.no_proxy]
        yield from _fragile(one, readers)
        for form, example, entry in _tests(one.value):
            deaf = [rules for rules in readers if not no_proxy.MATCHERS[rules.proxy.matcher](one.value, example)]
            if deaf:
                everybody = len(deaf) == len(readers)
                facts = {"name": name, "entry": entry, "host": example.host, "clients": titles(iter(deaf))}
                yield Hit(f"no_proxy.{form}", one.line, facts, level="warning" if everybody else None)
    yield from _local_gateway(subject)


def _fragile(one: Assignment, readers: list[ClientRules]) -> Iterator[Hit]:
    """Entries at which a client ends, whatever it wanted to reach."""
    for entry in (entry.strip() for entry in one.value.split(",")):
        ending = [rules for rules in readers if rules.proxy.fragile and re.search(rules.proxy.fragile, entry)]
        if ending and "*" not in one.value.split(","):
            yield Hit(
                "no_proxy.fragile", one.line, {"name": one.name, "entry": entry[:60], "clients": titles(iter(ending))}
            )
            return


def _tests(value: str) -> Iterator[tuple[str, Origin, str]]:
    """(form, a target that it is surely meant to spare, entry) of the entries that clients read differently."""
    entries = [entry for entry in _OF_A_LIST.split(value.strip()) if entry]
    if "," not in value and len(entries) > 1:
        yield "blanks", _spared(entries[-1].lstrip("*").lstrip(".")), " ".join(entries[:3])
        return
    for entry in entries[:200]:
        if entry.startswith("*."):
            yield "star", _spared(f"a{entry[1:]}"), entry
        elif entry.startswith("."):
            yield "dot", _spared(entry[1:]), entry
        elif _RANGE.fullmatch(entry):
            yield "range", _spared(entry.partition("/")[0]), entry


def _spared(host: str) -> Origin:
    return Origin("https", host.lower() if host.count(":") > 1 else host.lower().partition(":")[0], 443)


def _local_gateway(subject: Subject) -> Iterator[Hit]:
    """A base URL on this machine, and a proxy that it would be sent through: no client spares loopback by itself."""
    for rules in subject.clients:
        one = subject.known(rules.base_url.variable) if rules.base_url.variable else None
        if one is None:
            continue
        target = base_url.target(Variable(one.name, one.value, ""), rules.base_url, subject.vendors)
        if target.url is None or not target.loopback:
            continue
        chosen = proxies.choose(subject.variables, target.url.origin, rules.proxy, {})
        if chosen.proxy is not None:
            variable = subject.set_here[chosen.proxy.variable]
            facts = {"name": variable.name, "host": target.url.host, "clients": rules.title}
            yield Hit("no_proxy.local_gateway", variable.line, facts)
            return


def unverified(subject: Subject) -> Iterator[Hit]:
    """Switches that turn the check of certificates off."""
    for entry in subject.names["off"]:
        for one in subject.group:
            if one.name == entry["name"] and one.value.strip().lower() in entry["values"]:
                yield Hit("tls.verification_off", one.line, {"name": one.name, "value": one.value.strip()})


def authorities(subject: Subject) -> Iterator[Hit]:
    """Files of certificates that are not there, or hold none; only where the file is used on the machine that is scanned."""
    named = dict.fromkeys(
        name for rules in subject.clients for name in (*rules.trust.extra, *rules.trust.replacing) if name
    )
    for name in named:
        one = subject.known(name)
        if one is None:
            continue
        path = one.value.strip()
        if path.startswith("~") and subject.kind.reader not in ("shell", "source", "notebook"):
            yield Hit("ca.tilde", one.line, {"name": name, "value": path[:120]})
        elif subject.machine is not None and subject.kind.runs == "here" and subject.machine.paths.isabs(path):
            problem = certificates.problem_of(subject.machine, path)
            if problem is not None:
                yield Hit(f"ca.{problem}", one.line, {"name": name, "value": path[:120]})


def time_limits(subject: Subject) -> Iterator[Hit]:
    """A limit in milliseconds that a timer cannot hold, or that is none."""
    for name in dict.fromkeys(rules.timeout.variable for rules in subject.clients if rules.timeout.variable):
        one = subject.known(name)
        if one is None:
            continue
        try:
            number = float(one.value) if len(one.value) < 400 else math.inf
        except ValueError:
            number = math.nan
        facts = {"name": name, "value": one.value.strip()[:40]}
        if number > LONGEST_TIMEOUT:
            yield Hit("timeout.overflow", one.line, facts, instead=(one.value, str(LONGEST_TIMEOUT)))
        elif not number > 0:
            yield Hit("timeout.unusable", one.line, facts)
