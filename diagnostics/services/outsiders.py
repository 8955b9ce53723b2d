"""What people without an account see of a report: all but what the sharer chose to hide and what describes a credential."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator
from typing import Any

from diagnostics.engine.facts import FACTS
from diagnostics.engine.secrets import SHAPES
from diagnostics.models import ShareLink
from diagnostics.services.redaction import CONTRACT

_HIDDEN = "[hidden]"
_CREDENTIAL_FACTS = frozenset(
    {"config.key.shape", "config.key.fingerprint", "config.key.length", "config.proxy.credentials"}
)
_TELLING = frozenset({"shape", "fingerprint"})

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
    shown = without_credentials(report, _credentials(report) | _credentials(snapshot))
    if ShareLink.Hides.SETTINGS in hides:
        shown["attempts"] = [{**attempt, "facts": _facts(attempt["facts"])} for attempt in shown["attempts"]]
        shown["environment"] = {}
        shown["clients"] = []  # all they are is settings
    words: dict[str, str] = {}
    if ShareLink.Hides.NAMES in hides:
        words |= dict.fromkeys(_names(report, snapshot), "[name]")
    if ShareLink.Hides.HOSTS in hides:
        words |= dict.fromkeys(_hosts(report), "[host]")
    answer: dict[str, Any] = _replaced(shown, words, ShareLink.Hides.ADDRESSES in hides)
    return answer


def without_credentials(value: Any, known: Iterable[str] = ()) -> Any:
    """A copy of report data in which no credential is described: neither as a fact or setting nor inside a sentence.

    `known` are shapes and fingerprints to look for; shapes are found besides by their form.
    """
    if isinstance(value, dict):
        return {name: _described(name, item, known) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(without_credentials(item, known) for item in value)
    if not isinstance(value, str):
        return value
    for word in known:
        value = value.replace(word, _HIDDEN)
    return SHAPES.sub(_HIDDEN, value)


def _described(name: str, item: Any, known: Iterable[str]) -> Any:
    if name in CONTRACT:
        return item
    if name == "hidden":
        return []  # how long a password is helps who guesses it
    gone = name in _CREDENTIAL_FACTS or name in _TELLING
    return _HIDDEN if gone else without_credentials(item, known)


def _credentials(value: Any) -> frozenset[str]:
    """Every shape and fingerprint that report data or a run's snapshot tells."""
    if isinstance(value, list):
        return frozenset().union(*(_credentials(item) for item in value))
    if not isinstance(value, dict):
        return frozenset()
    found = {item for name, item in value.items() if isinstance(item, str) and name in _TELLING | _CREDENTIAL_FACTS}
    found |= {str(value.get(name) or "") for name in ("credential_shape", "credential_fingerprint")}
    return frozenset(word for word in found if len(word) >= _SHORTEST_NAME).union(
        *(_credentials(item) for item in value.values())
    )


def _facts(facts: dict[str, Any]) -> dict[str, Any]:
    return {name: _HIDDEN if name.startswith("config.") else value for name, value in facts.items()}


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
    # Looked for first: one pattern for each word and text would take minutes where a machine sent thousands of names.
    for word in sorted((word for word in words if word in value), key=len, reverse=True):
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
