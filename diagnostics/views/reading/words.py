"""The words pages use for the closed lists of the engine, and how a fact's value is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from diagnostics.engine.library import load
from diagnostics.engine.vocabulary import FACTS
from diagnostics.engine.wording import spoken

WHO: Mapping[str, str] = {
    "client": "You can change this yourself: it is this machine's own configuration.",
    "network": "Whoever runs the network in between can change this.",
    "provider": "The provider, or whoever owns the account there, can change this.",
    "request": "Whoever writes the calling code can change this.",
}

FAILURES: Mapping[str, str] = {
    "dns_nxdomain": "the resolver says that the name does not exist",
    "dns_servfail": "the resolver could not find out",
    "dns_refused": "the resolver refused to answer",
    "dns_timeout": "the resolver did not answer in time",
    "dns_no_data": "the name has no address here",
    "dns_unreachable": "the resolver could not be reached",
    "dns_error": "the name could not be resolved",
    "connect_refused": "the connection was refused",
    "connect_timeout": "no answer to the connection",
    "connect_reset": "the connection was reset",
    "host_unreachable": "the host cannot be reached",
    "network_unreachable": "there is no route to that network",
    "connect_prohibited": "a filter on the way forbids the connection",
    "address_unavailable": "this machine has no address of that family",
    "proxy_refused_tunnel": "the proxy refused the tunnel",
    "proxy_garbled": "the proxy's answer could not be read",
    "proxy_closed": "the proxy closed the connection",
    "tls_unknown_authority": "signed by an authority that is not trusted here",
    "tls_self_signed": "the certificate signed itself",
    "tls_expired": "the certificate has expired",
    "tls_not_yet_valid": "the certificate is not valid yet",
    "tls_wrong_name": "the certificate belongs to another name",
    "tls_bad_certificate": "the certificate cannot be used",
    "tls_reset": "the connection was reset during the handshake",
    "tls_closed": "the connection was closed during the handshake",
    "tls_timeout": "the handshake did not finish in time",
    "tls_not_tls": "the other side does not speak TLS",
    "tls_version": "no TLS version in common",
    "tls_no_cipher": "no cipher in common",
    "tls_client_certificate_required": "the other side asks for a client certificate",
    "tls_alert": "the other side ended the handshake with an alert",
    "tls_trust_unusable": "the configured certificates cannot be used",
    "http_timeout": "no answer in time",
    "http_reset": "the connection was reset before the answer",
    "http_closed": "the connection was closed before the answer",
    "http_garbled": "the answer could not be read",
    "http_too_large": "the answer was too large to read",
    "http_redirect_loop": "redirected in a circle",
    "guard": "not tried: the address guard of this dashboard does not allow that network",
    "deadline": "stopped at the run's time limit",
    "cancelled": "stopped by hand",
    "internal_error": "our own fault: the probe broke",
    "io_error": "the system refused the operation",
}

OUR_FAULTS = frozenset({"internal_error"})


def reason(word: str | None) -> str:
    """A failure word or a skip's reason as part of a sentence."""
    if not word:
        return ""
    return FAILURES.get(word, word)


def fact_title(name: str) -> str:
    """What a fact says, in words without their footnote; a name of a later version stands for itself."""
    return first_upper(FACTS[name][1].partition(";")[0]) if name in FACTS else name


def fact_value(name: str, value: Any) -> str:
    """A fact's value as a person reads it."""
    if isinstance(value, float) and name.endswith("seconds"):
        return seconds(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(spoken(name, (part,), load().titles) for part in value) or "none"
    return spoken(name, value, load().titles)


def seconds(value: float) -> str:
    """A time span: 0.0123 -> "12 ms", 1.23 -> "1.23 s"."""
    if abs(value) < 0.9995:
        return f"{value * 1000:.0f} ms"
    return f"{value:.2f} s" if abs(value) < 60 else f"{value / 60:.0f} min"


def cause_words(code: str) -> str:
    """A cause code as words, where no stored title is at hand: proxy_auth_required -> "proxy auth required"."""
    return code.replace("_", " ")


def first_upper(text: str) -> str:
    """The same as the beginning of a sentence."""
    return text[:1].upper() + text[1:]
