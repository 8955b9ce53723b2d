"""What people without an account see of a report: all but what the sharer chose to hide and a credential's shape."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from typing import Any

from diagnostics.engine.vocabulary import FACTS
from diagnostics.models import ShareLink
from diagnostics.services.redaction import CONTRACT

_HIDDEN = "[hidden]"
_CREDENTIAL_FACTS = frozenset({"config.key.shape", "config.key.fingerprint", "config.key.length"})

_HOST = re.compile(r"(?<![\w.-])(?:[a-z0-9](?:[\w-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z](?![\w-])", re.IGNORECASE)
_URL_HOST = re.compile(r"://(?:[^/\s@]*@)?([^/:\s@\[\]]+)")
_FILE_ENDINGS = frozenset(
    ("json", "jsonl", "toml", "pem", "crt", "key", "txt", "log", "py", "js", "cfg", "conf", "yaml")
)
_LIKE_ADDRESS = re.compile(r"(?<![\w.:-])[0-9A-Fa-f:]*[:.][0-9A-Fa-f:.]*(?![\w-])")
_HOME = re.compile(r"(/home/|/Users/|\\Users\\)([^/\\\s:]+)")
_SHORTEST_NAME = 3  # a shorter name would blacken ordinary words


def without(report: dict[str, Any], snapshot: dict[str, Any], hides: frozenset[str]) -> dict[str, Any]:
    """A copy of `report` with the chosen kinds (ShareLink.Hides) replaced; `snapshot` tells the names to look for."""
    shown = dict(report)
    shown["attempts"] = [{**attempt, "facts": _facts(attempt["facts"], hides)} for attempt in report["attempts"]]
    shown["environment"] = {} if ShareLink.Hides.SETTINGS in hides else _without_credentials(report["environment"])
    words: dict[str, str] = {}
    if ShareLink.Hides.NAMES in hides:
        words |= dict.fromkeys(_names(report, snapshot), "[name]")
    if ShareLink.Hides.HOSTS in hides:
        words |= dict.fromkeys(_hosts(report), "[host]")
    answer: dict[str, Any] = _replaced(shown, words, ShareLink.Hides.ADDRESSES in hides)
    return answer


def _facts(facts: dict[str, Any], hides: frozenset[str]) -> dict[str, Any]:
    gone = set(_CREDENTIAL_FACTS)
    if ShareLink.Hides.SETTINGS in hides:
        gone |= {name for name in facts if name.startswith("config.")}
    return {name: _HIDDEN if name in gone else value for name, value in facts.items()}


def _without_credentials(value: Any) -> Any:
    """The environment's section with shapes and fingerprints of credentials left out, wherever they stand."""
    if isinstance(value, dict):
        return {
            name: _HIDDEN if name in ("shape", "fingerprint") else _without_credentials(item)
            for name, item in value.items()
        }
    return [_without_credentials(item) for item in value] if isinstance(value, list) else value


def _names(report: dict[str, Any], snapshot: dict[str, Any]) -> set[str]:
    found = {str(snapshot.get("name", "")), str(report["run"].get("vantage", {}).get("name") or "")}
    found |= {match.group(2) for text in _texts(report) for match in _HOME.finditer(text)}
    return {name for name in found if len(name) >= _SHORTEST_NAME}


def _hosts(report: dict[str, Any]) -> set[str]:
    found = set()
    for text in _texts(report):
        found |= {match.group(1) for match in _URL_HOST.finditer(text)}
        dotted = (match.group(0) for match in _HOST.finditer(text))
        found |= {host for host in dotted if host.rpartition(".")[2].lower() not in _FILE_ENDINGS and host not in FACTS}
    return found


def _texts(value: Any, key: str = "") -> Iterator[str]:
    """Every text that is not a word of the contract."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _texts(item, name)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item, "" if key != "facts" and key not in CONTRACT else "kind")
    elif isinstance(value, str) and key not in CONTRACT:
        yield value


def _replaced(value: Any, words: dict[str, str], addresses: bool, key: str = "") -> Any:
    if isinstance(value, dict):
        return {
            name: item if name in CONTRACT else _replaced(item, words, addresses, name) for name, item in value.items()
        }
    if isinstance(value, list):
        # a list called "facts" holds names of facts; an attempt's facts are a table
        return value if key == "facts" else [_replaced(item, words, addresses) for item in value]
    if not isinstance(value, str):
        return value
    for word in sorted(words, key=len, reverse=True):
        value = re.sub(rf"(?<![\w-]){re.escape(word)}(?![\w-])", words[word], value)
    return _LIKE_ADDRESS.sub(_hide_address, value) if addresses else value


def _hide_address(found: re.Match[str]) -> str:
    """The match with its address replaced; a time of day or a fingerprint stays. A port may follow an IPv4 address."""
    text = found.group(0)
    bare = text.rstrip(".:") if not text.endswith("::") else text
    for candidate in (bare, bare.rpartition(":")[0]):
        if _is_address(candidate):
            return "[address]" + text[len(candidate) :]
    return text


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
