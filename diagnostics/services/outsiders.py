"""What people without an account see of a report: all but what the sharer chose to hide and what describes a credential."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator
from typing import Any

from diagnostics.engine.facts import FACTS
from diagnostics.engine.probes import PROBES
from diagnostics.engine.secrets import SHAPES
from diagnostics.models import ShareLink
from diagnostics.services import bare_hosts
from diagnostics.services.finding_words import Words
from diagnostics.services.redaction import CONTRACT

_HIDDEN = "[hidden]"
_CREDENTIAL_FACTS = frozenset(
    {"config.key.shape", "config.key.fingerprint", "config.key.length", "config.proxy.credentials"}
)
_CERTIFICATE = "tls.chain.top.pem"
_TELLING = frozenset({"shape", "fingerprint"})

# Behind a dot only where that begins a domain ("*.corp.example"): elsewhere it would be the rest of a name, or a hidden file.
_HOST = re.compile(r"(?<![\w-])(?<![\w/\\]\.)(?:[^\W_](?:[\w-]*[^\W_])?\.)+[^\W\d_](?:[\w-]*[^\W_])(?![\w-])")
_URL_HOST = re.compile(r"://(?:[^/\s@]*@)?([^/:\s@\[\]]+)")
_HOST_PORT = re.compile(r"(?:[^\s/@]*+@)?(?=[\w.-]*[^\W\d_])([\w.-]++):\d{1,5}/?")
# Endings of files that no country has: ".py" is left out, since Paraguay's hosts end so.
_FILE_ENDINGS = frozenset(("json", "jsonl", "toml", "pem", "crt", "key", "txt", "log", "js", "cfg", "conf", "yaml"))
# Words with dots that are ours, in sentences such as "needs tls.handshake".
_OURS = frozenset(FACTS) | {probe.name for probe in PROBES}
_V6 = re.compile(r"(?<![\w.-])[0-9A-Fa-f]{0,200}+:[0-9A-Fa-f:.]{0,200}+(?![G-Zg-z_])")  # a fingerprint is one word, too
_V4 = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?!\.?\d)|(?<![\w-])ip(?:-\d{1,3}){4}(?!\d)")
_MAIL = re.compile(r"(?<![\w.+-])[\w.+-]++@[\w-]++(?:\.[\w-]+)+")
# Windows takes capitals for small letters; a name of several words is one where the path goes on behind it.
_HOME = re.compile(
    r"(/home/+|/Users/+|(?i:\\Users\\+|\b[A-Z]:/Users/+))(([^/\\\s:]++)(?:(?: [^/\\\s:]++){1,3}+(?=[/\\]))?)"
)
_CLOSING = ".,;!?)'\"”’"  # what a sentence may put behind a name
_SHORTEST_NAME = bare_hosts.SHORTEST


def without(
    report: dict[str, Any], snapshot: dict[str, Any], hides: frozenset[str], describes_key: bool = False
) -> dict[str, Any]:
    """A copy of `report` with the chosen kinds (ShareLink.Hides) replaced; `snapshot` tells the names to look for.

    `describes_key`: shapes and fingerprints stay, for the key's owner, who has to find out which one it is.
    """
    known = frozenset() if describes_key else _credentials(report) | _credentials(snapshot)
    shown = dict(report) if describes_key else without_credentials(report, known)
    words: dict[str, str] = {}
    if ShareLink.Hides.SETTINGS in hides:
        shown["attempts"] = [{**attempt, "facts": _facts(attempt["facts"])} for attempt in shown["attempts"]]
        shown["environment"] = {}
        shown["clients"] = []  # all they are is settings
        words |= dict.fromkeys(_settings(report), "[setting]")
    if hides & {ShareLink.Hides.HOSTS, ShareLink.Hides.ADDRESSES}:
        shown["attempts"] = [{**attempt, "facts": _unread(attempt["facts"])} for attempt in shown["attempts"]]
    if ShareLink.Hides.NAMES in hides:
        words |= dict.fromkeys(_names(report, snapshot), "[name]") | _homes(report)
        shown["run"] = _unnamed(shown["run"])
    if ShareLink.Hides.HOSTS in hides:
        words |= dict.fromkeys(_hosts(report), "[host]")
    answer: dict[str, Any] = _replaced(shown, Words(words), ShareLink.Hides.ADDRESSES in hides)
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


def _unread(facts: dict[str, Any]) -> dict[str, Any]:
    """Facts without a whole certificate: hosts and addresses in it are no words that can be replaced."""
    return {name: _HIDDEN if name == _CERTIFICATE else value for name, value in facts.items()}


def _settings(report: dict[str, Any]) -> set[str]:
    """What was set, where it would be known again in a sentence: a word of letters alone is a word of any sentence."""
    facts = [attempt["facts"] for attempt in report["attempts"]]
    values = [value for table in facts for name, value in table.items() if name.startswith("config.")]
    found = {text.strip() for value in (*values, report["environment"]) for text in _texts(value)}
    return {text for text in found if len(text) > _SHORTEST_NAME and not text.isalpha()}


def _names(report: dict[str, Any], snapshot: dict[str, Any]) -> set[str]:
    found = {str(snapshot.get("name", "")), str(report["run"].get("vantage", {}).get("name") or "")}
    for text in _texts(report):
        found |= {name.rstrip(_CLOSING) for match in _HOME.finditer(text) for name in match.group(2, 3)}
        found |= set(_MAIL.findall(text))
    return {name for name in found if len(name) >= _SHORTEST_NAME}


def _homes(report: dict[str, Any]) -> dict[str, str]:
    """Folders of people, and what stands in their place: there a name is found however short it is."""
    found = (match for text in _texts(report) for match in _HOME.finditer(text))
    return {match.group(0): f"{match.group(1)}[name]" for match in found}


def _unnamed(run: dict[str, Any]) -> dict[str, Any]:
    """A report's run without its machine's name, which may be as short as "pc"."""
    vantage = run.get("vantage", {})
    return run | {"vantage": vantage | {"name": "[name]"}} if vantage.get("name") else run


def _hosts(report: dict[str, Any]) -> set[str]:
    found = bare_hosts.found(report)
    for text in _texts(report):
        found |= {match.group(1) for match in _URL_HOST.finditer(text)}
        found |= {match.group(1) for match in (_HOST_PORT.fullmatch(text.strip()),) if match}
        dotted = (match.group(0) for match in _HOST.finditer(text))
        found |= {host for host in dotted if host.rpartition(".")[2].lower() not in _FILE_ENDINGS and host not in _OURS}
    return {host for host in found if not _is_address(host)}


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


def _replaced(value: Any, words: Words, addresses: bool, key: str = "") -> Any:
    if isinstance(value, dict):
        return {
            _key(name, words, addresses): item if name in CONTRACT else _replaced(item, words, addresses, name)
            for name, item in value.items()
        }
    if isinstance(value, list):
        # a list called "facts" holds names of facts; an attempt's facts are a table
        return value if key == "facts" else [_replaced(item, words, addresses) for item in value]
    if not isinstance(value, str):
        return value
    value = words.replace(value)
    return _V4.sub("[address]", _V6.sub(_hide_address, value)) if addresses else value


def _key(name: str, words: Words, addresses: bool) -> str:
    """Names of fields and facts are ours; a table by host or address is not."""
    return name if name in CONTRACT or name in FACTS or name.isidentifier() else str(_replaced(name, words, addresses))


def _hide_address(found: re.Match[str]) -> str:
    """The match with its address replaced, whatever stands around it; a time of day or a fingerprint stays."""
    text = found.group(0)
    before = ":" if text.startswith(":") and not text.startswith("::") else ""
    bare = text[len(before) :]
    ends = (bare, bare.rstrip("."), bare.rstrip(".:"), bare.rpartition(":")[0])
    for candidate in ends:
        if candidate.count(":") > 1 and candidate != "::" and _is_address(candidate):
            return before + "[address]" + bare[len(candidate) :]
    return text


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
