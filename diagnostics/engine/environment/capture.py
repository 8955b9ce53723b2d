"""``capture()``: what this machine and its configuration look like to the client that hurts."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Optional, Protocol

from diagnostics.engine.environment import (
    alternatives,
    base_url,
    certificates,
    client_certificates,
    credentials,
    defects,
    desktop_proxies,
    headers,
    losers,
    proxies,
    shown,
    started,
    tool_proxies,
)
from diagnostics.engine.environment.asked import Asked
from diagnostics.engine.environment.clients import claude_code, curl
from diagnostics.engine.environment.clients.configuration import Configuration, from_variables
from diagnostics.engine.environment.clients.rules import ClientRules, Switch, TimeoutRules, rules_for
from diagnostics.engine.environment.credentials import Held
from diagnostics.engine.environment.identity import Identity, identify
from diagnostics.engine.environment.installed import beside
from diagnostics.engine.environment.kept import kept
from diagnostics.engine.environment.machine import Machine
from diagnostics.engine.environment.urls import parse
from diagnostics.engine.environment.variables import Variable, Variables
from diagnostics.engine.environment.vendors import Vendors
from diagnostics.engine.hiding import LONGEST, hiding_of
from diagnostics.engine.records import Client, Environment, FactValue, Origin
from diagnostics.engine.request import PROTOCOL
from diagnostics.engine.request.reading import Document, read_request

LONGEST_TIMEOUT = 2_147_483_647  # milliseconds; JavaScript timers take no more and fire at once
_GAP = re.compile(r"\{(\w+)(?::([^}]*))?\}")
_ON = ("1", "true", "yes", "on")
_MOST_IN_FILES = 2_000  # variables of settings files whose places are told
_GATHER: Mapping[str, Callable[[Asked, Machine, ClientRules], Configuration]] = {
    "claude_code": claude_code.gather,
    "curl": curl.gather,
    "variables": from_variables,
}


class Known(Protocol):
    """The part of the knowledge that capturing needs: plain tables of ``knowledge/{clients,providers,requests}``."""

    @property
    def clients(self) -> Mapping[str, Mapping[str, Any]]: ...

    @property
    def providers(self) -> Mapping[str, Mapping[str, Any]]: ...

    @property
    def requests(self) -> Mapping[str, Mapping[str, Any]]: ...


_SYSTEMS = {"linux": "linux", "darwin": "macos", "win32": "windows"}


def capture(asked: Asked, machine: Machine, knowledge: Known) -> Environment:
    """The environment of the asked client on this machine, by the client's own rules. Reads only; raises ``UnknownClient``."""
    identity = identify(asked, machine, knowledge.clients)
    vendors = Vendors(knowledge.providers)
    usual = rules_for(identity.table, identity.setup)
    found = _GATHER[usual.configuration](asked, machine, usual)
    rules = _rules_of(identity, found, machine)
    switch = _switch(found.variables, rules)
    written = _base_url(asked, found.variables, rules, switch)
    target = base_url.target(
        written, rules.base_url if switch is None else replace(rules.base_url, blank="broken"), vendors
    )
    found_keys = credentials.held(found, machine, rules, asked if switch is None else Asked())
    held = found_keys if switch is None else ()
    origin = target.url.origin if target.url is not None else None
    proxy = proxies.choose(found.variables, origin, rules.proxy, machine.system_proxies)
    checked = rules.first_run.urls if _checks_first_run(rules, held, switch) else ()
    first_run_counts = found.mode == "interactive" and bool(checked)
    trust = certificates.trust(found.variables, machine, rules.trust, found.unchecked)
    tools = tool_proxies.found(machine, identity.client.name)
    others = alternatives.of(found.variables, machine, rules, target, trust.settings, switch is not None, tools)
    elsewhere = _proxies_elsewhere(checked, others.base_url, found.variables, machine, rules)
    protocol = knowledge.requests[PROTOCOL]
    request = read_request(asked.request, protocol["largest"]) if asked.request is not None else None
    model = _model(asked, found, rules, request)
    sent = headers.held(asked, found.variables, rules)
    told: dict[str, FactValue] = {
        **_client_facts(identity.client, found, rules, switch),
        **identity.facts,
        **({"config.model": shown.shown("model", model, vendors)} if model is not None else {}),
        "config.first_run_counts": first_run_counts,
        **base_url.facts(target, vendors, switched=switch is not None),
        **_unread_base_url(asked, found.variables, rules),
        **_made_from(written, switch),
        **(credentials.facts(held, found, machine, rules, target, vendors) if switch is None else {}),
        **_fingerprint(held, asked.salt),
        **losers.facts(found_keys, found, machine, rules, target, vendors, switched=switch is not None),
        **headers.facts(sent, asked, rules, protocol["headers"], vendors),
        **_proxy_facts(proxy, elsewhere if first_run_counts else {}),
        "config.proxy.system": (*desktop_proxies.named(machine), *map(str, tools)),
        **({"config.proxy.alternative": str(others.proxies[0].origin)} if others.proxies else {}),
        **trust.facts,
        **client_certificates.facts(found.variables, machine, rules.mutual),
    }
    settings = shown.settings(found, rules, vendors, _unused(held, proxy, rules, switch))
    environment = Environment(
        client=identity.client,
        mode=found.mode,
        base_url=shown.shown(rules.base_url.variable, target.value, vendors),
        origin=origin,
        base_path=target.url.path if target.url is not None else "",
        proxy=proxy.proxy,
        proxy_for={host: one.proxy for host, one in elsewhere.items() if one.proxy != proxy.proxy},
        cut_off=_cut_off(origin, proxy, elsewhere),
        trust=trust.settings,
        credentials=losers.marked(held, rules, target, vendors),
        model=model if model is not None and not vendors.is_key(model) else None,
        model_as_sent=request is not None and not asked.model,
        headers=sent,
        headers_whole=headers.whole(asked, rules),
        streams=rules.headers.streams,
        request=request,
        settings=settings,
        kept=kept(found, asked, written, held, machine, rules, vendors),
        first_run_urls=checked,
        system=None if machine.in_memory else _SYSTEMS.get(machine.platform),
        alternatives=others,
        started=started.started(machine, rules, found, settings),
        facts={**told, **defects.facts(identity, found.variables, machine, origin, proxy, told)},
        salt=asked.salt,
    )
    return _without_secrets(environment)


