"""Which proxy this client would use for its API, and what is wrong with the setting."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Callable, Optional
from urllib.parse import unquote

from diagnostics.engine.environment.clients.rules import ProxyRules
from diagnostics.engine.environment.no_proxy import MATCHERS
from diagnostics.engine.environment.tool_proxies import ToolProxy
from diagnostics.engine.environment.urls import UnreadableUrl, Url, completed, parse, printable
from diagnostics.engine.environment.variables import Variable, Variables
from diagnostics.engine.records import FactValue, Origin, Proxy
from diagnostics.engine.secrets import Secret

NAMES = ("https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY")
_RULES = re.compile(r"(\.pac|/wpad\.dat)$", re.IGNORECASE)
_QUOTES = "'\"`“”‘’"


@dataclass(frozen=True)
class ProxyChoice:
    """The proxy, when one can be used, and the facts of how it was chosen."""

    proxy: Optional[Proxy]
    facts: Mapping[str, FactValue]

    @property
    def stops(self) -> bool:
        """The client stops at the setting and asks its target nothing, by no other way either."""
        return self.facts.get("config.proxy.stops") is True


def choose(variables: Variables, target: Optional[Origin], rules: ProxyRules, system: Mapping[str, str]) -> ProxyChoice:
    """The proxy for ``target``; where the target cannot be read, the one the client would use for https."""
    if rules.shell_only:
        variables = variables.of_the_shell()
    scheme = target.scheme if target is not None else "https"
    names = rules.http if scheme == "http" else rules.https
    spoiler = _spoiler(variables, rules)
    if spoiler is not None:
        return spoiler
    found = _first(variables, names, rules)
    if (
        found is None
        and rules.system
        and system.get(scheme, "").strip()
        and not any(variables.get(name) for name in NAMES)
    ):
        found = Variable(scheme, system[scheme], "operating system")
    if found is not None and found.name in rules.passed_over and _judge(found.value, rules)[1] is None:
        names, found = tuple(name for name in names if name not in rules.passed_over), None
    ignored = tuple(name for name in NAMES if name not in names and variables.get(name) is not None)
    if found is None:
        return ProxyChoice(None, {"config.proxy.present": False, "config.proxy.ignored": ignored})
    problems, url = _judge(found.value, rules)
    bypassed = target is not None and _bypassed(variables, target, rules)
    facts: dict[str, FactValue] = {
        "config.proxy.present": True,
        "config.proxy.variable": found.name,
        "config.proxy.source": found.source,
        "config.proxy.url": printable(found.value),
        "config.proxy.has_credentials": "@" in found.value,
        "config.proxy.problems": (*problems, *_cases_differ(variables, found, names)),
        "config.proxy.bypassed": bypassed,
        "config.proxy.stops": url is None and (not bypassed or _stops_unused(found.value, rules)),
        "config.proxy.ignored": ignored,
    }
    if url is not None:
        facts["config.proxy.scheme"] = url.scheme
        facts["config.proxy.lone_user"] = bool(url.userinfo) and not url.userinfo.partition(":")[2]
        if url.userinfo:
            facts["config.proxy.credentials"] = Secret(url.userinfo).fingerprint
        facts["config.proxy.address"] = _address(url.origin)
    else:
        facts.update(_address_meant(found.value))
    return ProxyChoice(_proxy(url, found.name, rules) if url is not None and not bypassed else None, facts)


def _spoiler(variables: Variables, rules: ProxyRules) -> Optional[ProxyChoice]:
    """A setting at which a client ends that sets up its proxies all at once, whichever of them it would need."""
    spared = _first(variables, rules.no_proxy, rules)
    entries = [entry.strip() for entry in spared.value.split(",")] if spared is not None else []
    if spared is not None and rules.fragile and "*" not in entries:
        unreadable = next((entry for entry in entries if re.search(rules.fragile, entry)), None)
        if unreadable is not None:
            return _stopping(spared.name, unreadable, ("no_proxy_entry",))
    if not rules.every or (rules.every == "unless_star" and "*" in entries):
        return None
    groups = dict.fromkeys(name.lower() for name in (*rules.https, *rules.http))
    for group in groups:
        found = _first(variables, tuple(name for name in NAMES if name.lower() == group), rules)
        problems, url = _judge(found.value, rules) if found is not None else ((), None)
        if found is not None and url is None:
            return _stopping(found.name, printable(found.value), problems)
    return None


def _stopping(variable: str, shown: str, problems: tuple[str, ...]) -> ProxyChoice:
    return ProxyChoice(
        None,
        {
            "config.proxy.present": variable in NAMES,
            "config.proxy.variable": variable,
            "config.proxy.url": shown,
            "config.proxy.problems": problems,
            "config.proxy.bypassed": False,
            "config.proxy.stops": True,
            "config.proxy.ignored": (),
            **(_address_meant(shown) if variable in NAMES else {}),
        },
    )


def unused(
    variables: Variables,
    target: Optional[Origin],
    rules: ProxyRules,
    system: Mapping[str, str],
    others: tuple[ToolProxy, ...] = (),
) -> Iterator[Proxy]:
    """Proxies that this client could use and does not use for ``target``, none where it uses one or stops at its setting.

    First the one that NO_PROXY passes over, then those of variables that it does not read, the operating system's, and last those of
    other programs' settings, as far as they hold no credentials: these were given to that program alone.
    """
    chosen = choose(variables, target, rules, system)
    if target is None or chosen.proxy is not None or chosen.stops:
        return
    named = [str(chosen.facts.get("config.proxy.variable", "")), *_words(chosen.facts["config.proxy.ignored"])]
    found = [variable for name in named if name and (variable := variables.get(name)) is not None]
    if target.scheme in system:
        found.append(Variable("operating system", system[target.scheme], "operating system"))
    found += [Variable(f"{one.program}'s settings", one.url, "") for one in others if "@" not in one.url]
    for variable in found:
        url = _judge(variable.value, rules)[1]
        if url is not None:
            yield _proxy(url, variable.name, rules)


def _words(value: FactValue) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, tuple) else ()


def _first(variables: Variables, names: tuple[str, ...], rules: ProxyRules) -> Optional[Variable]:
    cancelled = {
        name.lower() for name in names if rules.blank == "cancels" and name.islower() and _is_blank(variables, name)
    }
    return next(
        (found for name in names if name.lower() not in cancelled and (found := variables.get(name)) is not None), None
    )


def _is_blank(variables: Variables, name: str) -> bool:
    written = variables.written(name)
    return written is not None and not written.value


def _bypassed(variables: Variables, target: Origin, rules: ProxyRules) -> bool:
    found = _first(variables, rules.no_proxy, rules)
    return found is not None and MATCHERS[rules.matcher](found.value, target)


def _cases_differ(variables: Variables, found: Variable, names: tuple[str, ...]) -> tuple[str, ...]:
    twins = (variables.get(name) for name in names if name != found.name and name.lower() == found.name.lower())
    return ("cases_differ",) if any(twin is not None and twin.value != found.value for twin in twins) else ()


def _judge(value: str, rules: ProxyRules) -> tuple[tuple[str, ...], Optional[Url]]:
    """Words for what is wrong with the value for this client, and the URL as it would use it; None where it cannot."""
    marks = ["quotes"] if value.strip()[0] in _QUOTES or value.strip()[-1] in _QUOTES else []
    try:
        url = parse(completed(value, rules.missing_scheme), rules.parser)
    except UnreadableUrl as error:
        if re.search(r"\s", value):
            marks.append("whitespace")
        if not marks and "@" in value and error.problem != "no_scheme":
            return ("unescaped_credentials",), None
        return tuple(marks or [error.problem]), None
    if url.scheme not in rules.schemes:
        return (*marks, _unspoken(url.scheme, rules)), None
    if _is_cut_short(value, rules):
        return (*marks, "unescaped_credentials"), None  # a sign in them ended the host's name too early
    if _RULES.search(url.path):
        marks.append("pac_file")
    return (*marks, *(("unescaped_credentials",) if _is_undecodable(url, rules) else ())), url


def _unspoken(scheme: str, rules: ProxyRules) -> str:
    if scheme in rules.needs:
        return "socks_package_missing"
    return "socks_unsupported" if scheme.startswith("socks") else "unknown_scheme"


def without_missing(rules: ProxyRules, is_there: Callable[[str], bool]) -> ProxyRules:
    """The rules on a machine: a kind of proxy whose package is not there cannot be spoken."""
    missing = {scheme: package for scheme, package in rules.needs.items() if not is_there(package)}
    return replace(rules, schemes=tuple(scheme for scheme in rules.schemes if scheme not in missing), needs=missing)


def _is_cut_short(value: str, rules: ProxyRules) -> bool:
    """An at-sign stands behind the sign that ends an authority: what was meant for the password began a path."""
    ends = r"[/?#\\]" if rules.parser == "whatwg" else r"[/?#]"
    _, *beyond = re.split(ends, value.partition("://")[2] or value, maxsplit=1)
    return "@" in "".join(beyond)


def _address(origin: Origin) -> str:
    host = f"[{origin.host}]" if ":" in origin.host else origin.host
    return f"{host}:{origin.port}"


def _address_meant(value: str) -> dict[str, FactValue]:
    """Host and port of a setting that cannot be used as written, where both stand in it beyond doubt.

    What is wrong with it stands around them: quotes, a misspelt scheme, credentials that nobody can read. The port of a
    SOCKS proxy is none for HTTP.
    """
    bare = value.strip().strip(_QUOTES).strip()
    address = printable(bare).partition("://")[2] or printable(bare)
    try:
        url = parse(f"http://{address}", "whatwg")
    except UnreadableUrl:
        return {}
    beyond_doubt = url.port is not None and not url.path and not bare.lower().startswith("socks")
    return {"config.proxy.address": _address(url.origin)} if beyond_doubt else {}


def _stops_unused(value: str, rules: ProxyRules) -> bool:
    """The client reads the setting when it starts, and ends where that is of no use, whoever the proxy would be for."""
    if rules.unusable_stops:
        return True
    try:
        parse(completed(value, rules.missing_scheme), rules.parser)
    except UnreadableUrl:
        return rules.unreadable_stops
    return False


def _is_undecodable(url: Url, rules: ProxyRules) -> bool:
    """A lone percent sign: the proxy is used, and its credentials are left out, as JavaScript cannot decode them."""
    return rules.parser == "whatwg" and re.search(r"%(?![0-9A-Fa-f]{2})", url.userinfo) is not None


def _proxy(url: Url, variable: str, rules: ProxyRules) -> Proxy:
    name, _, word = ("", "", "") if _is_undecodable(url, rules) else url.userinfo.partition(":")
    return Proxy(
        origin=url.origin,
        variable=variable,
        username=Secret(unquote(name)) if name else None,
        password=Secret(unquote(word)) if word else None,
    )
