"""In what two clients on one machine differ, told from their config facts alone."""

from __future__ import annotations

from diagnostics.engine.records import Facts, Origin
from diagnostics.engine.vocabulary import DIFFERENCES

_SHELL = ("environment", "default", "operating system")  # sources that are no file
_SOURCES = ("config.base_url.source", "config.key.source", "config.proxy.source")


def compared(own: Facts, theirs: Facts) -> tuple[str, ...]:
    """Words of ``vocabulary.DIFFERENCES``, in its order."""
    found = {
        "base_url": _differ(own, theirs, "config.base_url.value", "config.provider_switch"),
        "proxy": _proxy(own) != _proxy(theirs),
        "no_proxy": _proxy(own) == _proxy(theirs) and way(own) != way(theirs),
        "trust": _differ(own, theirs, "config.trust.sets", "config.tls.verification_off"),
        "credential": _credentials_differ(own, theirs),
        "settings_file": _files(own) != _files(theirs),
        "addresses": _differ(own, theirs, "config.client.first_address_only"),
    }
    return tuple(word for word in DIFFERENCES if found[word])


def way(facts: Facts) -> str:
    """How a client with these facts goes to its target: "direct", "stops", or the proxy's URL and the fingerprint of its credentials."""
    if facts.get("config.proxy.stops") is True:
        return "stops"
    if facts.get("config.proxy.present") is not True or facts.get("config.proxy.bypassed") is True:
        return "direct"
    return " ".join(part for part in (_proxy(facts), str(facts.get("config.proxy.credentials", ""))) if part)


def _proxy(facts: Facts) -> str:
    """The proxy that is set, bypassed or not; "" without one."""
    scheme, (host, _, port) = str(facts.get("config.proxy.scheme", "")), _split(facts)
    return str(Origin(scheme, host, int(port))) if port.isdigit() else str(facts.get("config.proxy.url", ""))


def _split(facts: Facts) -> tuple[str, str, str]:
    host, colon, port = str(facts.get("config.proxy.address", "")).rpartition(":")
    return host.strip("[]"), colon, port


def _credentials_differ(own: Facts, theirs: Facts) -> bool:
    """Another credential, or the same one in another header of a host that may look at the header."""
    if _differ(own, theirs, "config.key.present", "config.key.fingerprint", "config.key.along", "config.key.testable"):
        return True
    if own.get("config.key.fingerprint") is None and _differ(own, theirs, "config.key.source", "config.key.kind"):
        return True
    either = own.get("config.base_url.first_party") is True and own.get("config.key.type") == "api_key"
    return not either and _differ(own, theirs, "config.key.headers")


def _files(facts: Facts) -> frozenset[object]:
    """Settings files that something of the connection comes from."""
    return frozenset(facts[name] for name in _SOURCES if name in facts and facts[name] not in _SHELL)


def _differ(own: Facts, theirs: Facts, *names: str) -> bool:
    return any(own.get(name) != theirs.get(name) for name in names)
