"""Which vendor a host, a base URL or a key belongs to, from ``knowledge/providers/<vendor>.toml``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Optional
from urllib.parse import urlsplit

from diagnostics.engine.environment.urls import Url

_TELLING = 6  # characters of a prefix that does not turn up in other text by chance


@dataclass(frozen=True)
class KeyShape:
    """What one kind of a vendor's keys looks like. A ``shared`` shape is used by several vendors and names none of them."""

    vendor: str
    type: str
    prefix: str = ""
    pattern: str = ""  # the whole key, where a prefix alone does not tell
    shared: bool = False
    length: Optional[int] = None  # usual length; another one is a hint and never a verdict
    least: int = 0  # characters that a key has at least; 0 where the pattern tells
    source: str = ""

    def fits(self, key: str) -> bool:
        return key.startswith(self.prefix) and (not self.pattern or re.fullmatch(self.pattern, key) is not None)


class Vendors:
    """The providers' tables, asked by host, base URL and key."""

    def __init__(self, providers: Mapping[str, Mapping[str, Any]]) -> None:
        self._providers = providers
        self._shapes = tuple(
            KeyShape(name, **entry) for name, table in providers.items() for entry in table.get("keys", ())
        )

    @property
    def shapes(self) -> tuple[KeyShape, ...]:
        """Every kind of key that is known."""
        return self._shapes

    def of_host(self, host: str) -> Optional[str]:
        """The vendor whose host this is (``*`` in a table stands for any characters), or None."""
        for name, table in self._providers.items():
            if any(fnmatchcase(host, pattern) for pattern in table.get("hosts", ())):
                return name
        return None

    def is_for_people(self, host: str) -> bool:
        """The host serves a vendor's pages and no API."""
        return any(
            fnmatchcase(host, each) for table in self._providers.values() for each in table.get("page_hosts", ())
        )

    def base_url_at(self, host: str) -> Optional[str]:
        """The one base URL at this host that its vendor documents for Anthropic's clients; None where there is none, or several."""
        documented = [each for table in self._providers.values() for each in table.get("anthropic_base_urls", ())]
        there = [each for each in documented if "*" not in each and urlsplit(each).hostname == host]
        return there[0] if len(there) == 1 else None

    def speaks_anthropic(self, url: Url) -> bool:
        """A vendor documents this URL as a base URL for Anthropic's clients."""
        written = f"{url.origin}{url.path}"
        documented = (each for table in self._providers.values() for each in table.get("anthropic_base_urls", ()))
        return any(fnmatchcase(written, pattern.rstrip("/")) for pattern in documented)

    def shape_of(self, key: str) -> Optional[KeyShape]:
        """The shape of a key: the longest prefix that fits, and one that names its vendor before a shared one."""
        fitting = (shape for shape in self._shapes if shape.fits(key))
        return max(fitting, key=lambda shape: (not shape.shared, len(shape.prefix)), default=None)

    def is_key(self, text: str) -> bool:
        """A key, or text with one in it, wherever it was found."""
        return self.shape_of(text.strip()) is not None or self.key_inside(text)

    def key_inside(self, text: str) -> bool:
        """A key begins in the middle of ``text``: something else was pasted along with it, or it was pasted twice."""
        return any(len(shape.prefix) >= _TELLING and shape.prefix in text[1:] for shape in self._shapes)

    def begins_as_key(self, text: str) -> bool:
        """Its beginning is one that only a key has."""
        return any(len(shape.prefix) >= _TELLING and text.startswith(shape.prefix) for shape in self._shapes)

    def lost_its_case(self, text: str) -> bool:
        """A key whose letters somebody turned into capitals or small ones: its beginning in other letters, or, in a whole key, all of one kind."""
        if self.begins_as_key(text):
            shape = self.shape_of(text)
            usual = shape is not None and shape.type == "api_key" and shape.length == len(text)
            return usual and text == text.lower()
        return any(
            len(shape.prefix) >= _TELLING and text.lower().startswith(shape.prefix.lower()) for shape in self._shapes
        )

    def key_variables(self) -> dict[str, str]:
        """Variable name -> vendor: the names under which vendors' own clients expect their keys."""
        return {name: vendor for vendor, table in self._providers.items() for name in table.get("key_variables", ())}
