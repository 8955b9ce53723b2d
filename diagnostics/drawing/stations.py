"""The path of a run as stations: what the client passes on its way to an answer, and how far it came.

Everything is read from a report as `troubleshooter.report/1`, whole or as far as a running one has come; the verdict
alone says which station is broken, attempts only say which were passed. Nothing here concludes anything of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from diagnostics.drawing.durations import duration

Report = Mapping[str, Any]


@dataclass(frozen=True)
class Station:
    """One stop on the path. ``state`` is a name of ``states.STATES``, ``href`` leads to its evidence.

    ``note`` is a few words below it, ``code`` something to be shown in mono there: an address, a host, a version.
    """

    key: str
    label: str
    state: str
    note: str = ""
    code: str = ""
    href: str = ""


@dataclass(frozen=True)
class Detour:
    """An experiment that passed: the line that bends around station number ``around``."""

    around: int
    says: str


@dataclass(frozen=True)
class Place:
    """A kind of station: the layers whose verdicts break it, and the probes of which any one passing is enough.

    ``families`` are the first words of all probes that look at it.
    """

    key: str
    label: str
    layers: tuple[str, ...]
    probes: tuple[str, ...]
    families: tuple[str, ...]


_MACHINE = Place("machine", "This machine", ("config", "client"), ("config",), ("config",))
_NETWORK = Place("network", "Network", ("network",), ("control.hosts",), ("control", "network"))
_NAME = Place("name", "Name", ("dns",), ("dns.system",), ("dns",))
_CONNECTION = Place("connection", "Connection", ("tcp",), ("tcp.v4", "tcp.v6"), ("tcp",))
_PROXY_NAME = replace(_NAME, probes=("proxy.dns",))
_PROXY = Place("proxy", "Proxy", ("proxy",), ("proxy.connect",), ("proxy",))
_PROXY_CONNECTION = replace(_CONNECTION, probes=("proxy.connect",))
_TLS = Place("tls", "TLS", ("tls",), ("tls.client",), ("tls", "clock"))
_EDGE = Place("edge", "Edge", ("http", "geo", "gateway"), ("edge.trace", "hello.api"), ("edge", "hello"))
_API = Place("api", "API", ("auth", "quota", "service"), ("api.models", "api.count_tokens"), ("api", "service"))
_ANSWER = Place("answer", "Answer", ("request",), ("api.message", "api.count_tokens", "api.models"), ("api", "request"))


def stations_of(report: Report) -> tuple[Station, ...]:
    """The stations of a report in the order in which its client meets them."""
    verdict = report.get("verdict") or {}
    facts = facts_of(report)
    places = _places(facts, verdict.get("layer"))
    attempts = {attempt["probe"]: attempt for attempt in plain_attempts(report)}
    passed = [_passed(place, attempts) for place in places]
    states = _states(places, passed, report)
    return tuple(_station(place, state, report, facts, attempts) for place, state in zip(places, states, strict=True))


def times_of(report: Report, stations: Sequence[Station]) -> tuple[tuple[str, float], ...]:
    """(label, seconds) of the stations that were reached, as the page tells them: by the probes of the client's own path alone."""
    facts = facts_of(report)
    places = _places(facts, (report.get("verdict") or {}).get("layer"))
    attempts = {attempt["probe"]: attempt for attempt in plain_attempts(report)}
    told: list[tuple[str, float]] = []
    counted: set[str] = set()  # one probe opens the tunnel and its connection: its time is told once
    for place, station in zip(places, stations, strict=True):
        mine = [] if station.state in ("unreached", "unknown") or place is _MACHINE else _timed(place, attempts)
        took = [float(one["seconds"]) for one in mine if one["probe"] not in counted]
        counted.update(one["probe"] for one in mine)
        if took and min(took) > 0:
            told.append((station.label, min(took)))
    return tuple(told)


