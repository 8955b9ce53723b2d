"""Flat facts of a text, for the conditions of its wordings."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Optional

from diagnostics.engine import library
from diagnostics.engine.decoder.reading import Reading
from diagnostics.engine.decoder.signs import VENDORS, Seen, compiled
from diagnostics.engine.decoder.structures import Pair, Place, Status, pairs, places, statuses
from diagnostics.engine.records import Facts, FactValue

TEXT_FACTS: Mapping[str, tuple[str, str]] = {
    "text.signs": ("words", "codes of the wordings that were seen"),
    "text.status": ("int", "the last status of an answer that was an error, but for a proxy's to CONNECT"),
    "text.statuses": ("words", "every status of an answer"),
    "text.last_status": ("int", "the last status of an answer, whatever it is"),
    "text.tunnel_status": ("int", "the last status of an answer to CONNECT"),
    "text.error_types": ("words", "kinds and codes of error bodies"),
    "text.error_messages": ("words", "sentences of error bodies"),
    "text.enveloped": ("bool", "an error body has the form of the Anthropic API"),
    "text.body": ("bool", "there is an error body"),
    "text.page": ("bool", "there is a page of HTML"),
    "text.about_api": ("bool", "the text names an LLM API, or a client of one"),
    "text.hosts": ("words", "hosts that are named with a port, or in a URL"),
    "text.vendors": ("words", "vendors whose hosts are named"),
    "text.tried": ("words", "what was connected to: first_party vendor host loopback private zero public ipv6 fake_ip sinkhole"),
    "text.tried_host": ("str", "the host or address that the last failed connection was to"),
    "text.tried_port": ("int", "its port"),
    "text.refused_by": ("words", "vendors in whose own words something was refused"),
    "text.refusals": ("words", "what they refused: bad_key no_key no_model no_credit region overloaded"),
    "text.base_url": ("words", "what ANTHROPIC_BASE_URL or its like is set to: first_party vendor host loopback private malformed"),
    "text.proxy_set": ("bool", "a proxy variable is set in the text"),
    "text.proxy_hosts": ("words", "hosts that proxy variables name"),
    "text.tried_proxy": ("bool", "the failed connection was to the proxy that the text names"),
    "text.lines": ("int", "lines of the text that are not empty"),
    "text.characters": ("int", "length of the text"),
}
"""Name -> (kind, meaning); what is absent was not seen."""

_API = (
    r"anthropic|claude|openai|chatgpt|/v1/messages|/chat/completions|litellm|api error|gemini|generativelanguage|bedrock|vertex|deepseek|mistral|openrouter"
    r"|moonshot|dashscope|minimax|bigmodel|api\.z\.ai|\bllm\b|llm-|\bgpt-|codex|aider|copilot|ollama|langchain|groq|x\.ai|sk-ant|codewhisperer|siliconflow|cline|sonnet|opus|haiku"
)
_PROXY = r"(?:https?_proxy|all_proxy|--proxy|-x|proxy(?:url|_url|server)?)[\"']?\s?[:= ]\s?[\"']?(?:[a-z0-9]+://)?(?:[^\s/@\"']{0,80}@)?(?P<host>[a-z0-9._-]{2,80}|\[[0-9a-f:]+\])(?::\d{2,5})"
_BASE = r"(?:base_url|base_uri|api_base|baseurl|api_host|apibase|endpoint)[\"']?\s?[:=]\s?[\"']?(?P<url>[^\s\"',;)]{3,200})"
_KINDS = ("type", "__type", "code", "status", "error", "error_code", "errorcode", "reason", "name")
_SENTENCES = ("message", "msg", "detail", "error_description", "error")


def facts_of(reading: Reading, seen: Sequence[Seen]) -> dict[str, FactValue]:
    """Everything but ``text.signs`` of derived wordings."""
    view = reading.spaced
    made: dict[str, FactValue] = {"text.signs": tuple(dict.fromkeys(one.sign.code for one in seen))}
    made["text.lines"], made["text.characters"] = len(view.starts), len(view.text)
    found = list(places(view))
    made.update(_of_statuses(list(statuses(view)) or list(statuses(reading.tight))))
    told = [*pairs(view), *pairs(reading.tight)]
    made.update(_of_bodies(told, "<html" in view.lowered or "<!doctype html" in view.lowered))
    made["text.about_api"] = compiled(_API).search(view.lowered) is not None
    made.update(_of_settings(view.lowered))
    made.update(_of_places(found, seen, made))
    made.update(_of_vendors(seen))
    return made


def _of_vendors(seen: Sequence[Seen]) -> Facts:
    """Refusals in the words that ``knowledge/providers`` has of a vendor; the signs' codes are ``vendor.<name>.<refusal>``."""
    told = [one.sign.code.split(".") for one in seen if one.sign.code.startswith(VENDORS)]
    if not told:
        return {}
    return {"text.refused_by": tuple(dict.fromkeys(one[1] for one in told)), "text.refusals": tuple(dict.fromkeys(one[2] for one in told))}


