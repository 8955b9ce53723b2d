"""Who spoke? One computed fact from an answer's headers, the shape of its body, and the certificate it came under.

The order of the tests is the argument: what only one speaker can say comes first, what anybody could say last.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Optional
from urllib.parse import urlsplit

from diagnostics.engine.net.http import Answer
from diagnostics.engine.net.proxy import title_of
from diagnostics.engine.probes import reference
from diagnostics.engine.probes.bodies import Body

_FILTERS = ("x-squid-error", "proxy-authenticate", "x-deny-reason")
_FILTER_FAMILIES = (
    *("x-bluecoat", "x-zscaler", "x-netskope", "x-websense", "x-forcepoint", "x-iboss", "x-mwg", "x-swg"),
    *("x-fortigate", "x-sophos", "x-ironport", "x-umbrella", "x-proxy-error", "x-block-reason"),
)
_FILTER_SERVERS = re.compile(
    r"zscaler|blue ?coat|proxysg|web gateway|skyhigh|forcepoint|websense|netskope|forti(gate|proxy|web)|sophos|squid|"
    r"tinyproxy|privoxy|ironport|iboss|barracuda|watchguard|umbrella|check ?point|mwg|trend ?micro|kerio|e2guardian",
    re.IGNORECASE,
)
"""Makes of filters, as a ``Server`` header names them. ``Via`` names them on what they only pass on as well."""
_EDGE_CODE = re.compile(r"^\s*error code: (1\d{3})\b")
_EDGE_TITLE = re.compile(r"Just a moment|Attention Required|Access denied.*Cloudflare|\| Cloudflare", re.IGNORECASE)
_GATEWAYS = ("litellm", "newapi")  # software that people run, not a vendor that owns hosts


@dataclass(frozen=True)
class Place:
    """Where the question went.

    ``vendor`` owns the host, None when nobody is known to; ``public``: its certificate ends in the public roots.
    """

    host: str
    vendor: Optional[str]
    public: Optional[bool]

    @property
    def first_party(self) -> bool:
        """The host is the first-party provider's own."""
        return self.vendor == reference.FIRST_PARTY


def who(answer: Answer, body: Body, place: Place) -> tuple[str, Optional[str]]:
    """The speaker (of ``vocabulary.ANSWERERS``), and the vendor whose form the answer has."""
    named = reference.vendor_of_headers(answer.headers)
    if body.is_error:
        named = reference.vendor_of_error(answer.status, body.kind, body.code, body.message) or named
    if _is_filter(answer) and named != reference.FIRST_PARTY:
        return "proxy", None
    if 300 <= answer.status < 400 and _leads_elsewhere(answer, place):
        return _redirector(answer, place), None
    if not place.first_party:
        return _elsewhere(answer, body, place, named)
    speaker = _first_party(answer, body, place, named)
    return speaker, reference.FIRST_PARTY if speaker in ("provider", "edge", "edge_region") else named


def _is_filter(answer: Answer) -> bool:
    return answer.status >= 400 and (
        any(name in _FILTERS or name.startswith(_FILTER_FAMILIES) for name in answer.headers)
        or _FILTER_SERVERS.search(answer.headers.get("server", "")) is not None
    )


def _leads_elsewhere(answer: Answer, place: Place) -> bool:
    host = location(answer)
    return bool(host) and host != place.host


def _redirector(answer: Answer, place: Place) -> str:
    if "app-unavailable-in-region" in answer.headers.get("location", ""):
        return "edge_region"
    if place.public is True:
        return "edge" if place.first_party else "gateway"
    return "portal" if place.first_party or place.vendor is not None else "gateway"


def _first_party(answer: Answer, body: Body, place: Place, named: Optional[str]) -> str:
    if named is not None and named != reference.FIRST_PARTY:
        return "other_vendor"
    by_edge = _has_edge_id(answer) or answer.headers.get("server", "").lower() == "cloudflare"
    if body.kind == "forbidden" and not body.enveloped and (place.public is not False or by_edge):
        return "edge_region"
    proven = named == reference.FIRST_PARTY or body.request_id.startswith("req_") or place.public is True
    if body.enveloped or (body.is_error and proven):
        return (
            "provider" if proven or place.public is None or answer.headers.get("server") == "cloudflare" else "gateway"
        )
    if body.data is not None and answer.status < 400 and (place.public is not False or proven or _is_own(body)):
        return "provider"
    if _is_edge(answer, body) and (place.public is not False or _has_edge_id(answer)):
        return "edge"
    return _stranger(answer, body, place)


def _has_edge_id(answer: Answer) -> bool:
    """It came by the provider's edge: whoever re-signs an answer passes its headers on."""
    return "cf-ray" in answer.headers


def _is_own(body: Body) -> bool:
    """A success in one of the forms of the provider's free calls; anybody's ``{"status": "blocked"}`` is none."""
    return isinstance(body.data, dict) and not {"message", "data", "input_tokens", "type"}.isdisjoint(body.data)


def _is_edge(answer: Answer, body: Body) -> bool:
    """The content delivery network in front of the provider: its challenge, its error page, its error code."""
    if "cf-mitigated" in answer.headers or _EDGE_CODE.match(answer.text):
        return True
    by_edge = answer.headers.get("server", "").lower() == "cloudflare"
    return answer.status >= 400 and (by_edge or (body.page and bool(_EDGE_TITLE.search(title_of(answer.text)))))


def _stranger(answer: Answer, body: Body, place: Place) -> str:
    """Something else answers under the provider's name, unless the certificate says that it is the provider."""
    if place.public is True:
        return "provider" if answer.status >= 400 else "unknown"
    if place.public is None and not body.page:
        return "unknown"
    return "portal" if answer.status < 400 and body.page else "middlebox"


def _elsewhere(answer: Answer, body: Body, place: Place, named: Optional[str]) -> tuple[str, Optional[str]]:
    vendor = named if named not in (None, reference.FIRST_PARTY) else place.vendor
    if vendor in _GATEWAYS:
        return "gateway", vendor
    if body.enveloped:
        return "gateway", vendor
    if vendor is not None and (body.data is not None or place.public is not False):
        return ("gateway" if _is_compatible(body) else "other_vendor"), vendor
    if vendor is not None:
        return ("portal" if answer.status < 400 and body.page else "middlebox"), None
    return "gateway", None


def _is_compatible(body: Body) -> bool:
    """An Anthropic-shaped success: a list of models with its cursor, a count of tokens, or a message."""
    return isinstance(body.data, dict) and (
        "input_tokens" in body.data
        or ("data" in body.data and "has_more" in body.data)
        or body.data.get("type") == "message"
    )


def location(answer: Answer) -> str:
    """Host that a redirect leads to, empty where it names none."""
    try:
        return (urlsplit(answer.headers.get("location", "")).hostname or "").lower()
    except ValueError:
        return ""


def edge_code(answer: Answer) -> str:
    """Number of an ``error code: 10xx`` answer, empty for another."""
    found = _EDGE_CODE.match(answer.text)
    return found.group(1) if found else ""
