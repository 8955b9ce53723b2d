"""What the facts measured for one client say of the others on the same machine: ``outlooks``.

Nothing is asked for it. Of what was measured, that part is kept which the other client would meet as well; together with its own
configuration it is judged by the same knowledge. Beside it, an experiment may have tried just what the other does. What neither
shows is not known, and said so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Optional

from diagnostics.engine import causes, findings
from diagnostics.engine.differences import compared, way
from diagnostics.engine.library import Knowledge
from diagnostics.engine.phrases import PHRASES, TRUST_SETS
from diagnostics.engine.records import Facts, FactValue, OtherClient, Outlook
from diagnostics.engine.vocabulary import CALLS, HEALTHY, UNKNOWN

_CONFIGURED = "config."
_PROOFS = ("experiment.", "samples.")
_DIRECTLY = ("dns.", "tcp.v4.", "tcp.v6.", "tcp.connected", "tcp.failure")
_ABOVE_TLS = (*(f"{call}." for call in CALLS), "api.", "hello.", "edge.", "stream.")
_ON_THE_WAY = ("proxy", "middlebox", "portal", "edge", "edge_region")  # who answers whatever the credential
_WHOEVER_TRUSTS = ("tls_expired", "tls_not_yet_valid", "tls_wrong_name")


def outlooks(others: Sequence[OtherClient], facts: Facts, own_cause: str, knowledge: Knowledge) -> tuple[Outlook, ...]:
    """One for each of the ``others``, in their order; the same facts and knowledge always give the same."""
    return tuple(_outlook(other, facts, own_cause, knowledge) for other in others if other.name in knowledge.clients)


def _outlook(other: OtherClient, facts: Facts, own_cause: str, knowledge: Knowledge) -> Outlook:
    own = {name: value for name, value in facts.items() if name.startswith(_CONFIGURED)}
    theirs = {name: value for name, value in own.items() if name not in other.without} | dict(other.facts)
    differs = compared(own, theirs)
    met = {**_met(own, theirs, differs, facts), **theirs}
    found = findings.derive(met, knowledge)
    ranking = causes.rank(found, met, knowledge, ())
    problem = next((finding for finding in found if finding.level == "problem"), None)
    how = _how(theirs, differs)
    if ranking.cause == HEALTHY:
        return Outlook(other, "passes", differs, f"{how}, and nothing that was seen stops it.")
    if problem is not None and ranking.cause == own_cause != UNKNOWN:
        return Outlook(other, "fails", differs, f"The same stops it: {ranking.title}.")
    if problem is not None:
        named = problem.says if ranking.cause == UNKNOWN else f"{ranking.title}."
        return Outlook(other, "fails", differs, f"{how}. {named}")
    outlook, tried = _tried(own, theirs, differs, facts)
    return Outlook(other, outlook, differs, f"{how}{tried}")


def _met(own: Facts, theirs: Facts, differs: Sequence[str], facts: Facts) -> dict[str, FactValue]:
    """Measured facts that hold for the other client too."""
    measured = {name: value for name, value in facts.items() if not name.startswith((_CONFIGURED, *_PROOFS))}
    if "base_url" in differs or way(theirs) == "stops":
        return {}
    if way(own) != way(theirs):
        return _only(measured, _DIRECTLY) if way(theirs) == "direct" else {}
    if "addresses" in differs and facts.get("dns.system.v4") is True and facts.get("dns.system.v6") is True:
        return _only(measured, _DIRECTLY)
    if "trust" in differs and own.get("config.base_url.plain_http") is not True:
        measured = _as_trusted(own, theirs, measured)
    if "credential" in differs:
        kept = tuple(f"{call}." for call in CALLS if measured.get(f"{call}.answerer") in _ON_THE_WAY)
        measured = {
            name: value
            for name, value in measured.items()
            if not name.startswith("api.") or name.startswith(kept or ("-",))
        }
    return measured


def _as_trusted(own: Facts, theirs: Facts, measured: Mapping[str, FactValue]) -> dict[str, FactValue]:
    """The same certificate before other authorities: what is behind it counts only where they accept it too."""
    trusted, word = _trusts(own, theirs, measured)
    below = {name: value for name, value in measured.items() if not name.startswith(("tls.client.", "tls.completed."))}
    if trusted is True:
        return {**below, "tls.client.trusted": True}
    below = {name: value for name, value in below.items() if not name.startswith(_ABOVE_TLS)}
    if trusted is False:
        below["tls.client.trusted"] = False
        below["tls.client.failure"] = word
    return below


def _trusts(own: Facts, theirs: Facts, measured: Mapping[str, FactValue]) -> tuple[Optional[bool], str]:
    """Whether the other client accepts the certificate that was shown, and if not the word for it; None where nothing tells."""
    sets = _words(theirs.get("config.trust.sets"))
    judged = {
        name: (measured.get(f"tls.{name}.trusted"), str(measured.get(f"tls.{name}.failure", "")))
        for name in ("client", "public", "system")
    }
    if theirs.get("config.tls.verification_off") is True:
        return True, ""
    if judged["client"][0] is True and _trusts_as_much(own, theirs):
        return True, ""
    if any(judged[name][0] is True for name in ("public", "system") if name in sets):
        return True, ""
    if not sets:
        return False, "tls_trust_unusable"
    for trusted, word in judged.values():
        if trusted is False and word in _WHOEVER_TRUSTS:
            return False, word
    if set(sets) <= {"public", "system"} and all(judged[name][0] is False for name in sets):
        return False, judged[sets[0]][1]
    return None, ""


def _tried(own: Facts, theirs: Facts, differs: Sequence[str], facts: Facts) -> tuple[str, str]:
    """What an experiment shows that put just that in place which the other client has: an outlook, and the end of a sentence."""
    apart = {"proxy" if one == "no_proxy" else one for one in differs} - {"credential", "settings_file"}
    if apart > {"trust"} and _trusts_as_much(own, theirs):
        apart.remove("trust")
    factor = next((one for one in ("proxy", "base_url", "trust") if one in apart), None)
    answer = _answer(factor, own, theirs, facts) if factor is not None and not apart - {factor, "trust"} else None
    if factor is None or answer is None:
        return "unknown", "; whether that works was not tried."
    passes, after = answer
    if not passes and not (after.startswith("tls_") and apart > {factor}):
        return "fails", f": that was tried, and fails too ({PHRASES.get(after, after)})."
    if passes and apart == {factor}:
        return "passes", f": that was tried, and it answered ({after}). Its credential was not tried there."
    if passes:
        return (
            "unknown",
            f": that was tried, and it answered ({after}); whether the authorities that it trusts accept it was not.",
        )
    return "unknown", "; whether that works was not tried."


def _answer(factor: str, own: Facts, theirs: Facts, facts: Facts) -> Optional[tuple[bool, str]]:
    """Whether the way of the other client answered, and what came back, where just that way was tried."""
    passes = facts.get(f"experiment.{factor}.passes")
    if isinstance(passes, bool) and _is_what(factor, theirs, facts):
        return passes, str(facts.get(f"experiment.{factor}.after", "no answer"))
    asks_the_default = factor == "base_url" and theirs.get("config.base_url.default") is True
    if asks_the_default and own.get("config.proxy.present") is False and way(theirs) == "direct":
        said_hello = facts.get("hello.api.status") == 200 and facts.get("hello.api.answerer") == "provider"
        return (True, "200") if said_hello else None
    return None


def _is_what(factor: str, theirs: Facts, facts: Facts) -> bool:
    """The experiment of this factor put in place what the other client has."""
    put = str(facts.get(f"experiment.{factor}.to", ""))
    route, sets = way(theirs), _words(theirs.get("config.trust.sets"))
    wanted = {
        "proxy": (route.partition(" ")[0],),
        "base_url": (str(theirs.get("config.base_url.value", "")).rstrip("/"),),
        "trust": tuple(TRUST_SETS[one] for one in sets if one in TRUST_SETS),
    }[factor]
    return any(put == to or put.startswith(f"{to} (") for to in wanted if to)


def _trusts_as_much(own: Facts, theirs: Facts) -> bool:
    """It accepts at least what the client itself does."""
    if theirs.get("config.tls.verification_off") is True:
        return True
    sets = _words(own.get("config.trust.sets"))
    return own.get("config.tls.verification_off") is not True and set(sets) <= set(
        _words(theirs.get("config.trust.sets"))
    )


def _how(theirs: Facts, differs: Sequence[str]) -> str:
    """How the other client goes, by the first thing in which it differs."""
    if theirs.get("config.proxy.stops") is True:
        return f"It ends at {theirs.get('config.proxy.variable', 'its proxy setting')}"
    if "base_url" in differs:
        return f"It asks {theirs.get('config.base_url.value', 'another address')}"
    if {"proxy", "no_proxy"} & set(differs):
        if way(theirs) == "direct":
            return "It goes directly"
        return f"It goes through {theirs.get('config.proxy.url', 'a proxy')} ({theirs.get('config.proxy.variable', 'set')})"
    if "trust" in differs:
        sets = [TRUST_SETS.get(one, one) for one in _words(theirs.get("config.trust.sets"))]
        return f"It trusts {' and '.join(sets) or 'nobody'}"
    if "credential" in differs:
        return f"It sends {theirs['config.key.name']}" if "config.key.name" in theirs else "It finds no key"
    return "It goes the same way"


def _only(facts: Mapping[str, FactValue], starts: tuple[str, ...]) -> dict[str, FactValue]:
    return {name: value for name, value in facts.items() if name.startswith(starts)}


def _words(value: Optional[FactValue]) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, tuple) else ()
