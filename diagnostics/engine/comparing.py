"""Two reports side by side: which facts differ and matter, and how near each stands to what fails.

A difference matters where it is one of the settings, or where some condition of the knowledge holds for one value and not for the
other: two addresses of the same kind are no difference, 24 ms and 31 ms are none either. Pure: two reports and the knowledge in, rows out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Optional

from diagnostics.engine import matching
from diagnostics.engine.library import Knowledge
from diagnostics.engine.matching import Condition
from diagnostics.engine.proofs import counting
from diagnostics.engine.records import FactValue
from diagnostics.engine.vocabulary import HEALTHY, LAYERS, UNKNOWN

Report = Mapping[str, Any]

DECIDES, EXPLAINS, BESIDE, FOLLOWS = "decides", "explains", "beside", "follows"
BEARINGS = (DECIDES, EXPLAINS, BESIDE, FOLLOWS)
"""How near a difference stands to the fault: the verdict rests on it; it stands before the fault on the path and could be its reason; it
stands elsewhere; it was measured on one side only, since the fault stopped what comes after or was looked into. Nearest first."""

_SETTING = "config."
# Settings that everything on the path comes from, whatever fails; others stand where their layer stands.
_BEFORE_ALL = ("config.client", "config.runtime", "config.base_url", "config.mode")
_FINGERPRINTS = ("config.key.fingerprint", "config.proxy.credentials")
# What describes another fact and would tell the same change twice, or changes with every installation.
_DERIVED = (
    "config.key.shape", "config.key.length", "config.base_url.host", "config.proxy.address", "config.client.newest_way", "config.key.present",
)  # fmt: skip
_LAYER_OF = {
    "config.proxy": "proxy",
    "config.trust": "tls",
    "config.ca": "tls",
    "config.tls": "tls",
    "config.mtls": "tls",
    "config.key": "auth",
    "config.headers": "request",
    "config.model": "request",
    "config.client": "client",
    "config.runtime": "client",
    "config.base_url": "gateway",
    "control": "network",
    "network": "network",
    "clock": "tls",
    "hello": "http",
    "edge": "geo",
    "api": "auth",
    "service": "service",
    "client": "client",
    "request": "request",
}


@dataclass(frozen=True)
class Difference:
    """One fact on both sides; None where it was not measured. ``bearing`` is one of ``BEARINGS``."""

    fact: str
    left: Optional[FactValue]
    right: Optional[FactValue]
    bearing: str

    @property
    def is_setting(self) -> bool:
        """Whether somebody can have changed it, rather than measured it."""
        return self.fact.startswith(_SETTING)


@dataclass(frozen=True)
class Comparison:
    """Differences, nearest to the fault first, and the secrets that are proven to be the same, or not, on both sides.

    ``alike``: both fail, and by the same cause, so that no difference explains it. ``failing`` and ``works`` count the sides.
    """

    differences: tuple[Difference, ...]
    same_secrets: tuple[str, ...]
    other_secrets: tuple[str, ...] = ()
    layer: str = ""
    failing: int = 0
    alike: bool = False

    @property
    def near(self) -> tuple[Difference, ...]:
        """Those that could have to do with the fault."""
        return tuple(one for one in self.differences if one.bearing in (DECIDES, EXPLAINS))

    @property
    def reason(self) -> Optional[Difference]:
        """The one difference that explains the failing layer best: a setting that the verdict rests on, else one of that layer, else
        one before it, else what was measured there. None where none can.
        """
        if self.alike or not self.failing:
            return None
        return min(self.near, key=self._rank, default=None)

    def in_layer(self, one: Difference) -> bool:
        """Whether it belongs to the layer that fails."""
        return bool(self.layer) and _layer_of(one.fact) == self.layer

    def _rank(self, one: Difference) -> tuple[bool, bool, bool, bool]:
        """What somebody wrote stands before what the rules made of it: a base URL before "is the vendor's own"."""
        judged = isinstance(one.left, bool) or isinstance(one.right, bool)
        return (not one.is_setting, one.bearing != DECIDES, judged, not self.in_layer(one))


def compare(left: Report, right: Report, knowledge: Knowledge) -> Comparison:
    """What differs between two reports, seen from the one that fails; where both do, from the right one."""
    first, second = _facts(left), _facts(right)
    failing = right if _fails(right) or not _fails(left) else left
    tests = _tests(knowledge)
    names = [name for name in {**first, **second} if _matters(name, first.get(name), second.get(name), tests)]
    names = [name for name in names if not _only_describes(name, first, second)]
    bearing = _Bearing(failing, first.keys() & second.keys())
    found = [Difference(name, first.get(name), second.get(name), bearing.of(name)) for name in names]
    found.sort(key=lambda one: (BEARINGS.index(one.bearing), *bearing.distance(one.fact), one.fact))
    told = [name for name in _FINGERPRINTS if first.get(name) is not None and second.get(name) is not None]
    return Comparison(
        differences=tuple(found),
        same_secrets=tuple(name for name in told if first[name] == second[name]),
        other_secrets=tuple(name for name in told if first[name] != second[name]),
        layer=str(failing["verdict"].get("layer") or "") if _fails(failing) else "",
        failing=_fails(left) + _fails(right),
        alike=_fails(left) and left["verdict"]["cause"] == right["verdict"]["cause"],
    )


def _facts(report: Report) -> dict[str, FactValue]:
    found: dict[str, FactValue] = {}
    for attempt in report.get("attempts", ()):
        facts = {name: tuple(value) if isinstance(value, list) else value for name, value in attempt["facts"].items()}
        found.update(counting(attempt.get("variant", ""), facts, found))
    return {name: value for name, value in found.items() if not name.startswith("experiment.")}


def _fails(report: Report) -> bool:
    return bool(report["verdict"]["cause"] != HEALTHY)


def _tests(knowledge: Knowledge) -> dict[str, list[Condition]]:
    """Fact name -> every single test that the knowledge makes of it."""
    made: dict[str, list[Condition]] = {}
    for condition in _conditions(knowledge):
        for leaf in matching.leaves(condition):
            made.setdefault(leaf["fact"], []).append(leaf)
    return made


def _conditions(knowledge: Knowledge) -> Iterator[Condition]:
    yield from (sign.when for sign in knowledge.signatures)
    for cause in knowledge.causes.values():
        yield from (variant.when for variant in cause.variants)
        if cause.requires is not None:
            yield cause.requires


def _matters(
    name: str, left: Optional[FactValue], right: Optional[FactValue], tests: Mapping[str, list[Condition]]
) -> bool:
    if left == right or name in _DERIVED:
        return False
    if name.startswith(_SETTING):
        return True
    first, second = ({name: value} if value is not None else {} for value in (left, right))
    return any(matching.holds(leaf, first) is not matching.holds(leaf, second) for leaf in tests.get(name, ()))


def _only_describes(name: str, first: Mapping[str, FactValue], second: Mapping[str, FactValue]) -> bool:
    """Whether a fact tells how something is that only one side has: that it has it, and which, says the same once."""
    present = ".".join(name.split(".")[:2]) + ".present"
    differs = first.get(present) != second.get(present) and name.startswith(_SETTING) and name != present
    return differs and (name not in first or name not in second) and not name.endswith(".url")


class _Bearing:
    """How near facts stand to the fault of one report."""

    def __init__(self, failing: Report, on_both: Collection[str]) -> None:
        verdict = failing["verdict"]
        because = set(verdict["ranked"][0]["because"]) if verdict["cause"] not in (HEALTHY, UNKNOWN) else set()
        self._deciding = {name for one in failing["findings"] if one["code"] in because for name in one["facts"]}
        self._layer = verdict.get("layer")
        self._on_both = on_both

    def of(self, name: str) -> str:
        if name in self._deciding:
            return DECIDES
        if name.startswith(_SETTING):
            return EXPLAINS if self._stands_before(name) else BESIDE
        if name not in self._on_both:
            return FOLLOWS
        return EXPLAINS if self._layer and _place(name) <= LAYERS.index(self._layer) else BESIDE

    def _stands_before(self, setting: str) -> bool:
        """A model's name explains no failing handshake. Where no layer is named, every setting could."""
        before_all = setting.startswith(_BEFORE_ALL) or self._layer in (None, "config", "client")
        return before_all or _place(setting) <= LAYERS.index(self._layer)

    def distance(self, name: str) -> tuple[bool, bool, int]:
        """What belongs to the layer that fails first, then settings, then by the path."""
        return (_layer_of(name) != self._layer, not name.startswith(_SETTING), _place(name))


def _layer_of(name: str) -> str:
    parts = name.split(".")
    known = _LAYER_OF.get(".".join(parts[:2])) or _LAYER_OF.get(parts[0])
    return known or (parts[0] if parts[0] in LAYERS else "config")


def _place(name: str) -> int:
    return LAYERS.index(_layer_of(name))