def _timed(place: Place, attempts: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What was tried at a place to an end; the ones that came through, where any did."""
    tried = [attempts[probe] for probe in place.probes if attempts.get(probe, _UNTRIED)["status"] != "skipped"]
    return [one for one in tried if one["status"] == "done"] or tried


def detour_of(report: Report, stations: Sequence[Station]) -> Detour | None:
    """The first experiment that passed where the configured way did not, or None; nothing bends around the machine itself."""
    broken = broken_at(stations)
    for experiment in report.get("experiments", ()):
        if broken and passes(experiment["after"]) and not passes(experiment["before"]):
            changed, to = experiment["changed"].replace("_", " "), experiment["to"]
            how = f"without the {changed}" if to in ("", "none", "direct") else f"with {to} as {changed}"
            return Detour(broken, f"passes {how}: {experiment['after']}")
    return None


def refusal_of(attempt: Mapping[str, Any]) -> str:
    """Why an attempt did not come through, in words; empty when it did.

    One that is done may still have brought a refusal: a status beyond 2xx, a chain that is not trusted, no connection.
    """
    facts, probe = attempt.get("facts", {}), attempt["probe"]
    status = facts.get(f"{probe}.status")
    if attempt["status"] != "done" or any(facts.get(f"{probe}.{word}") is False for word in ("trusted", "connected")):
        return str(attempt.get("reason") or facts.get(f"{probe}.failure") or "failed").replace("_", " ")
    return f"answered {status}" if isinstance(status, int) and not 200 <= status < 300 else ""


_LAYER_WORDS = {"ok": "works", "problem": "broken", "skipped": "unreached", "unknown": "unknown"}


def stations_of_layers(layers: Sequence[Sequence[str]]) -> tuple[Station, ...]:
    """The stations of a list's row, from stored pairs of layer and ok, problem, skipped or unknown, one a station."""
    places = ((_place_of(layer), _LAYER_WORDS[word]) for layer, word in layers)
    return tuple(Station(place.key, place.label, state) for place, state in places)


def broken_at(stations: Sequence[Station]) -> int | None:
    """Number of the broken station, None when there is none."""
    return next((number for number, station in enumerate(stations) if station.state == "broken"), None)


def summary(stations: Sequence[Station]) -> str:
    """The drawing in one sentence, for those who do not see it."""
    broken = broken_at(stations)
    if broken is not None:
        passed = ", ".join(station.label for station in stations[:broken] if station.state in ("works", "warning"))
        return f"The path breaks at: {stations[broken].label}." + (f" Passed: {passed}." if passed else "")
    if any(station.state == "running" for station in stations):
        passed_count = sum(station.state == "works" for station in stations)
        return f"Checking the path: {passed_count} of {len(stations)} stations passed so far."
    unsure = [station.label for station in stations if station.state == "unknown"]
    if unsure:
        return f"The path is clear up to: {unsure[0]}. From there it is not known."
    return "The path is clear from this machine to the answer."


def breaks(report: Report, probe: str) -> bool:
    """Whether a probe that was refused looks at the station that the verdict names: then it is the loud one."""
    layer = (report.get("verdict") or {}).get("layer")
    return layer is not None and probe.partition(".")[0] in _place_of(layer).families


def plain_attempts(report: Report) -> list[Mapping[str, Any]]:
    """The attempts made as configured; those of an experiment changed a factor and say nothing of this path."""
    return [attempt for attempt in report.get("attempts", ()) if not attempt.get("variant")]


def facts_of(report: Report) -> dict[str, Any]:
    """All facts of a report in one, a later attempt's winning."""
    facts: dict[str, Any] = {}
    for attempt in plain_attempts(report):
        facts.update(attempt.get("facts", {}))
    return facts


# -- Which stations there are ----------------------------------------------------------------


def _places(facts: Mapping[str, Any], layer: str | None) -> tuple[Place, ...]:
    """With a proxy it is the proxy's name that this machine resolves, and the proxy that connects."""
    proxied = bool(facts.get("config.proxy.present")) and not facts.get("config.proxy.bypassed")
    first = (_MACHINE, _NETWORK) if layer == "network" else (_MACHINE,)
    if proxied or layer == "proxy":
        middle: tuple[Place, ...] = (_PROXY_NAME, _PROXY, _PROXY_CONNECTION)
    else:
        middle = (_NAME, _CONNECTION)
    return (*first, *middle, _TLS, _EDGE, _API, _ANSWER)


def _place_of(layer: str) -> Place:
    places = (_MACHINE, _NETWORK, _NAME, _PROXY, _CONNECTION, _TLS, _EDGE, _API, _ANSWER)
    return next(place for place in places if layer in place.layers)


def _label(place: Place, facts: Mapping[str, Any]) -> str:
    own_host = facts.get("config.base_url.first_party", True) or facts.get("config.base_url.compatible")
    return "Gateway" if place is _EDGE and not own_host else place.label


# -- How far the client came -----------------------------------------------------------------


def _passed(place: Place, attempts: Mapping[str, Any]) -> bool | None:
    """Whether one of the place's probes came through; None when none was tried to an end."""
    tried = [attempts[probe] for probe in place.probes if probe in attempts and attempts[probe]["status"] != "skipped"]
    return any(not refusal_of(attempt) for attempt in tried) if tried else None


def _states(places: Sequence[Place], passed: Sequence[bool | None], report: Report) -> list[str]:
    verdict = report.get("verdict") or {}
    if not verdict:
        return _running_states(passed)
    broken = next((number for number, place in enumerate(places) if verdict.get("layer") in place.layers), len(places))
    states: list[str] = []
    for number, place in enumerate(places):
        later = any(passed[number:broken])
        if number == broken:
            states.append("broken")
        elif number > broken and places[broken] is _MACHINE and passed[number] is not None:
            # What is wrong in the settings stops no probe: it went on, and these stations were reached.
            states.append("works" if passed[number] else "unknown")
        elif number > broken or (states and states[-1] in ("unknown", "unreached") and not later):
            states.append("unreached")
        elif passed[number] or (passed[number] is None and (later or broken < len(places))):
            states.append("warning" if _warned(place, report) else "works")
        else:
            states.append("warning" if later or verdict.get("cause") == "healthy" else "unknown")
    return states


def _running_states(passed: Sequence[bool | None]) -> list[str]:
    """While a run goes a failed station is a warning: only the verdict names the broken one."""
    states = ["waiting" if one is None else "works" if one else "warning" for one in passed]
    if "waiting" in states:
        states[states.index("waiting")] = "running"
    return states


def _warned(place: Place, report: Report) -> bool:
    return any(
        finding["level"] == "warning" and fact.startswith(tuple(f"{probe}." for probe in place.probes))
        for finding in report.get("findings", ())
        for fact in finding["facts"]
    )


def passes(answer: str) -> bool:
    """Whether an experiment's word for what came is that of a way that works; 401 is what nobody's question should get."""
    fine = ("ok", "passes", "works", "connected", "trusted", "401 without a key")
    return answer.startswith("2") or answer in fine


# -- What stands below a station -------------------------------------------------------------

_UNTRIED = {"status": "skipped"}
_EARLIER = {"proxy": ("proxy.dns", "proxy.tcp"), "tls": ("tls.handshake",)}
_OTHER_ANSWERS = {"edge": ("hello.platform", "api.models"), "connection": ("tls.handshake",)}


def _station(
    place: Place, state: str, report: Report, facts: Mapping[str, Any], attempts: Mapping[str, Any]
) -> Station:
    note, code = "", ""
    if state == "works":
        note, code = _passed_note(place, report, facts, attempts), _code(place, facts)
    elif state == "warning" and _passed(place, attempts):
        note = "with a warning"
    elif state in ("broken", "warning", "unknown"):
        note = _failure_note(place, state, attempts)
    href = next((f"#probe-{probe.replace('.', '-')}" for probe in place.probes if probe in attempts), "")
    return Station(place.key, _label(place, facts), state, "" if code else note, code, href)


def _failure_note(place: Place, state: str, attempts: Mapping[str, Any]) -> str:
    """Why the first probe that did not come through did not; the layer's own name needs no repeating."""
    others = _OTHER_ANSWERS.get(place.key, ()) if state == "broken" else ()
    for probe in (*_EARLIER.get(place.key, ()), *place.probes, *others):
        if probe in attempts and attempts[probe]["status"] != "skipped" and refusal_of(attempts[probe]):
            return refusal_of(attempts[probe]).removeprefix("tls ").removeprefix("dns ")
    return ""


def _passed_note(place: Place, report: Report, facts: Mapping[str, Any], attempts: Mapping[str, Any]) -> str:
    if place is _MACHINE:
        client = (report.get("run") or {}).get("client") or {}
        words = (str(client[word]) for word in ("name", "version") if client.get(word))
        return " ".join(dict.fromkeys(words))  # where both are hidden they are one word
    if place is _ANSWER:
        return "a real message" if facts.get("api.message.accepted") is True else "free calls only"
    if place is _EDGE and facts.get("edge.trace.country"):
        return f"seen in {facts['edge.trace.country']}"
    took = [one["seconds"] for one in _timed(place, attempts) if one["status"] == "done"]
    return duration(min(took)) if took and place is not _PROXY_CONNECTION else ""


def _code(place: Place, facts: Mapping[str, Any]) -> str:
    addresses = facts.get("dns.system.addresses") or ("",)
    shown = {
        "name": addresses[0] if place is _NAME else "",
        "proxy": str(facts.get("config.proxy.url", "")).rpartition("//")[2],
        "tls": facts.get("tls.handshake.version", ""),
    }
    return str(shown.get(place.key, ""))
