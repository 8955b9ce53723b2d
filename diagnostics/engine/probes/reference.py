"""What the shipped knowledge says of providers, as far as facts compare with it: networks, countries, error shapes."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import Any, Optional

from diagnostics.engine import library

FIRST_PARTY = "anthropic"


def address_ranges() -> tuple[str, ...]:
    """Networks (CIDR) the first-party provider publishes for its API."""
    return tuple(_table().get("address_ranges", ()))


def listed(country: str) -> Optional[bool]:
    """Whether a country (ISO 3166) is on a list of served ones; None where no list decides, and for no country."""
    table = _table()
    lists = table.get("countries", ())
    if not lists or country in table.get("undecided_countries", ()) or country in ("XX", "T1"):
        return None
    return any(country in entry["supported"] for entry in lists)


def status_component() -> tuple[str, tuple[str, ...]]:
    """The API's component on the status page: its id, and words that its name has where ids have changed."""
    for entry in _table().get("status_components", ()):
        if entry.get("what") == "api":
            return entry["id"], tuple(entry["names"])
    return "", ()


def vendor_of_headers(headers: Mapping[str, str]) -> Optional[str]:
    """The vendor that an answer's headers give away (names in lower case)."""
    for vendor, name, value in _headers():
        if name in headers and value.search(headers[name]):
            return vendor
    return None


def vendor_of_error(status: int, kind: str, code: str, message: str) -> Optional[str]:
    """The vendor, other than the first-party one, that refuses in these words."""
    for vendor, entry in _errors():
        wanted = ((entry.get("status"), status), (entry.get("type"), kind), (entry.get("code"), code))
        says = entry.get("says")
        telling = says is not None or entry.get("code") is not None  # a status and a common type alone tell nobody
        if (
            telling
            and all(value is None or value == found for value, found in wanted)
            and (says is None or re.search(says, message))
        ):
            return vendor
    return None


def _table() -> Mapping[str, Any]:
    return library.load().providers.get(FIRST_PARTY, {})


@functools.lru_cache(maxsize=1)
def _headers() -> tuple[tuple[str, str, re.Pattern[str]], ...]:
    providers = library.load().providers.items()
    return tuple(
        (vendor, entry["name"], re.compile(entry["value"]))
        for vendor, table in providers
        for entry in table.get("headers", ())
    )


@functools.lru_cache(maxsize=1)
def _errors() -> tuple[tuple[str, Mapping[str, Any]], ...]:
    providers = library.load().providers.items()
    return tuple(
        (vendor, entry) for vendor, table in providers if vendor != FIRST_PARTY for entry in table.get("errors", ())
    )