def _without_secrets(environment: Environment) -> Environment:
    """The same with no known secret in any text that is shown: one may stand where nobody looks for it, such as a path."""
    hiding = hiding_of(environment)

    def clean(text: str) -> str:
        return hiding.hide(text, "", words=False)[0][:LONGEST]

    def cleaned(value: FactValue) -> FactValue:
        if isinstance(value, tuple):
            return tuple(clean(part) if isinstance(part, str) else part for part in value)
        return clean(value) if isinstance(value, str) else value

    return replace(
        environment,
        base_url=clean(environment.base_url),
        settings=tuple(replace(one, value=clean(one.value)) for one in environment.settings),
        facts={name: cleaned(value) for name, value in environment.facts.items()},
    )


def _rules_of(identity: Identity, found: Configuration, machine: Machine) -> ClientRules:
    """The rules as variables and the packages beside the client make them; a package is missing only where its folder was seen."""
    rules = rules_for(identity.table, replace(identity.setup, value=found.variables.value))
    package = identity.found
    if package is None or not rules.proxy.needs:
        return rules
    return replace(
        rules, proxy=proxies.without_missing(rules.proxy, lambda name: beside(package, name, machine) is not None)
    )


def _fingerprint(held: tuple[credentials.Held, ...], salt: str) -> dict[str, FactValue]:
    made = held[0].credential.secret.fingerprint_for(salt) if held and held[0].credential.secret else None
    return {} if made is None else {"config.key.fingerprint": made}


def _base_url(asked: Asked, variables: Variables, rules: ClientRules, switch: Optional[Switch]) -> Optional[Variable]:
    if asked.base_url is not None:
        return Variable(rules.base_url.variable, asked.base_url, "--base-url")
    if switch is None:
        return variables.written(rules.base_url.variable)
    own = variables.get(switch.base_url_variable) if switch.base_url_variable else None
    if own is not None:
        return own
    address = _filled(switch.base_url, variables)
    for written, meant in switch.rewrite.items():
        address = address.replace(written, meant)
    return Variable(switch.variable, address, switch.variable)


def _unread_base_url(asked: Asked, variables: Variables, rules: ClientRules) -> dict[str, FactValue]:
    unread = variables.get(rules.base_url.unread) if rules.base_url.unread and asked.base_url is None else None
    return {"config.base_url.unread": unread.name} if unread is not None else {}


def _made_from(written: Optional[Variable], switch: Optional[Switch]) -> dict[str, FactValue]:
    """The variable that makes the address of a cloud provider, where no variable of its own writes it."""
    made = switch is not None and written is not None and written.name == switch.variable
    gap = _GAP.search(switch.base_url) if switch is not None and made else None
    return {"config.base_url.made_from": gap[1]} if gap is not None else {}


def _filled(template: str, variables: Variables) -> str:
    """``{NAME}`` or ``{NAME:fallback}`` replaced by variables' values; "" when one without a fallback has none."""
    values = {part[0]: variables.value(part[0]) or part[1] for part in _GAP.findall(template)}
    return _GAP.sub(lambda part: values[part[1]], template) if all(values.values()) else ""


def _switch(variables: Variables, rules: ClientRules) -> Optional[Switch]:
    return next((switch for switch in rules.switches if _is_on(switch, variables)), None)


def _is_on(switch: Switch, variables: Variables) -> bool:
    return variables.value(switch.variable).strip().lower() in _ON


def _model(asked: Asked, found: Configuration, rules: ClientRules, request: Optional[Document]) -> Optional[str]:
    """The model that requests name: that of a given request rather than the configured one, which plays no part in it."""
    if asked.model:
        return asked.model
    if request is not None:
        named = request.value.get("model") if isinstance(request.value, dict) else None
        return named if isinstance(named, str) and named.strip() else None
    written = next((value for name in rules.model_variables if (value := found.variables.value(name))), None)
    configured = found.settings.get("model")
    return written or (configured if isinstance(configured, str) else None) or None


