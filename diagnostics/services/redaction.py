"""Keeps keys and passwords out of the words people write: notes, titles, pasted lines."""

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
    """JSON data with every known secret in its texts replaced by its shape; what is clean comes back equal."""
    texts = tuple(secret for secret in known if len(secret.reveal().strip()) >= _SHORTEST)
    return _scrubbed(value, texts) if texts else value


def _scrubbed(value: Any, known: tuple[Secret, ...]) -> Any:
    if isinstance(value, str):
        for secret in known:
            value = value.replace(secret.reveal().strip(), f"[{secret.shape}]")
        return value
    if isinstance(value, dict):
        return {_scrubbed(name, known): _scrubbed(item, known) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_scrubbed(item, known) for item in value]
    return value
