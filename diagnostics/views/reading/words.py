"""The words pages use for the closed lists of the engine, and how a fact's value is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from diagnostics.engine.facts import FACTS
from diagnostics.engine.phrases import PHRASES
from diagnostics.engine.wording import spoken

WHO: Mapping[str, str] = {
    "client": "You can change this yourself: it is this machine's own configuration.",
    "network": "Whoever runs the network in between can change this.",
    "provider": "The provider, or whoever owns the account there, can change this.",
    "request": "Whoever writes the calling code can change this.",
}

_GUARD = (
    "not tried: the address guard of this dashboard does not allow that network; "
    "whoever runs the dashboard can allow it with the setting ALLOWED_NETWORKS"
)
# Facts that the vocabulary explains beside their neighbours, or by their list of words: a page shows them alone.
_TITLES: Mapping[str, str] = {
    "config.client.version": "Version of the client",
    "config.client.build": "How the client was installed",
    "config.client.breaks": "What known defects of its version do",
    "config.client.defect": "The first of these defects",
    "config.client.mended_in": "Where that is mended",
    "config.runtime.version": "Version of the interpreter the client runs on",
    "config.mode": "How the client is used",
    "config.base_url.source": "Where the base URL was found",
    "config.base_url.default": "The base URL is the client's own default",
    "config.base_url.problems": "What is wrong with the base URL",
    "config.base_url.vendor": "Vendor that owns the host of the base URL",
    "config.key.source": "Where the key was found",
    "config.key.headers": "Headers the key goes in",
    "config.key.shape": "Shape of the key",
    "config.key.fingerprint": "Fingerprint of the key",
    "config.key.length": "Length of the key in characters",
    "config.key.type": "Type of the key, by its shape",
    "config.key.vendor": "Vendor of the key, by its shape",
    "config.key.problems": "What is wrong with the key",
    "config.headers.problems": "What is wrong with the headers",
    "config.headers.told": "What is wrong with the headers, in words",
    "config.proxy.url": "Proxy that is set",
    "config.proxy.source": "Where the proxy was found",
    "config.proxy.credentials": "Fingerprint of the proxy's credentials",
    "config.trust.sets": "What the client trusts",
    "config.proxy.problems": "What is wrong with the proxy setting",
    "config.ca.problems": "What is wrong with the CA files",
    "control.reached": "Control hosts that gave the expected answer",
    "control.foreign": "Control hosts that answered with something else: a redirect, a page",
    "control.via_proxy": "Control hosts were asked through the proxy",
    "network.outside_answered": "Something beyond the first hop answered",
    "dns.independent.answered": "Other resolvers that answered",
    "dns.independent.exists": "Other resolvers say that the name exists",
    "edge.trace.listed": "The country is on the list of supported ones",
    "tcp.failure": "Why no connection was made",
    "tcp.v4.failure": "Why no connection over IPv4 was made",
    "tcp.v6.failure": "Why no connection over IPv6 was made",
    "proxy.tcp.failure": "Why no connection to the proxy was made",
    "tls.handshake.failure": "Why the handshake did not complete",
    "tls.large.failure": "Why no handshake with a large greeting completed",
    "tls.client.failure": "Why the client does not trust it",
    "tls.public.failure": "Why the public roots do not accept it",
    "tls.system.failure": "Why the operating system's store does not accept it",
    "api.models.failure": "Why the list of models gave no answer",
    "api.models.status": "Status of the list of models",
    "api.count_tokens.status": "Status of the count of tokens",
    "api.message.status": "Status of the message",
    "hello.api.status": "Status of the first-run check's first address",
    "hello.platform.status": "Status of the first-run check's second address",
    "api.models.accepted": "The API took the key and listed its models",
    "hello.api.answerer": "Who answered",
    "hello.platform.answerer": "Who answered",
    "api.models.answerer": "Who answered",
    "api.count_tokens.answerer": "Who answered",
    "api.message.answerer": "Who answered",
    "request.size": "Size of the request in bytes",
    "request.json": "The request is JSON",
    "request.parse.problem": "Why it is no JSON",
    "request.faults": "What no request may have",
    "request.likely": "What is not known to be taken",
    "request.doubtful": "What is not known to be taken by a message",
    "request.odd": "What may not be meant",
}

OUR_FAULTS = frozenset({"internal_error"})
_OUTCOMES: Mapping[str, str] = {
    failure: word
    for word, failures in {
        "No answer": "dns_timeout connect_timeout proxy_timeout tls_timeout http_timeout",
        "Refused": "dns_refused connect_refused connect_prohibited proxy_refused_tunnel tls_alert tls_client_certificate_required",
        "Cut off": "connect_reset proxy_closed tls_reset tls_closed http_reset http_closed",
        "Unreachable": "dns_unreachable host_unreachable network_unreachable address_unavailable",
        "Not found": "dns_nxdomain dns_no_data",
        "Failing": "dns_servfail",
        "Not usable": "dns_error proxy_garbled tls_not_tls http_garbled http_too_large http_redirect_loop",
        "Not trusted": "tls_unknown_authority tls_self_signed tls_expired tls_not_yet_valid tls_wrong_name tls_bad_certificate",
        "Not agreed": "tls_version tls_no_cipher",
        "Not tried": "guard",
        "Out of time": "deadline",
        "Stopped": "ended_early cancelled",
        "Not known": "internal_error io_error tls_trust_unusable",
    }.items()
    for failure in failures.split()
}
"""The state word of a check that failed without being a fault: silence alone is no answer, a refusal is one."""


def outcome(word: str | None) -> str:
    """What became of a check, in a word or two, by its failure word; a word of a later version is not known here."""
    return _OUTCOMES.get(word or "", "Not known")


def reason(word: str | None) -> str:
    """A failure word or a skip's reason as part of a sentence."""
    return _GUARD if word == "guard" else PHRASES.get(word or "", word or "")


def fact_title(name: str) -> str:
    """What a fact says, in words without their footnote; a name of a later version stands for itself."""
    if name in _TITLES:
        return _TITLES[name]
    return first_upper(FACTS[name][1].partition(";")[0]) if name in FACTS else name


def fact_value(name: str, value: Any) -> str:
    """A fact's value as a person reads it. Names of vendors stay slugs: titles are knowledge, which may change after the report was frozen."""
    if isinstance(value, float) and name.endswith("seconds"):
        return seconds(value)
    if name.endswith(".pem") and isinstance(value, Sequence) and not isinstance(value, str):
        return "\n".join(str(line) for line in value)  # as a file holds it, to be copied
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(spoken(name, (part,), {}) for part in value) or "none"
    return spoken(name, value, {})


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
