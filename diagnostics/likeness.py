"""What makes two cases alike: the facts that decided, and those that name who stands in the way. Pure.

Traits are taken from a report once, when its case is opened, and compared among themselves ever after: no search reads reports.
Nothing that describes a credential is a trait, nor what differs from run to run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from diagnostics.engine.vocabulary import HEALTHY

Traits = Mapping[str, str | int | bool]

LAYER, FAILURE = "layer", "failure"  # traits that are no facts: where it broke, and how
MOST = 14
_LONGEST = 120
_CLIENT, _VERSION, _PROXY, _HOST = (
    "config.client.name",
    "config.client.version",
    "config.proxy.url",
    "config.base_url.host",
)
_ISSUERS = ("tls.chain.issuer", "tls.chain.fingerprint")
_PUBLIC, _COUNTRY = "tls.public.trusted", "edge.trace.country"
_ON_THE_WAY = frozenset({"network", "dns", "proxy", "tcp", "tls", "http", "geo", "gateway", ""})
"""Layers, none among them, where it matters who stands between client and API. An office's proxy makes two bad keys no more alike."""
_WEIGHTS = {LAYER: 1, _CLIENT: 1, _VERSION: 1, _HOST: 1, FAILURE: 2, _PROXY: 4, **dict.fromkeys(_ISSUERS, 5)}
_DECIDED = 3  # a fact that decided the verdict
_NEVER = ("config.key.", "config.proxy.credentials", "config.mtls.", "request.")
_FLEETING = ("seconds", "request_id", "edge_id", "retry_after", ".source", "length", "date", "_at")


def traits(report: Mapping[str, Any]) -> dict[str, str | int | bool]:
    """The traits of a report: facts behind its verdict, or behind every problem where the verdict is unknown."""
    facts: dict[str, Any] = {}
    for attempt in report.get("attempts", ()):
        if not attempt.get("variant"):
            facts |= attempt["facts"]
    found: dict[str, str | int | bool] = {}
    layer, deciding = report["verdict"].get("layer") or "", tuple(_deciding(report))
    for name in (*deciding, *_beside(facts, layer)):
        value = _fit(name, facts.get(name))
        if value is not None and len(found) < MOST:
            found[name] = value
    failed = _failure(report, deciding)
    return found | ({LAYER: layer} if layer else {}) | ({FAILURE: failed} if failed else {})


def _beside(facts: Mapping[str, Any], layer: str) -> Iterator[str]:
    """Facts that may be telling though they decided nothing: who stands in the way, where that matters, and who asks whom."""
    if layer in _ON_THE_WAY:
        yield from _ISSUERS if facts.get(_PUBLIC) is not True else ()
        yield _PROXY
    yield from (_HOST, *([_COUNTRY] if layer == "geo" else []), _CLIENT, _VERSION)


def _failure(report: Mapping[str, Any], deciding: Sequence[str]) -> str | None:
    """How it failed: the attempt that decided, or the first one where none did. Behind a proxy direct ones fail anyway."""
    failed = [one for one in report.get("attempts", ()) if one["status"] == "failed" and not one.get("variant")]
    if _because(report):
        failed = [one for one in failed if not set(deciding).isdisjoint(one["facts"])]
    return failed[0]["reason"] if failed else None


def telling(found: Traits) -> str:
    """The one trait by which a case is looked up: the issuer or proxy where there is one, else what decided, else the failure.

    Of several that decided the one that the report names first: so of traits that come from a report. A database keeps
    them in an order of its own, and beside them which one it was.
    """
    named = [name for name in (*_ISSUERS[:1], _PROXY) if name in found]
    decided = [name for name in found if name not in _WEIGHTS]
    best = next(iter([*named, *decided, *(name for name in (FAILURE, LAYER) if name in found)]), None)
    return _as_telling(best, found[best]) if best else ""


def may_be_telling(found: Traits, told: str) -> bool:
    """Whether it is one of these traits, in the form in which a case is looked up."""
    return told in {_as_telling(name, value) for name, value in found.items()}


def _as_telling(name: str, value: str | int | bool) -> str:
    return f"{name}={value}"[:160]


def agreement(one: Traits, other: Traits) -> tuple[int, tuple[str, ...]]:
    """How much of what counts is the same in both, and in which traits, the weightiest first. A version counts with its client only."""
    same = [name for name, value in one.items() if other.get(name) == value]
    if _CLIENT not in same and _VERSION in same:
        same.remove(_VERSION)
    same.sort(key=lambda name: -_weight(name))
    return sum(map(_weight, same)), tuple(same)


def telling_ones(same: Sequence[str]) -> tuple[str, ...]:
    """Those that are more than the same client asking the same host at the same layer."""
    return tuple(name for name in same if _weight(name) > 1)


def _weight(name: str) -> int:
    return _WEIGHTS.get(name, _DECIDED)


def _deciding(report: Mapping[str, Any]) -> Iterator[str]:
    because = _because(report)
    for finding in report.get("findings", ()):
        if finding["code"] in because or (not because and finding["level"] == "problem"):
            yield from finding["facts"]


def _because(report: Mapping[str, Any]) -> set[str]:
    return set((report["verdict"].get("ranked") or [{}])[0].get("because", ()))


def _fit(name: str, value: Any) -> str | int | bool | None:
    """The value as a trait; None where it is none."""
    if value is None or isinstance(value, float) or name.startswith(_NEVER) or name.endswith(_FLEETING):
        return None
    if name == _PROXY:
        parts = urlsplit(str(value))
        return parts.netloc.rpartition("@")[2][:_LONGEST] or None
    if isinstance(value, list | tuple):
        return ", ".join(sorted(map(str, value)))[:_LONGEST] or None
    return value[:_LONGEST] if isinstance(value, str) else value if isinstance(value, int) else None


def failed(report: Mapping[str, Any]) -> bool:
    """Whether the report names anything that could be alike."""
    return bool(report["verdict"]["cause"] != HEALTHY)