def _of_statuses(found: Sequence[Status]) -> Facts:
    made: dict[str, FactValue] = {}
    answers = [one.number for one in found if not one.tunnel]
    if answers:
        made["text.statuses"], made["text.last_status"] = tuple(dict.fromkeys(map(str, answers))), answers[-1]
    errors = [number for number in answers if number >= 400]
    if errors:
        made["text.status"] = errors[-1]
    tunnel = [one.number for one in found if one.tunnel and one.number >= 300]
    if tunnel:
        made["text.tunnel_status"] = tunnel[-1]
    return made


def _of_bodies(told: Sequence[Pair], page: bool) -> Facts:
    made: dict[str, FactValue] = {"text.page": page}
    kinds = tuple(dict.fromkeys(one.value.lower()[:80] for one in told if one.name in _KINDS and " " not in one.value.strip()))
    sentences = tuple(dict.fromkeys(one.value[:300] for one in told if one.name in _SENTENCES and " " in one.value.strip()))
    if kinds:
        made["text.error_types"] = kinds[:40]
    if sentences:
        made["text.error_messages"] = sentences[:40]
    made["text.body"] = bool(kinds and (sentences or "error" in kinds))
    made["text.enveloped"] = any(one.name == "type" and one.value == "error" for one in told)
    return made


def _of_settings(lowered: str) -> Facts:
    made: dict[str, FactValue] = {}
    bases = tuple(dict.fromkeys(_kind_of_url(one.group("url")) for one in compiled(_BASE).finditer(lowered)))
    if bases:
        made["text.base_url"] = bases
    proxies = tuple(dict.fromkeys(one.group("host").strip("[]") for one in compiled(_PROXY).finditer(lowered)))
    made["text.proxy_set"] = bool(proxies)
    if proxies:
        made["text.proxy_hosts"] = proxies
    return made


def _of_places(found: Sequence[Place], seen: Sequence[Seen], settled: Facts) -> Facts:
    made: dict[str, FactValue] = {}
    hosts = tuple(dict.fromkeys(one.host for one in found))[:60]
    if hosts:
        made["text.hosts"] = hosts
    vendors = tuple(dict.fromkeys(vendor for vendor in map(vendor_of, hosts) if vendor))
    if vendors:
        made["text.vendors"] = vendors
    tried = [one.groups for one in seen if "host" in one.groups]
    if tried:
        made["text.tried"] = tuple(dict.fromkeys(kind for one in tried for kind in kinds_of(one["host"])))
        made["text.tried_host"] = tried[-1]["host"].strip("[]")
        ports = [int(one["port"]) for one in tried if one.get("port", "").isdigit() and len(one["port"]) < 6]
        if ports:
            made["text.tried_port"] = ports[-1]
        proxies = settled.get("text.proxy_hosts", ())
        made["text.tried_proxy"] = isinstance(proxies, tuple) and any(one["host"].strip("[]") in proxies for one in tried)
    return made


def _kind_of_url(url: str) -> str:
    scheme, mark, rest = url.partition("://")
    if not mark or scheme not in ("http", "https"):
        return "malformed"
    host = rest.partition("/")[0].rpartition("@")[2]
    host = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
    return kinds_of(host)[0]


def kinds_of(host: str) -> tuple[str, ...]:
    """What a host or address is, first whose it is."""
    name = host.strip("[]").rstrip(".")
    if name == "localhost" or name.endswith(".localhost") or name == "host.docker.internal":
        return ("loopback",)
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        vendor = vendor_of(name)
        return ("first_party", "host") if vendor == "anthropic" else ("vendor", "host") if vendor else ("host",)
    kinds = ("ipv6",) if address.version == 6 else ()
    if address.is_loopback:
        return ("loopback", *kinds)
    if address.is_unspecified:
        return ("zero", *kinds)
    if address.version == 4 and address in ipaddress.ip_network("198.18.0.0/15"):
        return ("fake_ip",)
    if any(address.version == one.version and address in one for one in _own_networks()):
        return ("first_party", "public", *kinds)
    documentation = any(name.startswith(begin) for begin in ("192.0.2.", "198.51.100.", "203.0.113.", "2001:db8:"))
    return ("private", *kinds) if address.is_private and not documentation else ("public", *kinds)


@lru_cache(maxsize=1)
def _own_networks() -> tuple[object, ...]:
    ranges: Iterable[str] = (one for table in library.load().providers.values() for one in table.get("address_ranges", ()))
    return tuple(ipaddress.ip_network(one) for one in ranges)


@lru_cache(maxsize=256)
def vendor_of(host: str) -> Optional[str]:
    """The vendor of a host, after the longest pattern that fits."""
    best: tuple[int, Optional[str]] = (0, None)
    for name, table in library.load().providers.items():
        for pattern in table.get("hosts", ()):
            fits = host == pattern or ("*" in pattern and _fits(host, pattern))
            if fits and len(pattern) > best[0]:
                best = (len(pattern), name)
    return best[1]


def _fits(host: str, pattern: str) -> bool:
    import fnmatch

    return fnmatch.fnmatchcase(host, pattern)
