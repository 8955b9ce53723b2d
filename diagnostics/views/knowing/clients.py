"""A client as its public page tells it: which settings it reads, in which order, and what differs by version."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Any

from diagnostics.engine import library
from diagnostics.engine.environment.clients.rules import ClientRules, Place, Setup, rules_for
from diagnostics.views.knowing import client_words as words

Table = Mapping[str, Any]


@dataclass(frozen=True)
class Variable:
    """Variables that the client reads and that mean the same to it, in their order."""

    names: tuple[str, ...]
    meaning: str


@dataclass(frozen=True)
class Credential:
    """A place where the client looks for a credential. ``headers``: in which it is sent."""

    place: str
    kind: str
    headers: tuple[str, ...]
    beside: bool


@dataclass(frozen=True)
class Rule:
    """A subject of the rules in sentences."""

    id: str
    title: str
    says: tuple[str, ...]


@dataclass(frozen=True)
class Difference:
    """What differs for some versions. ``of``: for which; ``changes``: in which parts of the rules."""

    of: str
    changes: tuple[str, ...]
    why: str


@dataclass(frozen=True)
class Fault:
    """A version that does something wrong."""

    of: str
    says: str
    breaks: str
    mended_in: str
    source: str


@dataclass(frozen=True)
class Client:
    """One client's page, but for the error texts."""

    name: str
    title: str
    newest: str
    newest_seen: str
    installed_as: tuple[tuple[str, str], ...]
    base_url: str
    variables: tuple[Variable, ...]
    credentials: tuple[Credential, ...]
    rules: tuple[Rule, ...]
    switches: tuple[tuple[str, str], ...]
    files: tuple[tuple[str, str], ...]
    settings: tuple[tuple[str, str], ...]
    first_run: tuple[str, ...]
    first_run_says: tuple[str, ...]
    near_misses: tuple[str, ...]
    differences: tuple[Difference, ...]
    faults: tuple[Fault, ...]

    @property
    def variable_count(self) -> int:
        """How many variables it reads."""
        return sum(len(variable.names) for variable in self.variables)


@lru_cache(maxsize=1)
def everything() -> tuple[Client, ...]:
    """Every client, in the order of their names for people."""
    made = (_told(table) for table in library.load().clients.values())
    return tuple(sorted(made, key=lambda client: client.title.lower()))


def one(name: str) -> Client | None:
    """The page of a client; None for a name that nobody knows."""
    return next((client for client in everything() if client.name == name), None)


def _told(table: Table) -> Client:
    rules = rules_for(table, Setup(version=table["newest"], build=table.get("package", {}).get("build", "")))
    return Client(
        name=rules.name,
        title=rules.title,
        newest=rules.newest,
        newest_seen=str(table.get("newest_seen", "")),
        installed_as=tuple(_packages(rules)),
        base_url=rules.base_url.default,
        variables=tuple(_variables(rules)),
        credentials=tuple(_credential(place) for place in rules.places),
        rules=tuple(rule for rule in _rules(rules) if rule.says),
        switches=tuple((one.variable, words.filled(one.base_url)) for one in rules.switches),
        files=words.SETTINGS[rules.configuration],
        settings=tuple((name, _either(types)) for name, types in rules.settings_types.items()),
        first_run=rules.first_run.urls,
        first_run_says=tuple(_first_run(rules)),
        near_misses=rules.near_misses,
        differences=tuple(_difference(entry, rules) for entry in table.get("versions", ())),
        faults=tuple(_fault(entry, rules) for entry in table.get("known_bad", ())),
    )


def _packages(rules: ClientRules) -> Iterator[tuple[str, str]]:
    package = rules.package
    named = (("npm", package.npm), ("Python", package.python), ("Debian", package.debian), ("Command", package.command))
    yield from ((where, name) for where, name in named if name)


def _variables(rules: ClientRules) -> Iterator[Variable]:
    """Each variable once, by the first place of the rules that names it; together with others of the same meaning."""
    seen: set[str] = set()
    meanings: dict[str, list[str]] = {}
    for name, meaning in chain(_by_place(rules), ((name, "") for name in rules.reads)):
        if name and name not in seen:
            seen.add(name)
            meanings.setdefault(meaning or words.VARIABLES[name], []).append(name)
    yield from (Variable(tuple(names), meaning) for meaning, names in meanings.items())


