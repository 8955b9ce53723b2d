"""Hosts of a report that have no dot: only the place where they stand tells that they are hosts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

SHORTEST = 3
"""Of a name that is looked for in sentences: a shorter one would blacken ordinary words."""

_HOST_ENDINGS = frozenset(("host", "hosts", "cname", "resolver", "resolvers", "location"))
_HOST_FACTS = frozenset(("tls.chain.names", "tls.chain.subject"))
_ADDRESS_FACTS = frozenset((
    "config.base_url.value", "config.proxy.url", "config.proxy.address", "config.proxy.system", "config.proxy.alternative",
))  # fmt: skip
_CHANGED = ("proxy", "base_url")  # experiments that put one address in the place of another
_EXCEPTIONS = re.compile(r"no_?proxy$", re.IGNORECASE)
_ADDRESS_SETTING = re.compile(r"proxy|url|host|endpoint|address|relay", re.IGNORECASE)
_BETWEEN = re.compile(r"[\s,;|]+")
_HOST = re.compile(r"(?=[\w.-]*[^\W\d_])[^\W_][\w.-]{1,252}")
_VIA = re.compile(r"(?:^|,)\s*(?:HTTP/)?\d(?:\.\d)?\s+([\w.-]{1,253})")  # a version, and who speaks
_NO_NAMES = frozenset((
    "localhost", "localdomain", "local", "internal", "lan", "home", "host", "direct", "system", "default", "pac", "none", "true", "false",
    "auto", "yes", "off", "http", "https",
    "google", "varnish", "cloudflare", "cloudfront", "vegur", "squid", "nginx", "envoy", "caddy", "haproxy", "kong",
))  # fmt: skip
"""Words that such a place may hold and that tell nothing of a network: of settings, of every machine, and of programs and edges."""


def found(report: dict[str, Any]) -> set[str]:
    """The names, as they are written."""
    names = (name.lstrip("*.").strip(".-") for name in _candidates(report))
    return {name for name in names if len(name) >= SHORTEST and name.lower() not in _NO_NAMES and _HOST.fullmatch(name)}


def _candidates(report: dict[str, Any]) -> Iterator[str]:
    for told in (*report["attempts"], *report.get("clients", ())):
        for name, value in told.get("facts", {}).items():
            for text in _texts(value):
                yield from _of_fact(name, text)
    for one in report.get("experiments", ()):
        if one.get("changed") in _CHANGED:
            yield from (_address(text) for text in (*_texts(one.get("from")), *_texts(one.get("to"))))
    for name, text in _settings(report["environment"], ""):
        if _EXCEPTIONS.search(name):
            yield from map(_exception, _BETWEEN.split(text))
        elif _ADDRESS_SETTING.search(name):
            yield _address(text)


def _of_fact(name: str, text: str) -> Iterator[str]:
    start, _, ending = name.rpartition(".")
    if ending in _HOST_ENDINGS or name in _HOST_FACTS:
        yield text
    elif name in _ADDRESS_FACTS or start in {f"experiment.{one}" for one in _CHANGED}:
        yield _address(text)
    elif ending in ("via", "server"):
        yield from _VIA.findall(text)


def _settings(value: Any, name: str) -> Iterator[tuple[str, str]]:
    """Every text with the name it goes by: a setting's own, else that of its field."""
    if isinstance(value, dict):
        own = value.get("name")
        for field, item in value.items():
            yield from _settings(item, own if field == "value" and isinstance(own, str) else f"{name} {field}")
    elif isinstance(value, list):
        for item in value:
            yield from _settings(item, name)
    elif isinstance(value, str):
        yield name, value


def _texts(value: Any) -> Iterator[str]:
    yield from (one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str))


def _address(text: str) -> str:
    """The host of a URL, or of what stands where one should; before it may stand where it was found."""
    bare = text.rpartition(": ")[2].strip().strip("\"'")
    bare = bare.partition("://")[2] or bare
    return re.split(r"[/?#]", bare, maxsplit=1)[0].rpartition("@")[2].partition(":")[0]


def _exception(entry: str) -> str:
    """The name in an entry of a list of hosts that no proxy is used for."""
    return _address(entry.strip("\"'<>")).lstrip("*.")
