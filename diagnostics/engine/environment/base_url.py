"""The base URL as the client would use it, what is wrong with it as written, and whose host it names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Optional

from diagnostics.engine.environment.clients.rules import BaseUrlRules
from diagnostics.engine.environment.shown import shown
from diagnostics.engine.environment.urls import JS_SPACE, UnreadableUrl, Url, completed, parse
from diagnostics.engine.environment.variables import Variable
from diagnostics.engine.environment.vendors import Vendors
from diagnostics.engine.records import FactValue

FIRST_PARTY = "anthropic"
_HTTPS = 443
_DOUBLED_SCHEME = re.compile(r"https?://+https?(:|/|$)", re.IGNORECASE)
_QUOTES = "'\"`“”‘’"
_ENDPOINT = re.compile(r"/(messages|complete|completions|chat/completions|responses|models|count_tokens)$")


@dataclass(frozen=True)
class Target:
    """Where the client would send its requests: ``url`` is None when ``value`` cannot be read as a URL."""

    value: str
    url: Optional[Url]
    source: str
    problems: tuple[str, ...]
    vendor: Optional[str]
    default: bool

    @property
    def first_party(self) -> Optional[bool]:
        """The host is Anthropic's own; None when there is no host to tell."""
        return None if self.url is None else self.vendor == FIRST_PARTY

    @property
    def loopback(self) -> bool:
        return self.url is not None and is_loopback(self.url.host)


def is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def target(written: Optional[Variable], rules: BaseUrlRules, vendors: Vendors) -> Target:
    """The target of a configured base URL; ``written`` is None when none is configured."""
    if written is None or (not written.value.strip(JS_SPACE) and rules.blank == "default"):
        written = Variable(rules.variable, rules.default, "default")
    value = written.value.strip(JS_SPACE) if rules.trims else written.value
    url, problems = _read(value, rules)
    vendor = vendors.of_host(url.host) if url is not None else None
    if url is not None and vendors.is_for_people(url.host):
        problems = (*problems, "page_host")
    elif vendor is not None and url is not None and url.scheme == "https" and url.origin.port != _HTTPS:
        problems = (*problems, "foreign_port")
    return Target(
        value=value,
        url=url,
        source=written.source,
        problems=problems,
        vendor=vendor,
        default=url is not None
        and not url.more
        and url.path == ""
        and url.origin == parse(rules.default, rules.parser).origin,
    )


def facts(target: Target, vendors: Vendors, *, switched: bool) -> dict[str, FactValue]:
    """The ``config.base_url`` facts; what an unreadable URL cannot tell is left out.

    A client ``switched`` to a cloud provider speaks that one's own protocol, so whose API it is says nothing there.
    """
    made: dict[str, FactValue] = {
        "config.base_url.value": shown("base URL", target.value, vendors),
        "config.base_url.source": target.source,
        "config.base_url.problems": target.problems,
    }
    if target.url is not None:
        made["config.base_url.host"] = target.url.host
        made["config.base_url.port"] = target.url.origin.port
        made["config.base_url.plain_http"] = target.url.scheme == "http"
        made["config.base_url.loopback"] = target.loopback
    if not switched:
        made["config.base_url.default"] = target.default
    if target.url is not None and not switched:
        made["config.base_url.first_party"] = target.vendor == FIRST_PARTY
        if target.vendor is not None:
            made["config.base_url.vendor"] = target.vendor
            compatible = target.vendor != FIRST_PARTY and vendors.speaks_anthropic(target.url)
            made["config.base_url.compatible"] = compatible
            meant = None if target.vendor == FIRST_PARTY or compatible else vendors.base_url_at(target.url.host)
            if meant is not None:
                made["config.base_url.vendor_address"] = meant
    return made


def _read(value: str, rules: BaseUrlRules) -> tuple[Optional[Url], tuple[str, ...]]:
    bare = value.strip(JS_SPACE)
    if not bare:
        return None, ("empty",)
    marks = ["quotes"] if bare[0] in _QUOTES or bare[-1] in _QUOTES else []
    if re.search(r"\s", value) and rules.parser == "rfc3986":
        marks.append("whitespace")  # kept and sent along, so the host's name is another one
    try:
        url = parse(completed(value, rules.missing_scheme), rules.parser)
    except UnreadableUrl as error:
        if re.search(r"\s", bare) and "whitespace" not in marks:
            marks += ["whitespace"] if "quotes" in marks else ["whitespace", error.problem]
        return None, tuple(marks or [error.problem])
    if url.scheme not in ("http", "https"):
        return None, (*marks, "unknown_scheme")
    if _DOUBLED_SCHEME.match(bare):
        return url, (*marks, "doubled_scheme")
    return url, (*marks, *_composition(url, rules))


def _composition(url: Url, rules: BaseUrlRules) -> tuple[str, ...]:
    """What spoils the address once the client has put its own path behind it."""
    if url.asks or (url.more and not rules.keeps_fragment):
        return ("query",)
    if url.path.endswith("/v1"):
        return ("doubled_version",)
    return ("endpoint_path",) if _ENDPOINT.search(url.path) else ()
