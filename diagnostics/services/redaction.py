"""Keeps keys and passwords out of what people write and what runs find."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from diagnostics.engine.hiding import Hiding
from diagnostics.engine.hiding import scrub as scrub_text
from diagnostics.engine.records import Kept
from diagnostics.engine.secrets import SHAPES as _SHAPES
from diagnostics.engine.secrets import Secret

CONTRACT = frozenset((
    "schema", "id", "started_at", "versions", "code", "level", "probe", "status", "reason", "cause", "side", "layer",
    "playbook", "step", "kind", "mode", "because", "against", "candidates", "finding", "variant",
    "outlook", "differs", "without",
))  # fmt: skip
"""Fields of a report whose texts are words of the contract: codes, names of probes and facts, times."""

TURNING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
"""Marks that let text read as another one."""

_STEERING = re.compile(rf"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f{TURNING}]")


def redact(text: str, known: Iterable[Secret | None] = ()) -> str:
    """`text` with every secret replaced by its shape; `known` ones are found whatever they look like."""
    return scrub_text(text, (secret for secret in known if secret is not None))


def written(text: str, known: Iterable[Secret | None] = ()) -> str:
    """What somebody wrote, fit to be stored and read by everybody of a team: every secret in it, whole or as its shape, leaves no
    more than whose it was, and nothing steers or turns a line."""
    return _SHAPES.sub(lambda found: found.group(0).partition("\u2026")[0] + "\u2026", redact(fit(text), known))


def holds_secret(text: str) -> bool:
    """Whether something in `text` looks like a key, a token or a password in a URL."""
    return redact(text) != text


def scrub(value: Any, known: Iterable[Secret], unknown: bool = False) -> Any:
    """Report data fit to be stored: known secrets replaced by their shape, and texts that every database and page can hold.

    ``unknown``: also what looks like a secret. Words of the contract are left alone: a key that somebody wrote as "healthy" must
    not rewrite a verdict.
    """
    return _scrubbed(value, Hiding(Kept("", "secret", secret) for secret in known), unknown)


def _scrubbed(value: Any, hiding: Hiding, unknown: bool, name: str = "") -> Any:
    if isinstance(value, str):
        return fit(value if name in CONTRACT else hiding.hide(value, "", unknown=unknown)[0])
    if isinstance(value, dict):
        return {fit(key): _scrubbed(item, hiding, unknown, key) for key, item in value.items()}
    if isinstance(value, list | tuple):
        # a list called "facts" holds names of facts; an attempt's facts are a table
        return [_scrubbed(item, hiding, unknown, "finding" if name == "facts" else name) for item in value]
    return value


def fit(text: str) -> str:
    """PostgreSQL takes no NUL, nothing takes half a surrogate pair, and what steers a terminal or turns a line around lies
    to whoever reads or copies it; all of it comes from servers that send binary rubbish."""
    text = without_steering(text)
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def without_steering(text: str) -> str:
    """Without what steers a terminal or turns a line around: a box stands for each."""
    return _STEERING.sub("\ufffd", text)
