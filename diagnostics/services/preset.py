"""What a pasted text names that the probe's command may carry: a base URL and a model, and only such as can do no harm.

A text may come from anybody, and the command sends the reader's key to the base URL: one that is neither documented by a provider
nor on the reader's own machine is left to the configuration there.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from diagnostics.engine import library

_MOST = 200_000  # characters of a text that are looked at
_BASE_URL = re.compile(
    r"(?:anthropic_base_url|\bbase_?url|\bapi_?base)[\"']{0,2}\s{0,2}[=:]\s{0,2}[\"']?(https?://[a-z0-9.:\[\]/_-]{3,200}+)(?![\w@?#%&=+~$…])",
    re.IGNORECASE,
)
_MODEL = re.compile(
    r"(?:\bmodel|_model)[\"']{0,2}(?:\s{0,2}[=:]\s{0,2}|\s)[\"']?([a-z0-9][a-z0-9._:@/-]{4,80})", re.IGNORECASE
)
_LOOPBACK = frozenset(("127.0.0.1", "localhost", "::1"))


def words_of(text: str) -> list[str]:
    """Words for ``probe.pyz``; none for what the text names twice and differently."""
    looked = text[:_MOST]
    bases = {_trimmed(found[1]) for found in _BASE_URL.finditer(looked)}
    models = {found[1].rstrip(".:/") for found in _MODEL.finditer(looked) if _is_model(found[1])}
    base, model = _only(bases), _only(models)
    words = ["--base-url", base] if base and _is_safe(base) else []
    return words + (["--model", model] if model else [])


def _only(found: set[str]) -> str:
    return found.pop() if len(found) == 1 else ""


def _trimmed(url: str) -> str:
    return url.rstrip("/.:")


def _is_model(name: str) -> bool:
    """A name with a number and a hyphen, as models have; words of sentences have neither."""
    return "-" in name and any(char.isdigit() for char in name) and "//" not in name


def _is_safe(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if host in _LOOPBACK:
        return port is not None
    return parts.scheme == "https" and port in (None, 443) and host in _documented()


def _documented() -> frozenset[str]:
    """Hosts of the base URLs that providers document, as written out: a pattern lets anybody's name in."""
    urls = (url for table in library.load().providers.values() for url in table.get("anthropic_base_urls", ()))
    return frozenset(host for url in urls if "*" not in url and (host := urlsplit(url).hostname))
