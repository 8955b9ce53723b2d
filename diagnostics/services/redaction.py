"""Keeps keys and passwords out of what people write and what runs find."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from diagnostics.engine.secrets import Secret

# Vendors' key prefixes with what follows, bearer tokens, JSON web tokens, and user:password@ of a URL.
_KEY = re.compile(
    r"\b(?:sk-[A-Za-z0-9_-]{12,}|gsk_[A-Za-z0-9]{12,}|xai-[A-Za-z0-9]{12,}|AIza[A-Za-z0-9_-]{20,}|eyJ[A-Za-z0-9_-]{12,}\.[A-Za-z0-9._-]+)"
)
_BEARER = re.compile(r"(?i)\b(bearer\s+)([A-Za-z0-9._~+/=-]{12,})")
_USERINFO = re.compile(r"(?i)\b([a-z][a-z0-9+.-]*://)[^\s/@]*:[^\s@]*@")

CONTRACT = frozenset((
    "schema", "id", "started_at", "versions", "code", "level", "probe", "status", "reason", "cause", "side", "layer",
    "playbook", "step", "kind", "mode", "because", "against", "candidates", "finding", "variant",
))  # fmt: skip
"""Fields of a report whose texts are words of the contract: codes, names of probes and facts, times."""

_STEERING = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_SHORTEST = 6  # a shorter stored secret would blacken ordinary words


def redact(text: str, known: Iterable[Secret | None] = ()) -> str:
    """`text` with every secret replaced by its shape; `known` ones are found whatever they look like."""
    for secret in known:
        if secret is not None and len(secret.reveal().strip()) >= _SHORTEST:
            text = text.replace(secret.reveal().strip(), f"[{secret.shape}]")
    text = _USERINFO.sub(r"\1[credentials]@", text)
    text = _BEARER.sub(lambda found: f"{found.group(1)}[{Secret(found.group(2)).shape}]", text)
    return _KEY.sub(lambda found: f"[{Secret(found.group(0)).shape}]", text)


def holds_secret(text: str) -> bool:
    """Whether something in `text` looks like a key, a token or a password in a URL."""
    return redact(text) != text


def scrub(value: Any, known: Iterable[Secret]) -> Any:
    """Report data fit to be stored: known secrets replaced by their shape, and texts that every database and page can hold.

    Words of the contract are left alone: a key that somebody wrote as "healthy" must not rewrite a verdict.
    """
    return _scrubbed(value, tuple(secret for secret in known if len(secret.reveal().strip()) >= _SHORTEST))


def _scrubbed(value: Any, known: tuple[Secret, ...], name: str = "") -> Any:
    if isinstance(value, str):
        return _fit(value) if name in CONTRACT else _scrubbed_text(value, known)
    if isinstance(value, dict):
        return {_fit(key): _scrubbed(item, known, key) for key, item in value.items()}
    if isinstance(value, list | tuple):
        # a list called "facts" holds names of facts; an attempt's facts are a table
        return [_scrubbed(item, known, "finding" if name == "facts" else name) for item in value]
    return value


def _scrubbed_text(text: str, known: tuple[Secret, ...]) -> str:
    for secret in known:
        text = text.replace(secret.reveal().strip(), f"[{secret.shape}]")
    return _fit(text)


def _fit(text: str) -> str:
    """PostgreSQL takes no NUL, nothing takes half a surrogate pair, and what steers a terminal or turns a line around lies
    to whoever reads or copies it; all of it comes from servers that send binary rubbish."""
    text = _STEERING.sub("\ufffd", text)
    return text if text.isascii() else text.encode("utf-8", "replace").decode()
