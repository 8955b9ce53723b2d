"""Real error texts as pages show them: which client prints them, what they mean, and which causes they speak for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from diagnostics.engine import library
from diagnostics.engine.vocabulary import HEALTHY

_SPEAKS = 3.0  # log-odds from which a wording is shown with a cause
_BESIDE = 1.0  # how much less than its likeliest cause another may have and still be named with it

_CLIENTS = {
    "api": "The API's own answer",
    "axios": "axios (Node)",
    "bedrock": "Amazon Bedrock",
    "browser": "A browser, or a page in place of the answer",
    "cloudflare": "Cloudflare",
    "dotnet": ".NET",
    "envoy": "Envoy",
    "git": "git",
    "go": "Go",
    "google": "Google's API",
    "http": "An answer's head",
    "httpx": "httpx (Python)",
    "java": "Java",
    "litellm": "LiteLLM",
    "log": "A log",
    "nginx": "nginx",
    "oauth": "A sign-in",
    "openai": "OpenAI's API and SDK",
    "openssl": "OpenSSL",
    "person": "A person",
    "powershell": "PowerShell",
    "python": "Python",
    "rust": "Rust",
    "shell": "A shell",
    "squid": "Squid",
    "status": "A status page",
    "swift": "Swift",
    "undici": "Node's fetch (undici)",
    "vertex": "Google Cloud",
}
"""Who prints a text, where that is no client of ours; a name that stands here for nothing is shown as it is."""

_LANGUAGES = {
    "de": "German",
    "es": "Spanish",
    "fr": "French",
    "ja": "Japanese",
    "ko": "Korean",
    "pt": "Portuguese",
    "ru": "Russian",
    "zh": "Chinese",
}


@dataclass(frozen=True)
class Example:
    """A text as a program prints it. ``causes`` are codes, the likeliest first; ``language`` is empty for English."""

    text: str
    client: str
    printed_by: str
    language: str
    says: str
    causes: tuple[str, ...]


@dataclass(frozen=True)
class Printed:
    """Texts of one program."""

    by: str
    examples: tuple[Example, ...]


@lru_cache(maxsize=2)
def _every(version: str) -> tuple[Example, ...]:
    return tuple(
        example
        for table in library.aside("texts").tables.values()
        for sign in table.get("sign", ())
        for example in _of(sign)
    )


def everything() -> tuple[Example, ...]:
    """Every example that speaks for a cause, in the order of the files."""
    return _every(library.aside("texts").version)


def of_cause(code: str) -> tuple[Printed, ...]:
    """The texts that speak for a cause, by who prints them; those for which it is the likeliest cause first."""
    found = sorted((one for one in everything() if code in one.causes), key=lambda one: one.causes.index(code))
    by = dict.fromkeys(one.printed_by for one in found)
    return tuple(Printed(name, tuple(one for one in found if one.printed_by == name)) for name in by)


def of_client(name: str) -> tuple[Example, ...]:
    """The texts that a client prints where something is wrong."""
    return tuple(one for one in everything() if one.client == name and one.causes[0] != HEALTHY)


def literals_of(code: str) -> Iterator[str]:
    """What wordings for a cause are searched by in a text."""
    for table in library.aside("texts").tables.values():
        for sign in table.get("sign", ()):
            if code in _causes(sign):
                yield from sign.get("find", ())


def _of(sign: Mapping[str, Any]) -> Iterator[Example]:
    causes = _causes(sign)
    titles = library.load().titles
    for entry in sign.get("examples", ()) if causes else ():
        client, language = str(entry["client"]), str(entry.get("language", ""))
        by = _CLIENTS.get(client) or titles.get(client, client)  # Cloudflare's edge is not its gateway
        yield Example(str(entry["text"]), client, by, _LANGUAGES.get(language, language), str(sign["says"]), causes)


def _causes(sign: Mapping[str, Any]) -> tuple[str, ...]:
    """The causes that a wording speaks for, the likeliest first: its strongest, and those that are about as strong."""
    weights: Mapping[str, float] = sign.get("weights", {})
    least = max(_SPEAKS, max(weights.values(), default=0.0) - _BESIDE)
    return tuple(code for code, weight in sorted(weights.items(), key=lambda item: -item[1]) if weight >= least)