def _by_place(rules: ClientRules) -> Iterator[tuple[str, str]]:
    base, proxy, trust, mutual = rules.base_url, rules.proxy, rules.trust, rules.mutual
    yield base.variable, words.VARIABLES["ANTHROPIC_BASE_URL"]
    yield base.unread, "Not read: the address is written into each call."
    yield from ((place.variable, words.VARIABLES[place.variable]) for place in rules.places if place.variable)
    yield from ((name, words.VARIABLES[name]) for name in rules.model_variables)
    yield rules.headers.custom, words.VARIABLES["ANTHROPIC_CUSTOM_HEADERS"]
    yield rules.headers.betas, words.VARIABLES["ANTHROPIC_BETAS"]
    yield from ((name, "The proxy, for https addresses too.") for name in proxy.https)
    yield from ((name, "The proxy, for http addresses alone.") for name in proxy.http)
    yield from ((name, "Hosts that are asked without the proxy.") for name in proxy.no_proxy)
    yield trust.store_variable, "Which stores of authorities count: bundled, system, or both."
    yield from ((name, "File of authorities that are trusted besides the others.") for name in trust.extra)
    yield from ((name, "File of authorities, in place of all others.") for name in trust.replacing)
    yield from ((name, "Folder of authorities, in place of all others.") for name in trust.replacing_folder)
    yield from ((name, "File of authorities that counts as the system's.") for name in trust.system_file)
    yield (
        trust.unverified,
        "0 switches every check of certificates off. Never set it: whoever is in between then reads the key.",
    )
    yield mutual.certificate, "File with the client's own certificate, where a proxy or gateway demands one."
    yield mutual.key, "File with the key to that certificate."
    yield mutual.passphrase, "Passphrase of that key."
    yield rules.timeout.variable, "The time limit of a request, in milliseconds."
    for switch in rules.switches:
        yield switch.variable, f"1 sends requests to {_filled(switch.base_url)} and outranks every other credential."
        yield switch.base_url_variable, f"Another address than {_filled(switch.base_url)}."


def _credential(place: Place) -> Credential:
    if place.variable:
        where = place.variable
    elif place.custom:
        where = f"{place.custom}, a line for {' or '.join(place.headers)}"
    elif place.setting:
        where = f"{place.setting} in a settings file: a command that prints the key"
    elif place.login:
        where = words.LOGINS[place.login]
    else:
        where = words.PROFILES[place.profile]
    return Credential(where, words.KINDS[place.kind], place.headers, place.beside)


def _rules(rules: ClientRules) -> Iterator[Rule]:
    yield Rule("base", "Base URL", tuple(_base(rules)))
    yield Rule("key", "What may stand in a key", (words.TRIMS[rules.keys.trims], words.HEADERS[rules.keys.header]))
    yield Rule("proxy", "Proxy", tuple(_proxy(rules)))
    if rules.proxy.no_proxy:
        yield Rule("exceptions", "Exceptions from the proxy", tuple(_exceptions(rules)))
    yield Rule("trust", "Trusted authorities", tuple(_trust(rules)))
    yield Rule("own", "Its own certificate", tuple(_mutual(rules)))
    yield Rule("time", "Time limit", tuple(_timeout(rules)))
    yield Rule("headers", "Headers", tuple(_headers(rules)))


def _base(rules: ClientRules) -> Iterator[str]:
    base = rules.base_url
    if base.variable:
        yield f"{base.variable} if it is set, else {base.default}."
        yield words.SCHEMELESS[base.missing_scheme]
        yield f"A blank value {'is used as it is, and cannot work' if base.blank == 'broken' else 'counts as not set'}."
    else:
        yield "The address is written into each call; no variable changes it."
    yield f"White space around it is {'taken away' if base.trims else 'not taken away'}."


def _proxy(rules: ClientRules) -> Iterator[str]:
    proxy = rules.proxy
    if not proxy.https:
        yield "By itself it uses no proxy, whatever the variables say."
        return
    yield f"For https addresses it takes the first of these that is set: {', '.join(proxy.https)}."
    if proxy.http != proxy.https:
        yield f"For http addresses: {', '.join(proxy.http) or 'none'}."
    yield f"It can speak to proxies whose address begins with {_either([f'{scheme}://' for scheme in proxy.schemes])}."
    for package in sorted(set(proxy.needs.values())):
        needing = [f"{scheme}://" for scheme, needed in proxy.needs.items() if needed == package]
        yield f"For {_either(needing)} the package {package} must be installed beside it."
    yield words.SCHEMELESS[proxy.missing_scheme]
    if proxy.passed_over:
        yield f"{' and '.join(proxy.passed_over)} count for nothing where it cannot use their value."
    if proxy.blank == "cancels":
        yield "A blank variable in lower case cancels its twin in upper case."
    if proxy.unreadable_stops or proxy.every:
        yield "A value that it cannot use ends it, even where the list of exceptions spares the host."
    if proxy.system:
        yield "Where no variable is set it takes the proxy of the operating system's settings (macOS, Windows)."
    else:
        yield "It does not read the operating system's proxy settings."


def _exceptions(rules: ClientRules) -> Iterator[str]:
    yield f"It reads {_either(rules.proxy.no_proxy)}, the first that is set."
    yield words.MATCHERS[rules.proxy.matcher]
    if rules.proxy.fragile:
        yield "An entry that is an IPv6 address in brackets or a range of IPv6 addresses ends it."


