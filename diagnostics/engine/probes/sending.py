"""A call of the API as this client makes it: its credentials, its headers, and those that were given besides.

The credential goes to the origin of the effective base URL and nowhere else, over TLS that the client's own trust set accepts on the very
connection that carries it, and never to another vendor than its shape belongs to. A header that was given goes where the credential goes.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Optional

from diagnostics.engine.environment.headers import BETA, TYPE, VERSION
from diagnostics.engine.probes.base import Context, stopped_by_proxy
from diagnostics.engine.probes.dns import no_target
from diagnostics.engine.records import Credential, Environment
from diagnostics.engine.secrets import Secret

if TYPE_CHECKING:
    from diagnostics.engine.net.http import Request

LIMIT = 10.0  # seconds for an answer to a small question
_KNOWN_VERSION = "2023-06-01"
# The latter is what curl says of a body by itself.
_JSON, _FORM = (
    "application/json",
    "application/x-www-form-urlencoded",
)
_OAUTH_BETA = "oauth-2025-04-20"  # without it the API refuses OAuth tokens with "not supported"
_OAUTH_KINDS = ("oauth_token", "login", "profile")
_OF_THE_CONNECTION = (
    "host",
    "connection",
    "content-length",
    "transfer-encoding",
    "accept-encoding",
    "te",
    "upgrade",
    "expect",
)
_PLAIN = (VERSION, BETA, TYPE, "accept", "user-agent")  # no secret stands in these
_SLOWEST = 1_000_000  # bytes a second of an uplink that is waited for


def withheld(environment: Environment) -> Optional[str]:
    """Why the credential must stay here: ``none``, ``malformed`` or ``other_vendor``; None when it may go."""
    if not environment.credentials or not environment.credentials[0].secret:
        return "none"
    facts = environment.facts
    if facts.get("config.key.header_illegal") is True or facts.get("config.headers.illegal") is True:
        return "malformed"
    host = facts.get("config.base_url.vendor")
    shapes = (facts.get("config.key.vendor"), facts.get("config.headers.key_of"))
    if any(vendor is not None and host is not None and vendor != host for vendor in shapes):
        return "other_vendor"
    stays = facts.get("config.key.along_stays")  # without it the question would not be the client's
    return stays if isinstance(stays, str) else None


def request_of(context: Context, method: str, path: str, body: Optional[Any] = None, **more: Any) -> Request:
    """The request with which this client would ask. ``more``: further fields of ``Request``."""
    from diagnostics.engine.net.http import Request

    environment = context.environment
    content = (
        b"" if body is None else json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")
    )
    plain, secret = _headers(environment, body is not None)
    return Request(method, context.target, environment.base_path + path, plain, content, secret, **more)


def within(content: bytes) -> float:
    """Seconds to wait for the answer to a body of this size."""
    return LIMIT + len(content) / _SLOWEST


def _headers(environment: Environment, has_body: bool) -> tuple[dict[str, str], dict[str, Secret]]:
    reason = withheld(environment)
    plain = {"accept": _JSON}
    if not environment.headers_whole:
        plain[VERSION] = _KNOWN_VERSION
    if has_body:
        plain[TYPE] = _FORM if environment.headers_whole else _JSON
    secret: dict[str, Secret] = {}
    if reason in (None, "none"):
        for header in environment.headers:
            name = header.name.lower()
            if name in _PLAIN and header.value.reveal().strip():
                plain[name] = header.value.reveal().strip()
            elif name in _PLAIN:  # written without a value: it is not sent, as curl has it
                plain.pop(name, None)
            elif name not in _OF_THE_CONNECTION:
                secret[name] = header.value
    if reason is None:
        secret.update(_sent(environment.credentials))
        if environment.credentials[0].kind in _OAUTH_KINDS:
            plain[BETA] = ",".join(filter(None, (plain.get(BETA), _OAUTH_BETA)))
    return plain, secret


def _sent(held: tuple[Credential, ...]) -> dict[str, Secret]:
    """Header by header what the client sends: the winner, and what goes along with it."""
    going = (held[0], *(credential for credential in held[1:] if credential.beside))
    return {name: credential.secret for credential in reversed(going) for name in credential.headers}


def not_asked(environment: Environment) -> Optional[str]:
    """What goes by another way than the client's proves nothing, and no credential travels there."""
    return no_target(environment) or stopped_by_proxy(environment)


def model_of(environment: Environment) -> Optional[str]:
    """The model's id as the API is sent it; None where none is named, or only an alias that the client replaces."""
    model = environment.model
    if model is None or environment.model_as_sent:
        return model
    bare = model.partition("[")[0].strip()  # Claude Code's ``[1m]`` is its own suffix
    return bare if "-" in bare else None


def unsendable(environment: Environment) -> Optional[str]:
    """Why a given request cannot be put to the API."""
    document = environment.request
    if document is None:
        return None
    if document.value is None:
        return "the given request cannot be read"
    return None if isinstance(document.value, dict) else "the given request is no object"