def _client_facts(
    client: Client, found: Configuration, rules: ClientRules, switch: Optional[Switch]
) -> dict[str, FactValue]:
    made: dict[str, FactValue] = {
        "config.client.name": client.name,
        "config.mode": found.mode,
        "config.settings.variables": _in_files(found.variables),
        "config.settings.broken": found.broken,
        **({"config.settings.broken_file": found.broken_file} if found.broken_file else {}),
        "config.settings.broken_matters": found.broken_matters,
        "config.settings.broken_stops": found.broken_stops,
        **_timeout(found.variables, rules.timeout),
        "config.client.first_address_only": rules.connecting.first_address_only,
    }
    if client.version is not None:
        made["config.client.version"] = client.version
    if found.onboarding_complete is not None:
        made["config.onboarding_complete"] = found.onboarding_complete
    if switch is not None:
        made["config.provider_switch"] = switch.provider
        beside = tuple(each.variable for each in rules.switches if each != switch and _is_on(each, found.variables))
        made["config.provider_switches_beside"] = beside
    return made


def _in_files(variables: Variables) -> tuple[str, ...]:
    """Where each variable is set that a file of settings sets: ``NAME in PLACE``, the strongest place first.

    Of a file with more variables than anybody writes, the first ones by name.
    """
    files = [layer for layer in variables.layers if layer.effective and layer.source.endswith(".json env")]
    names = sorted({name for layer in files for name in layer.values})[:_MOST_IN_FILES]
    return tuple(
        f"{name} in {found.source.removesuffix(' env')}"
        for name in names
        for found, effective in variables.everywhere(name)
        if effective
    )


def _proxies_elsewhere(
    urls: tuple[str, ...], default: Optional[Origin], variables: Variables, machine: Machine, rules: ClientRules
) -> dict[str, proxies.ProxyChoice]:
    """Other hosts that are asked (those of the first-run check, the client's own base URL) and the proxy for each.

    NO_PROXY may treat them unlike the target.
    """
    origins = [parse(url, rules.base_url.parser).origin for url in urls] + ([] if default is None else [default])
    return {origin.host: proxies.choose(variables, origin, rules.proxy, machine.system_proxies) for origin in origins}


def _proxy_facts(proxy: proxies.ProxyChoice, needed: Mapping[str, proxies.ProxyChoice]) -> dict[str, FactValue]:
    """The facts of the target's proxy; the client stops at the setting for a host of a check that it makes first, too."""
    stops = any(one.stops for one in (proxy, *needed.values()))
    return {**proxy.facts, "config.proxy.stops": True} if stops else dict(proxy.facts)


def _cut_off(
    target: Optional[Origin], proxy: proxies.ProxyChoice, elsewhere: Mapping[str, proxies.ProxyChoice]
) -> tuple[str, ...]:
    chosen = {**elsewhere, **({target.host: proxy} if target is not None else {})}
    return tuple(host for host, one in chosen.items() if one.stops)


def _unused(
    held: tuple[Held, ...], proxy: proxies.ProxyChoice, rules: ClientRules, switch: Optional[Switch]
) -> frozenset[str]:
    """Names of variables that lose against another name: proxies, credentials, and the base URL of a switched client."""
    used = {each.place.variable for each in held[:1]} | {each.place.variable for each in held if each.credential.beside}
    credentials_lost = {place.variable for place in rules.places} - used
    proxies_lost = set(proxies.NAMES) - {proxy.facts.get("config.proxy.variable")}
    base_url_lost = {rules.base_url.variable} if switch is not None else set()
    return frozenset(credentials_lost | proxies_lost | base_url_lost)


def _checks_first_run(rules: ClientRules, held: tuple[Held, ...], switch: Optional[Switch]) -> bool:
    """The client makes its first-run check at all: some credentials and every provider switch make it skip it."""
    present = {each.credential.kind for each in held} | ({"switch"} if switch is not None else set())
    return bool(rules.first_run.urls) and present.isdisjoint(rules.first_run.skipped_with)


def _timeout(variables: Variables, rules: TimeoutRules) -> dict[str, FactValue]:
    """What is wrong with the time limit for this version. Numbers are read as JavaScript reads them: 3e9 is one."""
    text = variables.value(rules.variable).strip()
    try:
        number: Optional[float] = float(text) if len(text) < 400 else math.inf
    except ValueError:
        number = None
    made: dict[str, FactValue] = {
        "config.timeout_overflow": bool(text) and rules.overflows and number is not None and number > LONGEST_TIMEOUT
    }
    word = "no_number" if number is None else "zero" if number == 0 else "negative" if number < 0 else ""
    if text and word in rules.stops:
        made["config.timeout_unusable"] = word
    elif text and number is not None and 0 < number <= LONGEST_TIMEOUT:
        made["config.time_limit_seconds"] = number / 1000
    return made