def _trust(rules: ClientRules) -> Iterator[str]:
    trust = rules.trust
    yield f"It trusts {' and '.join(words.STORES[store] for store in trust.stores)}."
    if trust.store_variable:
        yield f"{trust.store_variable} chooses among them."
    if trust.extra:
        yield f"{_either(trust.extra)} adds authorities."
    if trust.replacing or trust.replacing_folder:
        yield f"{_either((*trust.replacing, *trust.replacing_folder))} replaces all of them, so its file must hold the public authorities too."
    if trust.replacing_may_be_folder:
        yield "It may name a folder as well as a file."
    if trust.system_file:
        yield f"{_either(trust.system_file)} {'stands in place of' if trust.system_replaced else 'adds to'} the system's store."
    yield words.BROKEN[trust.broken]


def _mutual(rules: ClientRules) -> Iterator[str]:
    if rules.mutual.certificate:
        yield f"{rules.mutual.certificate} and {rules.mutual.key} name the files of its certificate and key."
        yield words.BROKEN[rules.mutual.broken]


def _timeout(rules: ClientRules) -> Iterator[str]:
    if rules.timeout.variable:
        yield f"{rules.timeout.variable} sets it, in milliseconds."
        if rules.timeout.overflows:
            yield "A value over 2147483647 ends every request at once."
        if rules.timeout.stops:
            yield f"So does {_either([words.STOPS[stop] for stop in rules.timeout.stops])}."


def _headers(rules: ClientRules) -> Iterator[str]:
    if not rules.headers.by_itself:
        yield "Whoever calls must send anthropic-version and content-type."
    if rules.headers.custom:
        yield f"{rules.headers.custom} adds headers of your own; one of them that carries a key outranks the variables for keys."


def _first_run(rules: ClientRules) -> Iterator[str]:
    first = rules.first_run
    if first.urls:
        yield "Only an interactive start makes this check; a run with -p never does."
        yield f"It is over once hasCompletedOnboarding stands in {first.state_file}: a new container, another home folder or /logout bring it back."
    if first.skipped_with:
        yield f"It is left out with {_either([words.SKIPPED[word] for word in first.skipped_with])}; an API key alone does not leave it out."


def _difference(entry: Table, rules: ClientRules) -> Difference:
    parts = dict.fromkeys(words.PARTS[name] for name in entry if name in words.PARTS)
    return Difference(scope(entry, rules.package.runtime), tuple(parts), str(entry.get("why", "")))


def _fault(entry: Table, rules: ClientRules) -> Fault:
    says = str(entry["says"])
    return Fault(
        scope(entry, rules.package.runtime),
        says[:1].upper() + says[1:] + "."
        if says.partition(" ")[0].isalpha() and says.partition(" ")[0].islower()
        else says + ".",
        words.BREAKS.get(str(entry.get("breaks", "")), ""),
        str(entry.get("mended_in", "")),
        str(entry.get("source", "")),
    )


def scope(entry: Table, runtime: str) -> str:
    """For which versions, builds, runtimes and settings an entry holds: ``From 2.1.23 to before 2.1.38, native build``."""
    said = [_range(entry, ""), words.BUILDS[entry["build"]] if "build" in entry else ""]
    below = _range(entry, "runtime_")
    said.append(f"on {words.RUNTIMES[runtime]} {below}" if below else "")
    said += [f"with {package} {_range(limits, '')}" for package, limits in entry.get("beside", {}).items()]
    if "variable" in entry:
        said.append(f"where {entry['variable']} {_value(entry['matches'])}")
    text = ", ".join(part for part in said if part)
    return text[:1].upper() + text[1:] if text else "Every version"


def _range(entry: Table, of: str) -> str:
    since, before, gap = entry.get(f"{of}since"), entry.get(f"{of}before"), entry.get(f"{of}gap")
    if not since and not before:
        return ""
    said = f"from {since} to before {before}" if since and before else f"from {since}" if since else f"before {before}"
    return said + (f" (not from {gap[0]} to before {gap[1]})" if gap else "")


def _value(pattern: str) -> str:
    """A condition's pattern in words: ``^1$`` is "is 1", ``(^|\\s)--use-env-proxy(\\s|$)`` is "holds --use-env-proxy"."""
    if pattern == ".":
        return "has any value"
    bare = pattern.replace(r"(^|\s)", "").replace(r"(\s|$)", "").replace(r"\s*", "")
    first = re.sub(r"\(([^|()]*)\|[^()]*\)", r"\1", bare)
    return f"is {first.strip('^$')}" if first.startswith("^") else f"holds {first}"


def _filled(address: str) -> str:
    """The host of an address with {NAME:fallback}, as people read it: <NAME>."""
    return words.filled(address.partition("://")[2].partition("/")[0])


def _either(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} or {parts[-1]}"
