"""What an experiment can change: one factor at a time, everything else as the client has it.

A flip says what is put in the place of what, and where the answer is known already. It names no cause: which flips are worth
their seconds is told by the knowledge, and what they prove is a fact.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Callable, Optional

from diagnostics.engine.net import dns as names
from diagnostics.engine.phrases import TRUST_SETS
from diagnostics.engine.probes import api, first_run
from diagnostics.engine.probes.base import stopped_by_proxy
from diagnostics.engine.probes.question import Question, failing
from diagnostics.engine.records import Credential, Environment, Facts, Proxy, TrustSettings
from diagnostics.engine.vocabulary import CONTROL

_REFUSED = (400, 401, 402, 403)  # answers of somebody who has looked at the credential
_UNSTEADY = ("_timeout", "_reset", "_closed", "_refused", "_unreachable", "_servfail")  # words of what may come and go


@dataclass(frozen=True)
class Outcome:
    """What became of a question: ``passes`` is None where the answer decides nothing, ``after`` a status or a failure word."""

    passes: Optional[bool]
    after: str
    answerer: Optional[str] = None


@dataclass(frozen=True)
class Flip:
    """One factor changed from ``origin`` to ``to``, in words; ``label`` tells it from others of its factor and names no host.

    ``environment`` is the client's with the one thing replaced, ``trust`` takes the place of what the client trusts the target
    by, ``addresses`` of those that its name has. ``known``: the run has measured this already, so nothing is asked again.
    """

    factor: str
    label: str
    origin: str
    to: str
    question: Question
    environment: Environment
    trust: Optional[TrustSettings] = None
    addresses: tuple[str, ...] = ()
    known: Optional[Outcome] = None

    @property
    def name(self) -> str:
        """How its attempt is called, in at most sixty characters."""
        return f"{self.factor}: {self.label}"[:60]


def flips(factor: str, environment: Environment, facts: Facts) -> Iterator[Flip]:
    """The flips of one factor that are possible after a run that found these facts, the likeliest to help first.

    Only the credential's own factor carries one; the others show the way without.
    """
    if factor == "credential":
        yield from _credential(environment, facts)
        return
    question = failing(environment, facts)
    if question is not None:
        yield from _ON_THE_WAY[factor](question, replace(environment, credentials=()), facts)


def unchanged(environment: Environment, facts: Facts) -> Optional[Flip]:
    """The same question with nothing changed, where it met silence or a cut; what somebody answers is the same a moment later."""
    question = failing(environment, facts)
    if question is None or question.origin is None or not question.before.endswith(_UNSTEADY):
        return None
    return Flip(CONTROL, "once more", "as configured", "as configured", question, replace(environment, credentials=()))


def _proxy(question: Question, environment: Environment, facts: Facts) -> Iterator[Flip]:
    origin = question.origin
    if origin is None or facts.get("config.base_url.loopback") is True:
        return
    used = environment.proxy_for.get(origin.host, environment.proxy)
    if used is not None or origin.host in environment.cut_off:
        around = replace(environment, proxy=None, proxy_for={}, cut_off=())
        was = str(used.origin) if used is not None else str(facts.get("config.proxy.url", "a setting it stops at"))
        known = _direct_way(facts) if origin == environment.origin else None
        yield Flip("proxy", "direct", was, "direct", question, around, known=known)
    elif origin == environment.origin:
        for other in environment.alternatives.proxies:
            through = replace(environment, proxy=other, proxy_for={})
            yield Flip("proxy", other.variable, "direct", named(other), question, through)


def named(proxy: Proxy) -> str:
    """A proxy and where it was found, without its credentials."""
    return f"{proxy.origin} ({proxy.variable})"


def _direct_way(facts: Facts) -> Optional[Outcome]:
    """Beside a proxy the direct way is tried too, as far as the connection."""
    word = facts.get("tcp.failure", facts.get("dns.system.failure"))
    return None if word is None or facts.get("tcp.connected") is True else Outcome(False, str(word))


def _family(question: Question, environment: Environment, facts: Facts) -> Iterator[Flip]:
    if question.origin is None or question.origin != environment.origin or environment.proxy is not None:
        return
    found = _addresses(facts, "dns.system.addresses")
    families = {
        "v4": tuple(address for address in found if ":" not in address),
        "v6": tuple(address for address in found if ":" in address),
    }
    if all(families.values()):
        for family, shown in (("v4", "IPv4 only"), ("v6", "IPv6 only")):
            word = facts.get(f"tcp.{family}.failure")
            known = Outcome(False, str(word)) if word is not None else None
            yield Flip("family", shown, "both", shown, question, environment, addresses=families[family], known=known)


def _addresses(facts: Facts, name: str) -> tuple[str, ...]:
    found = facts.get(name, ())
    return tuple(map(str, found)) if isinstance(found, tuple) else ()


def _trust(question: Question, environment: Environment, facts: Facts) -> Iterator[Flip]:
    if question.origin is None or not question.before.startswith("tls_"):
        return
    for store, settings in environment.alternatives.trust:
        word = (
            facts.get(f"tls.{store}.failure") if store in TRUST_SETS and question.origin == environment.origin else None
        )
        known = Outcome(False, str(word)) if word is not None and facts.get(f"tls.{store}.trusted") is False else None
        was = "the client's own authorities"
        yield Flip("trust", store, was, authorities(store), question, environment, settings, known=known)


def authorities(store: str) -> str:
    """A set of authorities in words: a store, or the file that a variable names."""
    return TRUST_SETS.get(store, f"the file of {store}")


def _resolver(question: Question, environment: Environment, facts: Facts) -> Iterator[Flip]:
    origin = question.origin
    if origin is None or origin != environment.origin or environment.proxy is not None or names.literal(origin.host):
        return
    system = _addresses(facts, "dns.system.addresses")
    others = tuple(each for each in _addresses(facts, "dns.independent.addresses") if each not in system)
    if others and stopped_by_proxy(environment) is None:
        was = ", ".join(system[:2]) or "this machine's resolver"
        yield Flip("resolver", "independent", was, ", ".join(others[:2]), question, environment, addresses=others)


def _base_url(question: Question, environment: Environment, facts: Facts) -> Iterator[Flip]:
    default = environment.alternatives.base_url
    if default != first_run.API or stopped_by_proxy(environment, default.host) is not None:
        return
    was, to = environment.base_url, str(default)
    if environment.origin == default:  # its path is at fault
        asked = replace(question, probe="api.models", origin=default, path=api.MODELS_PATH)
        yield Flip("base_url", "default", was, to, asked, replace(environment, base_path=""))
        return
    known = None
    if "hello.api.status" in facts or "hello.api.failure" in facts:
        well = facts.get("hello.api.status") == 200 and facts.get("hello.api.answerer") == "provider"
        known = Outcome(well, str(facts.get("hello.api.failure", facts.get("hello.api.status"))))
    asked = replace(question, probe="hello.api", origin=default, path=first_run.API_PATH)
    yield Flip("base_url", "default", was, to, asked, environment, known=known)


def _credential(environment: Environment, facts: Facts) -> Iterator[Flip]:
    """Each of the others in the winner's place; where two go together, each of these alone."""
    held, status = environment.credentials, facts.get("api.models.status")
    if not held or status not in _REFUSED or environment.origin is None or stopped_by_proxy(environment) is not None:
        return
    together = any(credential.beside for credential in held)
    was = " and ".join(each.name for each in held if each is held[0] or each.beside)
    told = {name: value for name, value in environment.facts.items() if not name.startswith("config.key.")}
    question = Question("api.models", environment.origin, api.MODELS_PATH, str(status))
    for credential in held if together else held[1:]:
        if credential.stays is None and credential.secret and (together or credential.secret != held[0].secret):
            alone = replace(environment, credentials=(replace(credential, beside=False),), facts=told)
            to = f"{credential.name} alone" if together else _told_apart(credential, held[0])
            yield Flip("credential", to, was, to, question, alone)


def _told_apart(loser: Credential, winner: Credential) -> str:
    """The loser as people call it, with its place where the winner has the same name in a stronger one."""
    if loser.kind == "login":
        return "the stored login"
    return loser.name if loser.name != winner.name else f"{loser.name} from {loser.source}"


_ON_THE_WAY: dict[str, Callable[[Question, Environment, Facts], Iterator[Flip]]] = {
    "proxy": _proxy,
    "family": _family,
    "trust": _trust,
    "resolver": _resolver,
    "base_url": _base_url,
}
