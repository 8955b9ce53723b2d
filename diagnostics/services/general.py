"""Sentences of the knowledge told without anybody's facts: on public pages, and where only a text was read."""

from __future__ import annotations

import re

from diagnostics.engine.wording import render, slots

_ASIDE = re.compile(r"\s*\([^()]*\{[^()]*\)")  # what a report tells in brackets
_TAIL = re.compile(r"(?::|, leading to) \{[^{}]*\}(?: \{[^{}]*\})?(?=\.?$)")  # and at the end of a sentence
_INSTEAD = {
    "clock.offset_seconds": "far off",
    "config.base_url.vendor": "another vendor",
    "config.key.others": "another one",
    "config.key.vendor": "another",
    "config.key.near_misses": "a similar name",
    "config.provider_switch": "a cloud provider",
    "config.proxy.ignored": "a variable",
}
"""What stands for a fact that a report always tells; a status is "an error", and anything else "some"."""

# Words that say what a letter needs, fact or no fact.
_STANDS = re.compile(r"(?:(?:the|our|your|its|another|api)\b|[0-9]{2,})")
_BLANKS = {
    "address": "address of the API",
    "broken": "place in the file",
    "broken_file": "its name",
    "defect": "what it is",
    "faults": "its words",
    "helper": "what it says",
    "location": "its address",
    "name": "client",
    "offset_seconds": "hours or days off",
    "provider_switch": "cloud provider",
    "source": "where it is set",
    "system": "address of the script",
    "told": "its words",
    "variable": "name of the setting",
    "version": "version",
    "api": "what it says",
    "error_type": "type",
    "host": "host",
    "addresses": "addresses",
    "country": "country",
    "edge_id": "edge id",
    "error_message": "its words",
    "events": "number",
    "failure": "error",
    "failures": "error",
    "fingerprint": "fingerprint",
    "ip": "our address",
    "issuer": "issuer",
    "last": "last router",
    "length": "number",
    "lost": "number",
    "answered": "number",
    "total": "number",
    "names": "name in the certificate",
    "not_after": "last day",
    "not_before": "first day",
    "organization": "name",
    "problems": "what it is",
    "reached": "number of",
    "reason": "its words",
    "request_id": "request id",
    "root": "name of the root",
    "route": "yes or no",
    "schemes": "what it offers",
    "servers": "address",
    "shape": "how it begins and ends",
    "size": "number",
    "spread_seconds": "number",
    "status": "status",
    "title": "title",
    "url": "address",
    "value": "address",
}
"""What belongs into a gap of a letter, by the last part of the fact's name."""


def general(sentence: str) -> str:
    """A sentence of a report without the places that only a report can fill."""
    bare = _TAIL.sub("", _ASIDE.sub("", sentence))
    for name, otherwise in slots(bare):
        if otherwise is None:
            words = _INSTEAD.get(name, "an error" if name.endswith(".status") else "some")
            bare = bare.replace("{" + name + "}", words)
    words = re.sub(r"(?<=\w)\s+([.,:;])", r"\1", render(bare, {}))
    words = words.replace("answered an error", "answered with an error")
    return words if sentence[:1].islower() else words[:1].upper() + words[1:]  # a command begins as it is written


def letter(text: str) -> str:
    """A text to send to somebody, with gaps in brackets where a report has facts: nobody sends an unknown id."""
    made = text
    for name, otherwise in slots(text):
        stands = otherwise is not None and (otherwise == "" or _STANDS.match(otherwise))
        filled = otherwise if stands else f"[{_BLANKS.get(name.rpartition('.')[2], '…')}]"
        made = made.replace("{" + name + ("" if otherwise is None else f"|{otherwise}") + "}", filled or "", 1)
    return re.sub(r"\s+([.,:;)])", r"\1", " ".join(made.split()))
