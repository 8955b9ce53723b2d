"""The target's certificate, looked at without trusting it, and judged by three sets of authorities."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import datetime
from typing import Callable, Optional

from diagnostics.engine.net import tls, trust
from diagnostics.engine.net.certificates import Certificate, Unreadable, pem, read
from diagnostics.engine.net.failures import JUDGEMENTS, Failure
from diagnostics.engine.probes.base import TUNNEL, Context, Probe, Result
from diagnostics.engine.probes.tcp import PATH
from diagnostics.engine.records import Environment, FactValue

LIMIT = 8.0
NAMES_MOST = 20
PEM_MOST = 120  # lines, some 5 kB of certificate


async def _handshake(context: Context) -> Result:
    """Only looks: nothing but the handshake is ever sent over a connection that was not verified."""
    try:
        route = context.route(trust.unverified())
        stream = await context.net.open(context.target, route, context.within(LIMIT), context.tell)
    except Failure as failure:
        facts: dict[str, FactValue] = {"tls.handshake.completed": False, "tls.handshake.failure": failure.word}
        return context.failing(failure, facts)
    assert isinstance(stream, tls.TlsStream)
    facts = {
        "tls.handshake.completed": True,
        "tls.handshake.version": stream.version,
        "tls.handshake.seconds": round(stream.seconds, 4),
    }
    chain = stream.chain()
    stream.close()
    return Result({**facts, **_chain_facts(context, chain)})


def _chain_facts(context: Context, chain: tuple[bytes, ...]) -> dict[str, FactValue]:
    try:
        leaf, last = read(chain[0]), read(chain[-1])
    except (IndexError, Unreadable) as error:
        context.tell("certificate unreadable", type(error).__name__)
        return {}
    context.shared.validity = (leaf.not_before.timestamp(), leaf.not_after.timestamp())
    facts: dict[str, FactValue] = {
        "tls.chain.subject": leaf.subject,
        "tls.chain.issuer": leaf.issuer,
        "tls.chain.names": (*leaf.names, *leaf.addresses)[:NAMES_MOST],
        "tls.chain.not_before": _shown(leaf.not_before),
        "tls.chain.not_after": _shown(leaf.not_after),
        "tls.chain.self_signed": leaf.self_issued,
        "tls.chain.logged": leaf.logged,
        "tls.chain.fingerprint": leaf.fingerprint,
        "tls.chain.name_matches": leaf.covers(context.target.host),
        "tls.chain.valid_now": leaf.valid_at(context.net.clock()),
    }
    if tls.TELLS_WHOLE_CHAIN:
        facts.update({"tls.chain.length": len(chain), "tls.chain.root": last.issuer})
    return facts if leaf.logged else {**facts, **_top_facts(last, chain[-1])}


def _top_facts(top: Certificate, der: bytes) -> dict[str, FactValue]:
    """The topmost certificate that was shown, for whoever has to say whose it is; a public authority's needs no telling."""
    facts: dict[str, FactValue] = {
        "tls.chain.top.subject": top.subject,
        "tls.chain.top.issuer": top.issuer,
        "tls.chain.top.not_before": _shown(top.not_before),
        "tls.chain.top.not_after": _shown(top.not_after),
        "tls.chain.top.fingerprint": top.fingerprint,
    }
    lines = tuple(pem(der).splitlines())
    return {**facts, "tls.chain.top.pem": lines} if len(lines) <= PEM_MOST else facts


def _shown(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


_VERDICTS = (*JUDGEMENTS, "tls_trust_unusable")
"""Any other failure says that it did not come to a judgement, and absent is not *no*."""


def _judged(name: str, trusted: Callable[[Context], trust.TrustSet]) -> Callable[[Context], Awaitable[Result]]:
    async def run(context: Context) -> Result:
        facts: dict[str, FactValue] = {}
        try:
            roots = trusted(context)
            if name == "tls.client":
                facts["tls.client.roots"] = trust.size(roots)
                if checks_nothing(context.environment):
                    return Result(facts, idle="this client checks no certificate")
            stream = await context.net.open(context.target, context.route(roots), context.within(LIMIT), context.tell)
        except Failure as failure:
            facts[f"{name}.failure"] = failure.word
            if failure.word in _VERDICTS and not _may_know_more(context, name, failure.word):
                facts[f"{name}.trusted"] = False
            return context.failing(failure, facts)
        stream.close()
        return Result({**facts, f"{name}.trusted": True})

    return run


def _may_know_more(context: Context, name: str, word: str) -> bool:
    """Whether the client may trust an authority that we cannot see, in a store whose files do not hold all of it."""
    trusts = context.environment.trust
    by_system = name == "tls.system" or (name == "tls.client" and "system" in trusts.stores and not trusts.replaced_by)
    unknown = word in ("tls_unknown_authority", "tls_self_signed")
    return unknown and by_system and not context.net.roots.system_is_whole


def checks_nothing(environment: Environment) -> bool:
    """The client goes on whatever certificate it is shown."""
    return environment.facts.get("config.tls.verification_off") is True


def plain(environment: Environment) -> Optional[str]:
    """Nothing to shake hands with where the base URL is plain HTTP, or names no host."""
    if environment.origin is None:
        return "the base URL names no host"
    return "the base URL is plain HTTP" if environment.origin.scheme == "http" else None


def _probe(name: str, title: str, run: Callable[[Context], Awaitable[Result]], quick: bool = True) -> Probe:
    return Probe(name, "tls", title, LIMIT + 1, run, ways=PATH, through_proxy=TUNNEL, idle=plain, quick=quick)


HANDSHAKE = _probe("tls.handshake", "The certificate that is shown, whoever signed it", _handshake)
CLIENT = _probe(
    "tls.client",
    "Whether this client trusts it",
    _judged("tls.client", lambda context: context.net.trust_of(context.environment.trust)),
)
PUBLIC = _probe(
    "tls.public",
    "Whether the public authorities vouch for it",
    _judged("tls.public", lambda context: context.net.roots.public()),
)
SYSTEM = _probe(
    "tls.system",
    "Whether this machine's own store trusts it",
    _judged("tls.system", lambda context: context.net.roots.system()),
    quick=False,
)
