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


def general(sentence: str) -> str:
    """A sentence of a report without the places that only a report can fill."""
    bare = _TAIL.sub("", _ASIDE.sub("", sentence))
    for name, otherwise in slots(bare):
        if otherwise is None:
            words = _INSTEAD.get(name, "an error" if name.endswith(".status") else "some")
            bare = bare.replace("{" + name + "}", words)
    words = re.sub(r"(?<=\w)\s+([.,:;])", r"\1", render(bare, {}))
    return words[:1].upper() + words[1:]
